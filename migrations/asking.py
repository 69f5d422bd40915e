"""What a migration says to let agents ask some columns of a table, in SQL of their own.

Whatever such a statement is, it must not leave its space. So the role that it runs as can read the
columns below and nothing else, and sees the rows of the space that its transaction has entered: by
the isolation of all tables, which trusts a setting that SQL can change, and by a row that the
transaction wrote before it became read-only, which nothing can.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

READER = "holdfast_reader"
SCHEMA = "space_tables"

_TABLE = """
CREATE UNLOGGED TABLE space_tables.entered (transaction xid8 PRIMARY KEY, space_id uuid NOT NULL)
"""
# The key refuses a second space in one transaction. Its rows are rolled back, every time.
_ENTER = """
CREATE FUNCTION space_tables.enter(space uuid) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$ INSERT INTO space_tables.entered VALUES (pg_current_xact_id(), space) $$
"""
_ASKED = """
CREATE FUNCTION space_tables.asked() RETURNS uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    SELECT space_id FROM space_tables.entered WHERE transaction = pg_current_xact_id_if_assigned()
$$
"""
_SIGNATURES = ("enter(uuid)", "asked()")


def open_schema() -> None:
    """RuntimeError where the role is missing: whoever may make roles makes it first."""
    known = op.get_bind().scalar(
        sa.text("SELECT true FROM pg_roles WHERE rolname = :role"), {"role": READER}
    )
    if not known:
        raise RuntimeError(f"Make the role first: CREATE ROLE {READER} LOGIN PASSWORD '…'")
    op.execute(f"CREATE SCHEMA {SCHEMA}")
    for statement in (_TABLE, _ENTER, _ASKED):
        op.execute(statement)
    op.execute(f"GRANT USAGE ON SCHEMA {SCHEMA} TO {READER}")
    for signature in _SIGNATURES:
        op.execute(f"REVOKE ALL ON FUNCTION {SCHEMA}.{signature} FROM PUBLIC")
        op.execute(f"GRANT EXECUTE ON FUNCTION {SCHEMA}.{signature} TO {READER}")


def close_schema() -> None:
    """After every table was withdrawn."""
    for signature in _SIGNATURES:
        op.execute(f"DROP FUNCTION {SCHEMA}.{signature}")
    op.execute(f"DROP TABLE {SCHEMA}.entered")
    op.execute(f"DROP SCHEMA {SCHEMA}")


def offer(view: str, table: str, columns: Sequence[str], condition: str = "true") -> None:
    """Let these columns be asked, under the view's name. The condition may use them alone."""
    listed = ", ".join(columns)
    op.execute(f"GRANT SELECT (space_id, {listed}) ON {table} TO {READER}")
    op.execute(
        f"CREATE POLICY asked ON {table} AS RESTRICTIVE FOR SELECT TO {READER}"
        f" USING (space_id = (SELECT {SCHEMA}.asked()))"
    )
    # As its caller, whom row-level security binds; the view's owner may be a superuser.
    options = "security_invoker = true, security_barrier = true"
    chosen = f"SELECT {listed} FROM {table} WHERE {condition}"  # noqa: S608 - all of it is ours
    op.execute(f"CREATE VIEW {SCHEMA}.{view} WITH ({options}) AS {chosen}")
    op.execute(f"GRANT SELECT ON {SCHEMA}.{view} TO {READER}")


def withdraw(view: str, table: str, columns: Sequence[str]) -> None:
    """Undo `offer`."""
    op.execute(f"DROP VIEW {SCHEMA}.{view}")
    op.execute(f"DROP POLICY asked ON {table}")
    listed = ", ".join(("space_id", *columns))
    op.execute(f"REVOKE SELECT ({listed}) ON {table} FROM {READER}")  # noqa: S608 - all of it is ours
