"""Share links, what people say of answers, documents that messages name, usage by conversation."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.isolation import grant, isolate

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)
_REASONS = (
    *("accurate", "helpful", "inaccurate", "incomplete", "irrelevant", "wrong_sources"),
    *("unsafe", "style", "slow", "other"),
)


def upgrade() -> None:
    op.add_column(
        "message",
        sa.Column(
            *("attachments", postgresql.JSONB()),
            server_default=sa.text("'[]'::jsonb"),
            nullable=False,
        ),
    )
    op.create_index(
        op.f("ix_usage_space_id_conversation_id"), "usage", ["space_id", "conversation_id"]
    )
    _create_share()
    _create_feedback()


def downgrade() -> None:
    op.drop_table("feedback")
    op.drop_table("share")
    op.drop_index(op.f("ix_usage_space_id_conversation_id"), "usage")
    op.drop_column("message", "attachments")


def _create_share() -> None:
    op.create_table(
        "share",
        *_row("id", "conversation_id", "leaf_id"),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.Column("expires_at", _MOMENT, nullable=False),
        sa.Column("revoked_at", _MOMENT, nullable=True),
        sa.Column("revoked_by", sa.Uuid(), nullable=True),
        sa.Column("views", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("viewed_at", _MOMENT, nullable=True),
        _of_conversation("share"),
        sa.PrimaryKeyConstraint("space_id", "id", name=op.f("pk_share")),
        sa.UniqueConstraint("space_id", "token_hash", name=op.f("uq_share_space_id_token_hash")),
    )
    op.create_index(
        op.f("ix_share_space_id_conversation_id_created_at_id"),
        "share",
        ["space_id", "conversation_id", "created_at", "id"],
    )
    isolate("share")
    grant("share")


def _create_feedback() -> None:
    op.create_table(
        "feedback",
        *_row("conversation_id", "message_id", "user_id", "id", "turn_id"),
        sa.Column("rating", _choice("rating", "up", "down"), nullable=False),
        sa.Column("reason", _choice("reason", *_REASONS), nullable=True),
        sa.Column("comment", sa.Text(), server_default="", nullable=False),
        sa.Column("updated_at", _MOMENT, server_default=sa.text("now()"), nullable=False),
        _of_conversation("feedback"),
        sa.PrimaryKeyConstraint(
            *("space_id", "conversation_id", "message_id", "user_id"), name=op.f("pk_feedback")
        ),
    )
    op.create_index(
        op.f("ix_feedback_space_id_updated_at_id"), "feedback", ["space_id", "updated_at", "id"]
    )
    isolate("feedback")
    grant("feedback")


def _row(*ids: str) -> list[sa.Column[Any]]:
    created = sa.Column("created_at", _MOMENT, server_default=sa.text("now()"), nullable=False)
    columns = ("space_id", "organisation_id", *ids)
    return [created, *(sa.Column(name, sa.Uuid(), nullable=False) for name in columns)]


def _of_conversation(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["space_id", "conversation_id"],
        ["conversation.space_id", "conversation.id"],
        name=op.f(f"fk_{table}_conversation"),
        ondelete="CASCADE",
    )


def _choice(kind: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=kind, native_enum=False, create_constraint=True, length=32)
