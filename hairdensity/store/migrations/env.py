"""Run by Alembic: on the connection that `store.schema` hands over, in its transaction."""

from __future__ import annotations

from alembic import context

from hairdensity.store.models import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    # SQLite alters a table by making it anew.
    render_as_batch=True,
    compare_type=True,
)
context.run_migrations()
