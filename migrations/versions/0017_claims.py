"""How old the claims are that a membership, and a browser's session, stand on."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_EPOCH = sa.text("to_timestamp(0)")


def upgrade() -> None:
    for table in ("membership", "web_session"):
        moment = sa.DateTime(timezone=True)
        op.add_column(table, sa.Column("claimed_at", moment, nullable=False, server_default=_EPOCH))


def downgrade() -> None:
    for table in ("web_session", "membership"):
        op.drop_column(table, "claimed_at")
