"""Alembic's migrations, run by `pavement.store.database.migrate`."""
