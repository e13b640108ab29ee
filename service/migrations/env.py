"""Runs the migration steps on the connection that `annotations.database` opened."""

from alembic import context

# each adds its tables to the common metadata
import annotations.batch_tables  # noqa: F401
import annotations.job_event_tables  # noqa: F401
import annotations.lease_tables  # noqa: F401
import annotations.use_tables  # noqa: F401
import annotations.webhook_tables  # noqa: F401
from annotations.key_tables import KeyRow

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=KeyRow.metadata,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
