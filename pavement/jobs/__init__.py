"""Analyses of drives as durable jobs: a queue in the database, workers that may die at any moment, alerts.

The engine is DBOS (docs/decisions/0017-durable-jobs.md). What people see of a job is a row of `analyses`
(`pavement.store.analyses`); the engine's own tables decide only who works on what.
"""

from pavement.jobs.queue import enqueue_analysis, progress_of

__all__ = ["enqueue_analysis", "progress_of"]
