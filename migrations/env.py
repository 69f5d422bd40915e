"""Alembic's entry: run.py has made the connection already."""

from alembic import context

from migrations.tables import metadata

attributes = context.config.attributes
context.configure(
    connection=attributes["connection"],
    target_metadata=metadata(),
    application_role=attributes["application_role"],
)
with context.begin_transaction():
    context.run_migrations()
