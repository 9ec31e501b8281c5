"""The first tables."""

from __future__ import annotations

from alembic import op

from hairdensity.store.models import Base

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


REFUSED = "SELECT RAISE(ABORT, 'the audit only grows');"

GUARDS = {
    "sqlite": (
        f"CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit BEGIN {REFUSED} END",
        f"CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit BEGIN {REFUSED} END",
        # INSERT OR REPLACE deletes without the trigger above.
        f"""CREATE TRIGGER audit_no_replace BEFORE INSERT ON audit
        WHEN EXISTS (SELECT 1 FROM audit WHERE number = NEW.number OR hash = NEW.hash) BEGIN {REFUSED} END""",  # noqa: S608 -- a text of this file
    ),
    "postgresql": (
        """CREATE FUNCTION audit_only_grows() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'the audit only grows'; END $$""",
        """CREATE TRIGGER audit_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON audit
        FOR EACH STATEMENT EXECUTE FUNCTION audit_only_grows()""",
    ),
}
"""A mistake of the program, or a hand in the database, cannot alter the audit without removing these first."""


def upgrade() -> None:
    """Make the tables."""
    Base.metadata.create_all(op.get_bind())
    for statement in GUARDS[op.get_bind().dialect.name]:
        op.execute(statement)
