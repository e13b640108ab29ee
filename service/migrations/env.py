"""Runs the migration steps on the connection that `annotations.database` opened."""

from alembic import context

from annotations.tables import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
