"""Which tier a member who speaks in Slack is counted by."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    tier = sa.Column("tier", sa.String(length=40), nullable=False, server_default="")
    op.add_column("slack_member", tier)


def downgrade() -> None:
    op.drop_column("slack_member", "tier")
