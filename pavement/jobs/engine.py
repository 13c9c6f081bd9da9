"""The engine (DBOS): its queues, its own tables, and what waits handed to it, each once.

What it is given it knows by an id made of the job and its run, so handing something over twice changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from dbos import DBOS, DBOSConfig, SetEnqueueOptions, SetWorkflowID
from sqlalchemy import make_url

from pavement.store.analyses import PRIORITIES, Waiting
from pavement.store.database import Database

ANALYSES, ALERTS, EXPORTS = "analyses", "alerts", "exports"  #: queues; `patrol` goes before `batch` by priority
ALERTS_AT_ONCE = 20
HAND_OVER = 50  #: drives a round: where thousands wait, the heartbeat goes on
PROTOCOL = "1"  #: the engine's application version: raise it when the steps of a workflow change


def engine_url(database: Database) -> str:
    """Where the engine keeps its own tables: a file beside ours, or a schema `dbos` in the same database."""
    if database.file is not None:
        return f"sqlite:///{database.file.with_suffix('.jobs.sqlite').as_posix()}"
    return make_url(database.url).set(drivername="postgresql").render_as_string(hide_password=False)


class Engine:
    """DBOS, launched for one worker; `analyse`, `export` and `tell` are what its workflows do."""

    def __init__(
        self,
        database: Database,
        worker_id: str,
        look_s: float,
        analyse: Callable[[str, int], str],
        export: Callable[[str, int], str],
        tell: Callable[[str], None],
    ) -> None:
        config: DBOSConfig = {
            "name": "pavement",
            "system_database_url": engine_url(database),
            "application_version": PROTOCOL,
            "executor_id": worker_id,
            "log_level": "WARNING",
        }
        DBOS(config=config)

        @DBOS.workflow(name="analyse_drive")
        def analyse_drive(analysis_id: str, run: int) -> str:
            return analyse(analysis_id, run)

        @DBOS.workflow(name="tell_people")
        def tell_people(defect_id: str) -> None:
            tell(defect_id)

        @DBOS.workflow(name="make_export")
        def make_export(job_id: str, run: int) -> str:
            return export(job_id, run)

        self._analyse, self._tell, self._export = analyse_drive, tell_people, make_export
        self._handed: set[str] = set()
        DBOS.launch()
        for queue, at_once in ((ANALYSES, 1), (EXPORTS, 1), (ALERTS, ALERTS_AT_ONCE)):
            DBOS.register_queue(
                queue, worker_concurrency=at_once, polling_interval_sec=look_s, on_conflict="always_update"
            )

    def take_analyses(self, waiting: Iterable[Waiting]) -> None:
        """The first of those that it has not been given yet."""
        new = [each for each in waiting if f"analysis.{each.analysis_id}.{each.run}" not in self._handed]
        for each in new[:HAND_OVER]:
            with SetEnqueueOptions(priority=PRIORITIES[each.queue]):
                name = f"analysis.{each.analysis_id}.{each.run}"
                self._enqueue(name, ANALYSES, self._analyse, each.analysis_id, each.run)

    def take_export(self, job_id: str, run: int) -> None:
        """One export that waits."""
        self._enqueue(f"export.{job_id}.{run}", EXPORTS, self._export, job_id, run)

    def take_alert(self, defect_id: str) -> None:
        """One defect of which people are to be told."""
        self._enqueue(f"alert.{defect_id}", ALERTS, self._tell, defect_id)

    def take_over(self, dead_worker: str) -> None:
        """What a dead worker had begun, for whoever is free."""
        for left in DBOS.list_workflows(executor_id=dead_worker, status="PENDING", load_input=False):
            DBOS.resume_workflow(left.workflow_id, queue_name=left.queue_name or ANALYSES)

    def _enqueue(self, name: str, queue: str, workflow: Callable[..., Any], *what: Any) -> None:
        if name not in self._handed:
            with SetWorkflowID(name):
                DBOS.enqueue_workflow(queue, workflow, *what)
            self._handed.add(name)
