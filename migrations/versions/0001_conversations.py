"""Conversations, turns and their log: organisations, spaces and all that a turn leaves."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.isolation import ORGANISATION, SPACE, application_role, grant, isolate

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)
_TABLES = (
    "audit",
    "organisation",
    "usage",
    "space",
    "conversation",
    "membership",
    "event",
    "message",
    "notice",
    "receipt",
    "session",
    "stored_text",
    "turn",
    "approval",
    "step",
    "tool_call",
    "turn_passage",
)

# The sweep looks for verdicts in all spaces: it is told ids and no more. The function runs as its
# owner, whom FORCE binds too, so the owner gets a policy of its own for just these rows.
_UNDELIVERED = """
CREATE FUNCTION undelivered_approvals(most integer)
RETURNS TABLE (
    organisation_id uuid, space_id uuid, conversation_id uuid, conversation_kind varchar,
    approval_id uuid
)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    SELECT a.organisation_id, a.space_id, a.conversation_id, a.conversation_kind, a.id
    FROM public.approval a
    WHERE a.decided_at < now() - interval '5 seconds' AND a.delivered_at IS NULL
    ORDER BY a.decided_at
    LIMIT least(most, 1000)
$$
"""
_SWEPT = "decided_at IS NOT NULL AND delivered_at IS NULL"


def _id(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.Uuid(), nullable=nullable)


def _space_row() -> list[sa.Column[Any]]:
    created = sa.Column("created_at", _MOMENT, server_default=sa.text("now()"), nullable=False)
    return [created, _id("space_id"), _id("organisation_id")]


def _of_space(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["space_id", "organisation_id"],
        ["space.id", "space.organisation_id"],
        name=op.f(f"fk_{table}_space"),
        ondelete="CASCADE",
    )


def _of_conversation(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["space_id", "conversation_id"],
        ["conversation.space_id", "conversation.id"],
        name=op.f(f"fk_{table}_conversation"),
        ondelete="CASCADE",
    )


def _of_turn(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["space_id", "turn_id"],
        ["turn.space_id", "turn.id"],
        name=op.f(f"fk_{table}_turn"),
        ondelete="CASCADE",
    )


def upgrade() -> None:
    _create_tables()
    isolate("organisation", f"id = {ORGANISATION}")
    isolate("space", f"id = {SPACE} AND organisation_id = {ORGANISATION}")
    for table in set(_TABLES) - {"organisation", "space"}:
        isolate(table)
    for table in set(_TABLES) - {"audit"}:
        grant(table)
    grant("audit", "SELECT, INSERT")
    op.execute(f"CREATE POLICY sweep ON approval FOR SELECT TO CURRENT_USER USING ({_SWEPT})")
    op.execute(_UNDELIVERED)
    op.execute("REVOKE ALL ON FUNCTION undelivered_approvals(integer) FROM PUBLIC")
    role = application_role()
    op.execute(f"GRANT EXECUTE ON FUNCTION undelivered_approvals(integer) TO {role}")


def downgrade() -> None:
    op.execute("DROP FUNCTION undelivered_approvals(integer)")
    for table in reversed(_TABLES):
        op.drop_table(table)


def _create_tables() -> None:
    op.create_table(
        "audit",
        *_space_row(),
        _id("id"),
        _id("user_id", nullable=True),
        sa.Column("action", sa.String(length=100), nullable=False),
        _id("subject_id"),
        sa.Column(
            "details", postgresql.JSONB(), server_default=sa.text("'{}'::jsonb"), nullable=False
        ),
        sa.PrimaryKeyConstraint("space_id", "id", name=op.f("pk_audit")),
    )
    op.create_index(
        op.f("ix_audit_space_id_created_at"), "audit", ["space_id", "created_at"], unique=False
    )
    op.create_table(
        "organisation",
        sa.Column("created_at", _MOMENT, server_default=sa.text("now()"), nullable=False),
        _id("id"),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisation")),
    )
    op.create_table(
        "usage",
        *_space_row(),
        _id("id"),
        _id("user_id", nullable=True),
        sa.Column("agent", sa.String(length=200), nullable=True),
        _id("conversation_id", nullable=True),
        _id("turn_id", nullable=True),
        _id("document_id", nullable=True),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("model", sa.String(length=200), nullable=False),
        sa.Column("input_tokens", sa.BigInteger(), nullable=False),
        sa.Column("output_tokens", sa.BigInteger(), nullable=False),
        sa.Column("cached_tokens", sa.BigInteger(), nullable=False),
        sa.Column("first_token_ms", sa.Integer(), nullable=True),
        sa.Column("cost_usd", sa.Numeric(precision=16, scale=9), nullable=True),
        sa.Column("price_version", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("space_id", "id", name=op.f("pk_usage")),
    )
    op.create_index(
        op.f("ix_usage_space_id_created_at"), "usage", ["space_id", "created_at"], unique=False
    )
    op.create_index(
        op.f("ix_usage_space_id_turn_id"), "usage", ["space_id", "turn_id"], unique=False
    )
    op.create_table(
        "space",
        sa.Column("created_at", _MOMENT, server_default=sa.text("now()"), nullable=False),
        _id("id"),
        _id("organisation_id"),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("voice", sa.Text(), server_default="", nullable=False),
        sa.Column(
            "integrations",
            postgresql.JSONB(),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_space_organisation"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_space")),
        sa.UniqueConstraint("id", "organisation_id", name=op.f("uq_space_id_organisation_id")),
    )
    op.create_table(
        "conversation",
        *_space_row(),
        _id("id"),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("agent", sa.String(length=200), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "chat",
                "run",
                name="conversationkind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "active",
                "paused",
                "completed",
                "archived",
                name="conversationstate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("turn_counter", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("session_counter", sa.Integer(), server_default=sa.text("0"), nullable=False),
        _id("active_leaf", nullable=True),
        _id("open_turn", nullable=True),
        sa.Column("closing", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        _id("created_by"),
        sa.Column("updated_at", _MOMENT, server_default=sa.text("now()"), nullable=False),
        _of_space("conversation"),
        sa.PrimaryKeyConstraint("space_id", "id", name=op.f("pk_conversation")),
        postgresql_with={"fillfactor": "70"},
    )
    op.create_index(
        op.f("ix_conversation_space_id_kind_created_at_id"),
        "conversation",
        ["space_id", "kind", "created_at", "id"],
        unique=False,
    )
    op.create_table(
        "membership",
        *_space_row(),
        _id("user_id"),
        sa.Column(
            "role",
            sa.Enum(
                "viewer",
                "member",
                "approver",
                "admin",
                name="role",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        _of_space("membership"),
        sa.PrimaryKeyConstraint("space_id", "user_id", name=op.f("pk_membership")),
    )
    op.create_table(
        "event",
        *_space_row(),
        _id("conversation_id"),
        sa.Column("turn_number", sa.BigInteger(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        _id("turn_id", nullable=True),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        _of_conversation("event"),
        sa.PrimaryKeyConstraint(
            "space_id", "conversation_id", "turn_number", "sequence", name=op.f("pk_event")
        ),
    )
    op.create_table(
        "message",
        *_space_row(),
        _id("conversation_id"),
        _id("id"),
        _id("parent_id", nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "user",
                "assistant",
                "tool",
                name="role",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("content", sa.Text(), nullable=False),
        _id("turn_id"),
        sa.Column("step", sa.Integer(), nullable=True),
        sa.Column(
            "calls", postgresql.JSONB(), server_default=sa.text("'[]'::jsonb"), nullable=False
        ),
        sa.Column("withdrawn", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        _of_conversation("message"),
        sa.PrimaryKeyConstraint("space_id", "conversation_id", "id", name=op.f("pk_message")),
    )
    op.create_index(
        op.f("ix_message_space_id_conversation_id_position"),
        "message",
        ["space_id", "conversation_id", "position"],
        unique=False,
    )
    op.create_index(
        op.f("ix_message_space_id_turn_id"), "message", ["space_id", "turn_id"], unique=False
    )
    op.create_table(
        "notice",
        *_space_row(),
        _id("conversation_id"),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=True),
        _id("stored_by", nullable=True),
        _of_conversation("notice"),
        sa.PrimaryKeyConstraint("space_id", "conversation_id", "key", name=op.f("pk_notice")),
    )
    op.create_index(
        "ix_notice_waiting",
        "notice",
        ["space_id", "conversation_id"],
        unique=False,
        postgresql_where=sa.text("number IS NULL"),
    )
    op.create_table(
        "receipt",
        *_space_row(),
        _id("conversation_id"),
        _id("message_id"),
        _id("turn_id"),
        sa.Column("body_hash", sa.String(length=128), nullable=False),
        _of_conversation("receipt"),
        sa.PrimaryKeyConstraint(
            "space_id", "conversation_id", "message_id", name=op.f("pk_receipt")
        ),
    )
    op.create_table(
        "session",
        *_space_row(),
        _id("id"),
        _id("conversation_id"),
        sa.Column("number", sa.Integer(), nullable=False),
        _id("opened_by"),
        sa.Column("first_turn", sa.BigInteger(), nullable=False),
        sa.Column("last_turn", sa.BigInteger(), nullable=False),
        sa.Column("idle_window", sa.Interval(), nullable=False),
        sa.Column("started_at", _MOMENT, nullable=False),
        sa.Column("last_turn_at", _MOMENT, nullable=False),
        sa.Column("ended_at", _MOMENT, nullable=True),
        sa.Column("summarised_at", _MOMENT, nullable=True),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("summary", sa.Text(), nullable=True),
        sa.Column(
            "entities", postgresql.JSONB(), server_default=sa.text("'[]'::jsonb"), nullable=False
        ),
        sa.Column(
            "action_items",
            postgresql.JSONB(),
            server_default=sa.text("'[]'::jsonb"),
            nullable=False,
        ),
        sa.Column(
            "memory", postgresql.JSONB(), server_default=sa.text("'[]'::jsonb"), nullable=False
        ),
        sa.Column("extractive", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        _of_conversation("session"),
        sa.PrimaryKeyConstraint("space_id", "id", name=op.f("pk_session")),
        sa.UniqueConstraint(
            "space_id",
            "conversation_id",
            "number",
            name=op.f("uq_session_space_id_conversation_id_number"),
        ),
    )
    op.create_index(
        "uq_session_open",
        "session",
        ["space_id", "conversation_id"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "stored_text",
        *_space_row(),
        _id("conversation_id"),
        _id("message_id"),
        sa.Column("body_hash", sa.String(length=128), nullable=False),
        sa.Column("content", sa.Text(), nullable=True),
        _of_conversation("stored_text"),
        sa.PrimaryKeyConstraint(
            "space_id", "conversation_id", "message_id", name=op.f("pk_stored_text")
        ),
    )
    op.create_table(
        "turn",
        *_space_row(),
        _id("id"),
        _id("conversation_id"),
        sa.Column("number", sa.BigInteger(), nullable=False),
        _id("user_id"),
        sa.Column("owner", sa.String(length=200), nullable=False),
        sa.Column("agent", sa.String(length=200), nullable=False),
        sa.Column("agent_version", sa.Integer(), nullable=False),
        _id("user_message_id"),
        sa.Column("request_id", sa.String(length=200), nullable=False),
        sa.Column("steps", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("fence_step", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("fence_attempt", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column(
            "outcome",
            sa.Enum(
                "completed",
                "stopped",
                "interrupted",
                "withdrawn",
                "iteration_limit",
                "budget_exhausted",
                "deadline_exceeded",
                "failed",
                "duplicate",
                name="outcome",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column(
            "finish",
            sa.Enum(
                "stop",
                "length",
                "content_filter",
                "tool_calls",
                "cancelled",
                name="finish",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("error_code", sa.String(length=100), nullable=True),
        sa.Column("error_detail", sa.Text(), nullable=True),
        sa.Column("started_at", _MOMENT, nullable=False),
        sa.Column("ended_at", _MOMENT, nullable=True),
        sa.CheckConstraint("(outcome IS NULL) = (ended_at IS NULL)", name=op.f("ck_turn_ended")),
        _of_conversation("turn"),
        sa.PrimaryKeyConstraint("space_id", "id", name=op.f("pk_turn")),
        sa.UniqueConstraint(
            "space_id",
            "conversation_id",
            "number",
            name=op.f("uq_turn_space_id_conversation_id_number"),
        ),
        postgresql_with={"fillfactor": "70"},
    )
    op.create_table(
        "approval",
        *_space_row(),
        _id("id"),
        _id("conversation_id"),
        sa.Column(
            "conversation_kind",
            sa.Enum(
                "chat",
                "run",
                name="conversationkind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        _id("turn_id"),
        sa.Column("call_id", sa.String(length=100), nullable=False),
        sa.Column("tool", sa.String(length=200), nullable=False),
        sa.Column("arguments", postgresql.JSONB(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "pending",
                "approved",
                "denied",
                "revised",
                "expired",
                "withdrawn",
                name="approvalstate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("expires_at", _MOMENT, nullable=False),
        sa.Column("decided_at", _MOMENT, nullable=True),
        _id("decided_by", nullable=True),
        _id("verdict_id", nullable=True),
        sa.Column("delivered_at", _MOMENT, nullable=True),
        sa.Column("executed_at", _MOMENT, nullable=True),
        _of_turn("approval"),
        sa.PrimaryKeyConstraint("space_id", "id", name=op.f("pk_approval")),
    )
    op.create_index(
        op.f("ix_approval_space_id_created_at_id"),
        "approval",
        ["space_id", "created_at", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_approval_space_id_turn_id"), "approval", ["space_id", "turn_id"], unique=False
    )
    op.create_index(
        "ix_approval_undelivered",
        "approval",
        ["decided_at"],
        unique=False,
        postgresql_where=sa.text("decided_at IS NOT NULL AND delivered_at IS NULL"),
    )
    op.create_table(
        "step",
        *_space_row(),
        _id("turn_id"),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("reply", postgresql.JSONB(), nullable=False),
        sa.Column("response_id", sa.String(length=200), nullable=True),
        _of_turn("step"),
        sa.PrimaryKeyConstraint("space_id", "turn_id", "step", name=op.f("pk_step")),
    )
    op.create_table(
        "tool_call",
        *_space_row(),
        _id("turn_id"),
        sa.Column("call_id", sa.String(length=100), nullable=False),
        _id("conversation_id"),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("index", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("raw_arguments", sa.Text(), nullable=False),
        sa.Column("arguments", postgresql.JSONB(), nullable=True),
        _id("approval_id", nullable=True),
        sa.Column(
            "status",
            sa.Enum(
                "pending",
                "running",
                "completed",
                "failed",
                "denied",
                "expired",
                "revised",
                "invalid",
                "unknown",
                name="callstatus",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("result", sa.Text(), server_default="", nullable=False),
        sa.Column("started_at", _MOMENT, nullable=True),
        sa.Column("ended_at", _MOMENT, nullable=True),
        _of_turn("tool_call"),
        sa.PrimaryKeyConstraint("space_id", "turn_id", "call_id", name=op.f("pk_tool_call")),
    )
    op.create_table(
        "turn_passage",
        *_space_row(),
        _id("turn_id"),
        sa.Column("mark", sa.Integer(), nullable=False),
        sa.Column("source", postgresql.JSONB(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        _of_turn("turn_passage"),
        sa.PrimaryKeyConstraint("space_id", "turn_id", "mark", name=op.f("pk_turn_passage")),
    )
