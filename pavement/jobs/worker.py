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
from functools import partial
from typing import TypeVar

from dbos import DBOS, StepOptions
from sqlalchemy.exc import SQLAlchemyError

from pavement.jobs.engine import Engine
from pavement.jobs.export_work import forget_export_leftovers, work_on_export
from pavement.jobs.notify import tell
from pavement.jobs.sightings import Sightings
from pavement.jobs.work import Job, Watch, Workplace, forget_leftovers, patiently
from pavement.store import workers
from pavement.store.alerts import find_alert, untold
from pavement.store.analyses import Claim, add_analysis, claim, fail, unasked, waiting
from pavement.store.columns import new_id
from pavement.store.database import DatabaseGone
from pavement.store.exports import waiting_exports
from pavement.store.results import NoLongerOurs

log = logging.getLogger(__name__)
STOPPED, HUNG = 0, 75  #: exit codes
Result = TypeVar("Result")


class Worker:
    """One process that works until it is told to stop."""

    def __init__(self, place: Workplace, end: Callable[[int], None] = os._exit) -> None:
        self.id = new_id()
        self._place, self._end = place, end
        self._watch = Watch()
        self._sightings = Sightings(place.settings.dead_after_s)
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
        self._engine = Engine(
            self._place.database, self.id, settings.look_s, self.analyse_drive, self.make_export, self.tell_people
        )
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
        except SQLAlchemyError:
            log.exception("the engine could not keep how a step of analysis %s ended", analysis_id)
            self._leave(HUNG)  # it would be 'running' for ever; another takes it up where it was
            raise
        job.tidy()
        return "done" if reason is None else reason

    def _step(self, job: Job, step: Callable[[], object]) -> str | None:
        """`patiently`; the step ends when the database answers, since the engine keeps its end there.

        After what nobody foresaw this process ends before the engine keeps the error as the step's end: as after a
        crash another process takes the drive up, some times.
        """
        try:
            reason = patiently(job, step)
            self._surely(lambda: workers.beat(self._place.database, self.id))
            return reason
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
        database = self._place.database
        self._engine.take_analyses(waiting(database))
        for job_id, run in waiting_exports(database):
            self._engine.take_export(job_id, run)
        for defect_id in untold(database) if self._place.settings.channels else ():
            self._engine.take_alert(defect_id)

    def _adopt(self, now: float) -> None:
        """Have the work of dead workers done by whoever is free."""
        for dead, beats in self._sightings.dead(workers.others(self._place.database, self.id), now):
            if workers.adopt(self._place.database, dead, beats, partial(self._engine.take_over, dead)):
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
