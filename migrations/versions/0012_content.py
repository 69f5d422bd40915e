"""Content items with their versions; what organisations and spaces were is kept."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from migrations.asking import offer, withdraw
from migrations.isolation import application_role, grant, isolate

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_STATES = ("draft", "in_review", "approved")
# View: its table and columns, for agents that ask in SQL.
_OFFERED: dict[str, tuple[str, tuple[str, ...]]] = {
    "content": (
        "content_item",
        (
            "id",
            "kind",
            "agent",
            "state",
            "version",
            "approved_version",
            "approved_by",
            "created_at",
        ),
    ),
    "content_versions": (
        "content_version",
        ("item_id", "number", "title", "text", "created_by", "turn_id", "note", "created_at"),
    ),
}


def upgrade() -> None:
    # All else hangs on them, and would go with them: versions and entries that never change too.
    op.execute(f"REVOKE DELETE ON organisation, space FROM {application_role()}")
    op.create_table(
        "content_item",
        *_space_row(),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(50), nullable=False),
        sa.Column("agent", sa.String(200), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                *_STATES,
                name="contentstate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("review_id", sa.Uuid(), nullable=True),
        sa.Column("approved_version", sa.Integer(), nullable=True),
        sa.Column("approved_by", sa.Uuid(), nullable=True),
        sa.Column("published_version", sa.Integer(), nullable=True),
        sa.Column("document_id", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("space_id", "id", name=op.f("pk_content_item")),
        sa.CheckConstraint(
            "(state = 'in_review') = (review_id IS NOT NULL)", name=op.f("ck_content_item_review")
        ),
    )
    op.create_index(
        op.f("ix_content_item_space_id_created_at_id"),
        "content_item",
        ["space_id", "created_at", "id"],
    )
    isolate("content_item")
    grant("content_item", "SELECT, INSERT, UPDATE")
    op.create_table(
        "content_version",
        *_space_row(),
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(300), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("turn_id", sa.Uuid(), nullable=True),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("space_id", "item_id", "number", name=op.f("pk_content_version")),
        sa.ForeignKeyConstraint(
            ["space_id", "item_id"],
            ["content_item.space_id", "content_item.id"],
            name=op.f("fk_content_version_content_item"),
            ondelete="CASCADE",
        ),
    )
    isolate("content_version")
    # What was reviewed stays what it was; only the reviewer's note is written to it.
    grant("content_version", "SELECT, INSERT, UPDATE (note)")
    for view, (table, columns) in _OFFERED.items():
        offer(view, table, columns)
    op.add_column("approval", sa.Column("written_by", sa.Uuid(), nullable=True))


def _space_row() -> list[sa.Column[Any]]:
    return [
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("space_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
    ]


def downgrade() -> None:
    op.execute(f"GRANT DELETE ON organisation, space TO {application_role()}")
    op.drop_column("approval", "written_by")
    for view, (table, columns) in _OFFERED.items():
        withdraw(view, table, columns)
    op.drop_table("content_version")
    op.drop_table("content_item")
