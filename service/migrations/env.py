"""Runs the migration steps on the connection that `annotations.database` opened."""

from alembic import context

# the last module of tables: it imports the others, and all share one metadata
from annotations.key_tables import KeyRow

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=KeyRow.metadata,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
