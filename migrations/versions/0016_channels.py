"""Which message in Slack shows which turn's answer."""

import sqlalchemy as sa
from alembic import op

from migrations.isolation import grant, isolate

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    now = sa.text("now()")
    op.create_table(
        "slack_answer",
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=now, nullable=False),
        sa.Column("space_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("turn_id", sa.Uuid(), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("channel", sa.String(length=32), nullable=False),
        sa.Column("timestamp", sa.String(length=32), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["space_id", "conversation_id"],
            ["conversation.space_id", "conversation.id"],
            name=op.f("fk_slack_answer_conversation"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("space_id", "turn_id", name=op.f("pk_slack_answer")),
    )
    # What goes with its conversation is found by it.
    op.create_index(
        op.f("ix_slack_answer_space_id_conversation_id"),
        "slack_answer",
        ["space_id", "conversation_id"],
    )
    isolate("slack_answer")
    grant("slack_answer")


def downgrade() -> None:
    op.drop_table("slack_answer")
