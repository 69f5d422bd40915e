"""Grants to other services, and the tables that agents may ask."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.asking import close_schema, offer, open_schema, withdraw
from migrations.isolation import grant, isolate

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)
_STATES = ("connected", "reconnect")

# View: its table and columns. Later migrations offer more tables; what is here stays as it is.
_OFFERED: dict[str, tuple[str, tuple[str, ...]]] = {
    "collections": ("collection", ("name", "description", "created_at")),
    "documents": (
        "document",
        (
            *("id", "title", "name", "media_type", "size", "status", "passages", "pictures"),
            *("collection", "author", "language", "published_on", "keywords", "url", "version"),
            *("error_code", "created_by", "created_at", "finished_at"),
        ),
    ),
    "conversations": (
        "conversation",
        ("id", "title", "agent", "kind", "state", "created_by", "created_at", "updated_at"),
    ),
    "messages": (
        "message",
        (
            *("id", "conversation_id", "position", "role", "content", "turn_id", "withdrawn"),
            "created_at",
        ),
    ),
    "turns": (
        "turn",
        (
            *("id", "conversation_id", "number", "user_id", "agent", "agent_version", "steps"),
            *("outcome", "error_code", "started_at", "ended_at"),
        ),
    ),
    "sessions": (
        "session",
        (
            *("id", "conversation_id", "number", "title", "summary", "started_at"),
            *("last_turn_at", "ended_at"),
        ),
    ),
    "tool_calls": (
        "tool_call",
        (
            *("turn_id", "call_id", "conversation_id", "step", "name", "status", "started_at"),
            "ended_at",
        ),
    ),
    "approvals": (
        "approval",
        (
            *("id", "conversation_id", "turn_id", "tool", "state", "note", "expires_at"),
            *("decided_at", "decided_by", "created_at"),
        ),
    ),
    "usage": (
        "usage",
        (
            *("id", "user_id", "agent", "conversation_id", "turn_id", "document_id", "kind"),
            *("model", "input_tokens", "output_tokens", "cached_tokens", "first_token_ms"),
            *("cost_usd", "created_at"),
        ),
    ),
    "notes": ("note", ("id", "title", "body", "created_at")),
}
# What was taken back is not to be found again.
_CONDITIONS = {"messages": "NOT withdrawn"}


def upgrade() -> None:
    op.create_table(
        "connection",
        sa.Column("created_at", _MOMENT, server_default=sa.text("now()"), nullable=False),
        sa.Column("space_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("provider", sa.String(64), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                *_STATES,
                name="connectionstate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("account", sa.String(320), nullable=False),
        sa.Column("scopes", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("refresh_token", sa.LargeBinary(), nullable=True),
        sa.Column("access_token", sa.LargeBinary(), nullable=True),
        sa.Column("expires_at", _MOMENT, nullable=True),
        sa.Column("connected_by", sa.Uuid(), nullable=False),
        sa.Column("connected_at", _MOMENT, nullable=False),
        sa.Column("fence", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("refreshing_until", _MOMENT, nullable=True),
        sa.Column("away_until", _MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["space_id", "organisation_id"],
            ["space.id", "space.organisation_id"],
            name=op.f("fk_connection_space"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("space_id", "provider", name=op.f("pk_connection")),
    )
    isolate("connection")
    grant("connection")
    open_schema()
    for view, (table, columns) in _OFFERED.items():
        offer(view, table, columns, _CONDITIONS.get(view, "true"))


def downgrade() -> None:
    for view, (table, columns) in _OFFERED.items():
        withdraw(view, table, columns)
    close_schema()
    op.drop_table("connection")
