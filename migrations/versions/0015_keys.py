"""API keys, sessions of browsers, and from where a page may call."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.isolation import ORGANISATION, application_role, grant, isolate

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)
_ROLES = ("viewer", "member", "approver", "admin")
_OF_ORGANISATION = f"organisation_id = {ORGANISATION}"
# A browser asks before it says who calls: whether anybody lets pages of that origin call, and no
# more. The owner, whom FORCE binds too, sees the rows of one named origin while the function asks.
_ORIGIN_KNOWN = """
CREATE FUNCTION web_origin_known(asked varchar) RETURNS TABLE (known boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM set_config('app.web_origin', asked, true);
    RETURN QUERY SELECT EXISTS (SELECT FROM public.web_origin o WHERE o.origin = asked);
    PERFORM set_config('app.web_origin', '', true);
END
$$
"""
_OF_ONE_ORIGIN = "origin = nullif(current_setting('app.web_origin', true), '')"


def upgrade() -> None:
    _create_api_key()
    _create_web_session()
    _create_web_origin()


def downgrade() -> None:
    op.execute("DROP FUNCTION web_origin_known(varchar)")
    for table in ("web_origin", "web_session", "api_key"):
        op.drop_table(table)


def _create_api_key() -> None:
    op.create_table(
        "api_key",
        *_row("space_id", "organisation_id", "id"),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("prefix", sa.String(16), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column(
            "role",
            sa.Enum(*_ROLES, name="role", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("tier", sa.String(40), server_default="", nullable=False),
        sa.Column("expires_at", _MOMENT, nullable=True),
        sa.Column("last_used_at", _MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["space_id", "organisation_id"],
            ["space.id", "space.organisation_id"],
            name=op.f("fk_api_key_space"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("space_id", "id", name=op.f("pk_api_key")),
        sa.UniqueConstraint("space_id", "digest", name=op.f("uq_api_key_space_id_digest")),
    )
    isolate("api_key")
    # What a key may do never changes: another is made.
    grant("api_key", "SELECT, INSERT, DELETE, UPDATE (last_used_at)")


def _create_web_session() -> None:
    op.create_table(
        "web_session",
        *_row("organisation_id", "id"),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("spaces", postgresql.JSONB(none_as_null=True), nullable=False),
        sa.Column("token_id", sa.String(200), nullable=False),
        sa.Column("tier", sa.String(40), server_default="", nullable=False),
        sa.Column("idle_at", _MOMENT, nullable=False),
        sa.Column("ends_at", _MOMENT, nullable=False),
        _of_organisation("web_session"),
        sa.PrimaryKeyConstraint("organisation_id", "id", name=op.f("pk_web_session")),
        sa.UniqueConstraint(
            "organisation_id", "digest", name=op.f("uq_web_session_organisation_id_digest")
        ),
    )
    op.create_index(
        op.f("ix_web_session_organisation_id_user_id"),
        "web_session",
        ["organisation_id", "user_id"],
    )
    isolate("web_session", _OF_ORGANISATION)
    grant("web_session", "SELECT, INSERT, DELETE, UPDATE (idle_at)")


def _create_web_origin() -> None:
    op.create_table(
        "web_origin",
        *_row("organisation_id"),
        sa.Column("origin", sa.String(300), nullable=False),
        _of_organisation("web_origin"),
        sa.PrimaryKeyConstraint("organisation_id", "origin", name=op.f("pk_web_origin")),
    )
    op.create_index(op.f("ix_web_origin_origin"), "web_origin", ["origin"])
    isolate("web_origin", _OF_ORGANISATION)
    grant("web_origin", "SELECT, INSERT, DELETE")
    op.execute(
        f"CREATE POLICY asked ON web_origin FOR SELECT TO CURRENT_USER USING ({_OF_ONE_ORIGIN})"
    )
    op.execute(_ORIGIN_KNOWN)
    op.execute("REVOKE ALL ON FUNCTION web_origin_known(varchar) FROM PUBLIC")
    op.execute(f"GRANT EXECUTE ON FUNCTION web_origin_known(varchar) TO {application_role()}")


def _row(*owner: str) -> list[sa.Column[Any]]:
    created = sa.Column("created_at", _MOMENT, server_default=sa.text("now()"), nullable=False)
    return [created, *(sa.Column(name, sa.Uuid(), nullable=False) for name in owner)]


def _of_organisation(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["organisation_id"],
        ["organisation.id"],
        name=op.f(f"fk_{table}_organisation"),
        ondelete="CASCADE",
    )
