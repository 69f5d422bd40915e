"""Servers of the Model Context Protocol."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.isolation import ORGANISATION, grant, isolate

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)
_MINE = f"organisation_id = {ORGANISATION}"


def upgrade() -> None:
    _server()
    _tool()
    for table in ("mcp_server", "mcp_tool"):
        isolate(table, _MINE)
        grant(table)


def _server() -> None:
    op.create_table(
        "mcp_server",
        sa.Column("created_at", _MOMENT, server_default=sa.text("now()"), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(20), nullable=False),
        sa.Column("transport", _one_of("transport", "http", "stdio"), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=True),
        sa.Column("error", sa.String(64), nullable=True),
        sa.Column("seen_at", _MOMENT, nullable=True),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_mcp_server_organisation"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("organisation_id", "id", name=op.f("pk_mcp_server")),
        sa.UniqueConstraint(
            "organisation_id", "name", name=op.f("uq_mcp_server_organisation_id_name")
        ),
    )


def _tool() -> None:
    op.create_table(
        "mcp_tool",
        sa.Column("created_at", _MOMENT, server_default=sa.text("now()"), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("server_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("parameters", postgresql.JSONB(), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("listed", sa.Boolean(), nullable=False),
        sa.Column("refused", sa.Boolean(), nullable=False),
        sa.Column("effect", _one_of("effect", "read", "write"), nullable=False),
        sa.Column("allowed_digest", sa.String(64), nullable=True),
        sa.Column("allowed_by", sa.Uuid(), nullable=True),
        sa.Column("allowed_at", _MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["organisation_id", "server_id"],
            ["mcp_server.organisation_id", "mcp_server.id"],
            name=op.f("fk_mcp_tool_mcp_server"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("organisation_id", "server_id", "name", name=op.f("pk_mcp_tool")),
    )


def _one_of(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=32)


def downgrade() -> None:
    op.drop_table("mcp_tool")
    op.drop_table("mcp_server")
