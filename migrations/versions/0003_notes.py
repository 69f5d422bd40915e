"""Notes that agents publish."""

import sqlalchemy as sa
from alembic import op

from migrations.isolation import grant, isolate

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "note",
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("space_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("space_id", "id", name=op.f("pk_note")),
    )
    op.create_index(op.f("ix_note_space_id_created_at"), "note", ["space_id", "created_at"])
    isolate("note")
    # Published is published: nobody changes a note from here.
    grant("note", "SELECT, INSERT")


def downgrade() -> None:
    op.drop_table("note")
