"""A worker process: DBOS gives it one drive at a time; a loop beside shows that it lives and looks after the others.

The loop hands waiting analyses to the engine, adopts the work of workers that died, and ends this process where its
step hangs. A worker's id is new with each start, so nothing is ever taken for its own that another still runs.
"""

from __future__ import annotations

import logging
import os
import platform
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

from dbos import DBOS, DBOSConfig, SetEnqueueOptions, SetWorkflowID, StepOptions
from sqlalchemy import make_url

from pavement.jobs.export_work import forget_export_leftovers, work_on_export
from pavement.jobs.notify import tell
from pavement.jobs.work import Job, Watch, Workplace, forget_leftovers, patiently
from pavement.store import workers
from pavement.store.alerts import find_alert, untold
from pavement.store.analyses import PRIORITIES, Claim, add_analysis, claim, fail, unasked, waiting
from pavement.store.columns import new_id
from pavement.store.database import Database, DatabaseGone
from pavement.store.exports import waiting_exports
from pavement.store.results import NoLongerOurs

log = logging.getLogger(__name__)
ANALYSES, ALERTS, EXPORTS = (
    "analyses",
    "alerts",
    "exports",
)  #: the engine's queues; `patrol` goes before `batch` by priority
ALERTS_AT_ONCE = 20
HAND_OVER = 50  #: drives a round: where thousands wait, the heartbeat goes on
PROTOCOL = "1"  #: the engine's application version: raise it when the steps of a workflow change
STOPPED, HUNG = 0, 75  #: exit codes
Result = TypeVar("Result")


def engine_url(database: Database) -> str:
    """Where the engine keeps its own tables: a file beside ours, or a schema `dbos` in the same database."""
    if database.file is not None:
        return f"sqlite:///{database.file.with_suffix('.jobs.sqlite').as_posix()}"
    return make_url(database.url).set(drivername="postgresql").render_as_string(hide_password=False)


@dataclass
class Sightings:
    """How long each other worker's heartbeat has stood still, by this process's own clock."""

    dead_after_s: float
    _seen: dict[str, tuple[int, float]] = field(default_factory=dict)

    def dead(self, others: dict[str, tuple[str, int]], now: float) -> list[tuple[str, int]]:
        """Those that left, or whose heartbeat stood still for too long, with the heartbeat that they stopped at."""
        self._seen = {
            name: self._seen[name] if self._seen.get(name, (None,))[0] == beats else (beats, now)
            for name, (_, beats) in others.items()
        }
        return [
            (name, beats)
            for name, (state, beats) in others.items()
            if state == workers.LEFT or now - self._seen[name][1] > self.dead_after_s
        ]

    def forget(self) -> None:
        """Nothing was seen for a while (no database, a machine asleep): begin anew before calling anybody dead."""
        self._seen.clear()


class Worker:
    """One process that works until it is told to stop."""

    def __init__(self, place: Workplace, end: Callable[[int], None] = os._exit) -> None:
        self.id = new_id()
        self._place, self._end = place, end
        self._watch = Watch()
        self._sightings = Sightings(place.settings.dead_after_s)
        self._handed: set[str] = set()
        self._stop = threading.Event()
        self._next_beat = self._last_look = 0.0

    def stop(self) -> None:
        """Ask it to put its work down and end; another goes on where it was."""
        self._stop.set()

    def run(self) -> None:
        """Work until stopped. The process ends here: what its threads do is safe to break off at any moment."""
        settings = self._place.settings
        while not self._stop.is_set():
            try:
                workers.enter(self._place.database, self.id, platform.node())
                break
            except DatabaseGone as error:
                log.warning("%s", error)
                self._stop.wait(settings.look_s)
        else:
            return
        forget_leftovers(self._place)
        forget_export_leftovers(self._place)
        self._launch()
        log.info("worker %s is ready", self.id)
        while not self._stop.wait(settings.look_s):
            self._look()
        with suppress(DatabaseGone):
            forget_leftovers(self._place)  # of a drive that was done this very moment
        self._leave(STOPPED)

    def analyse_drive(self, analysis_id: str, run: int) -> str:
        """The workflow of one drive: fetch, analyse, publish."""
        database = self._place.database
        held = self._surely(lambda: claim(database, analysis_id, run, self.id))
        if held is None:
            return "nothing to do"
        job = Job(self._place, held, self._watch)
        try:
            reason = self._refuse(held)
            for name, step in (("fetch", job.fetch), ("analyse", job.analyse), ("publish", job.publish)):
                if reason is None:
                    reason = DBOS.run_step({"name": name}, self._step, job, step)
            if reason is not None and not self._surely(partial(fail, database, held, reason)):
                raise NoLongerOurs
        except NoLongerOurs:
            if not self._surely(lambda: workers.beat(database, self.id)):
                self._end(HUNG)  # taken for dead: leave the field to who adopted this
            job.tidy()
            return "stopped"
        job.tidy()
        return "done" if reason is None else reason

    def _step(self, job: Job, step: Callable[[], object]) -> str | None:
        """`patiently`; after what nobody foresaw this process ends before the engine keeps the error as the step's end.

        As after a crash another process takes the drive up, some times.
        """
        try:
            return patiently(job, step)
        except NoLongerOurs:
            raise
        except Exception:
            log.exception("analysis %s broke off", job.held.analysis_id)
            self._leave(HUNG)
            raise

    def make_export(self, job_id: str, run: int) -> str:
        """The workflow of one export, beside the drive that is being analysed."""
        return self._surely(lambda: work_on_export(self._place, self.id, job_id))

    def tell_people(self, defect_id: str) -> None:
        """The workflow of one alert: every channel that is responsible, each until it took it."""
        alert = find_alert(self._place.database, defect_id)
        settings = self._place.settings
        for channel in settings.channels:
            if alert is not None and channel.is_for(alert.manager, alert.office):
                retry: StepOptions = {"name": channel.name, "retries_allowed": True, "max_attempts": 80}
                retry |= {"interval_seconds": 2.0, "backoff_rate": 1.5}
                try:
                    DBOS.run_step(retry, tell, self._place.database, defect_id, channel, settings.mail)
                except Exception:
                    log.exception("alert %s could not be delivered by %s", defect_id, channel.name)

    def _surely(self, write: Callable[[], Result]) -> Result:
        """Do what must be written, as soon as the database answers."""
        while True:
            try:
                return write()
            except DatabaseGone as error:
                log.warning("%s", error)
                time.sleep(self._place.settings.look_s)

    def _refuse(self, held: Claim) -> str | None:
        if held.tries <= self._place.settings.tries:
            return None
        return f"この走行の解析中にプロセスが{held.tries - 1}回続けて異常終了しました"

    def _launch(self) -> None:
        settings = self._place.settings
        config: DBOSConfig = {
            "name": "pavement",
            "system_database_url": engine_url(self._place.database),
            "application_version": PROTOCOL,
            "executor_id": self.id,
            "log_level": "WARNING",
        }
        DBOS(config=config)

        @DBOS.workflow(name="analyse_drive")
        def analyse_drive(analysis_id: str, run: int) -> str:
            return self.analyse_drive(analysis_id, run)

        @DBOS.workflow(name="tell_people")
        def tell_people(defect_id: str) -> None:
            self.tell_people(defect_id)

        @DBOS.workflow(name="make_export")
        def make_export(job_id: str, run: int) -> str:
            return self.make_export(job_id, run)

        self._analyse, self._tell, self._export = analyse_drive, tell_people, make_export
        DBOS.launch()
        look = settings.look_s
        for queue in (ANALYSES, EXPORTS):
            DBOS.register_queue(queue, worker_concurrency=1, polling_interval_sec=look, on_conflict="always_update")
        DBOS.register_queue(
            ALERTS, worker_concurrency=ALERTS_AT_ONCE, polling_interval_sec=look, on_conflict="always_update"
        )

    def _look(self) -> None:
        """One round of the loop; a database that is away is no reason to end."""
        settings, now = self._place.settings, time.monotonic()
        if now - self._last_look > settings.dead_after_s / 2:
            self._sightings.forget()
        self._last_look = now
        hung = self._watch.silent(settings.stall_s)
        if hung is not None:
            self._give_up(hung)
        try:
            if now >= self._next_beat:
                self._next_beat = now + settings.heartbeat_s
                if not workers.beat(self._place.database, self.id):
                    log.error("taken for dead by the others; starting anew")
                    self._end(HUNG)
                for drive_id in unasked(self._place.database):
                    add_analysis(self._place.database, drive_id)
                self._adopt(now)
            self._hand_over()
        except DatabaseGone as error:
            log.warning("%s", error)
            self._sightings.forget()
        except Exception:  # the engine's own troubles with its tables, too: the next round tries again
            log.exception("a round of the worker's loop failed")
            self._sightings.forget()

    def _hand_over(self) -> None:
        """Waiting analyses and untold alerts to the engine, which knows each by its id and takes it once."""
        named = [(f"analysis.{each.analysis_id}.{each.run}", each) for each in waiting(self._place.database)]
        for name, each in [pair for pair in named if pair[0] not in self._handed][:HAND_OVER]:
            with SetWorkflowID(name), SetEnqueueOptions(priority=PRIORITIES[each.queue]):
                DBOS.enqueue_workflow(ANALYSES, self._analyse, each.analysis_id, each.run)
            self._handed.add(name)
        for job_id, run in waiting_exports(self._place.database):
            name = f"export.{job_id}.{run}"
            if name not in self._handed:
                with SetWorkflowID(name):
                    DBOS.enqueue_workflow(EXPORTS, self._export, job_id, run)
                self._handed.add(name)
        for defect_id in untold(self._place.database) if self._place.settings.channels else ():
            name = f"alert.{defect_id}"
            if name not in self._handed:
                with SetWorkflowID(name):
                    DBOS.enqueue_workflow(ALERTS, self._tell, defect_id)
                self._handed.add(name)

    def _adopt(self, now: float) -> None:
        """Have the work of dead workers done by whoever is free."""
        for dead, beats in self._sightings.dead(workers.others(self._place.database, self.id), now):

            def take_over(dead: str = dead) -> None:
                for left in DBOS.list_workflows(executor_id=dead, status="PENDING", load_input=False):
                    DBOS.resume_workflow(left.workflow_id, queue_name=left.queue_name or ANALYSES)

            if workers.adopt(self._place.database, dead, beats, take_over):
                log.warning("worker %s is dead; its work was adopted", dead)
                forget_leftovers(self._place)  # it may have died between done and tidy

    def _give_up(self, hung: Claim) -> None:
        """End this process, whose step hangs; a drive that hangs twice without getting further has failed."""
        log.error("analysis %s hangs in '%s'", hung.analysis_id, self._watch.stage)
        if hung.tries > 1:
            minutes = self._place.settings.stall_s / 60
            fail(self._place.database, hung, f"段階「{self._watch.stage}」が{minutes:.0f}分間進みませんでした")
        self._leave(HUNG)

    def _leave(self, code: int) -> None:
        try:
            workers.leave(self._place.database, self.id)
        except DatabaseGone as error:
            log.warning("%s", error)
        self._end(code)
