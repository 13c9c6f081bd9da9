"""Alembic's entry: the connection and its transaction come from `pavement.store.database`."""

from __future__ import annotations

from alembic import context

from pavement.store.tables import METADATA


def run() -> None:
    """Run the migrations that Alembic was asked for."""
    connection = context.config.attributes["connection"]
    context.configure(connection=connection, target_metadata=METADATA, render_as_batch=True, compare_type=True)
    with context.begin_transaction():
        context.run_migrations()


if hasattr(context, "config"):  # Alembic executes this file; elsewhere it is a module like others
    run()
