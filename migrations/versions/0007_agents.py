"""Agents of organisations, with their versions."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.isolation import ORGANISATION, grant, isolate

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_OWN = f"organisation_id = {ORGANISATION}"


def upgrade() -> None:
    op.create_table(
        "agent",
        *_named(),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_agent_organisation"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("organisation_id", "name", name=op.f("pk_agent")),
    )
    isolate("agent", _OWN)
    grant("agent", "SELECT, INSERT, UPDATE")
    op.create_table(
        "agent_version",
        *_named(),
        sa.Column("agent", postgresql.JSONB(), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id", "name"],
            ["agent.organisation_id", "agent.name"],
            name=op.f("fk_agent_version_agent"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "organisation_id", "name", "version", name=op.f("pk_agent_version")
        ),
    )
    isolate("agent_version", _OWN)
    # What a run was told can be read for ever.
    grant("agent_version", "SELECT, INSERT")


def _named() -> list[sa.Column[Any]]:
    return [
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
    ]


def downgrade() -> None:
    op.drop_table("agent_version")
    op.drop_table("agent")
