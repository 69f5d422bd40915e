"""What a migration says to keep a table's rows inside their space."""

from alembic import op

SPACE = "nullif(current_setting('app.space_id', true), '')::uuid"
ORGANISATION = "nullif(current_setting('app.organisation_id', true), '')::uuid"


def application_role() -> str:
    """The role that the edge and the worker connect as, quoted."""
    context = op.get_context()
    name: str = context.opts["application_role"]
    return context.dialect.identifier_preparer.quote(name)


def isolate(table: str, condition: str = f"space_id = {SPACE}") -> None:
    """Rows are seen and written only where the condition holds: by the table's owner too."""
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY isolation ON {table} USING ({condition}) WITH CHECK ({condition})")


def grant(table: str, rights: str = "SELECT, INSERT, UPDATE, DELETE") -> None:
    """Let the application's role do this and nothing more."""
    op.execute(f"GRANT {rights} ON {table} TO {application_role()}")
