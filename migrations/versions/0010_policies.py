"""Policies, safety and budgets; what a turn has seen."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.isolation import ORGANISATION, grant, isolate

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)
_OUTCOMES = (
    "completed",
    "stopped",
    "interrupted",
    "withdrawn",
    "iteration_limit",
    "budget_exhausted",
    "deadline_exceeded",
    "failed",
    "duplicate",
)
_NEW_OUTCOMES = ("contaminated", "denied", "expired")
_FINISHES = ("stop", "length", "content_filter", "tool_calls", "cancelled")
_NEW_FINISHES = ("needs_more_context", "withdrawn")


def upgrade() -> None:
    _policy()
    _safety()
    _budget()
    seen: sa.Column[bool] = sa.Column(
        "tainted", sa.Boolean(), server_default=sa.text("false"), nullable=False
    )
    op.add_column("conversation", seen)
    ruling = sa.Column("ruling", sa.String(10), server_default="", nullable=False)
    op.add_column("tool_call", ruling)
    _end_in("outcome", _OUTCOMES + _NEW_OUTCOMES)
    _end_in("finish", _FINISHES + _NEW_FINISHES)


def _end_in(column: str, values: tuple[str, ...]) -> None:
    """How a turn may end."""
    name = op.f(f"ck_turn_{column}")
    op.drop_constraint(name, "turn")
    listed = ", ".join(f"'{value}'" for value in values)
    op.create_check_constraint(name, "turn", f"{column} IN ({listed})")


def _policy() -> None:
    op.create_table(
        "policy",
        _moment("created_at"),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("policy", postgresql.JSONB(), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "version", name=op.f("pk_policy")),
    )
    isolate("policy", f"organisation_id = {ORGANISATION}")
    # What held when a call was judged can be read for ever.
    grant("policy", "SELECT, INSERT")


def _safety() -> None:
    op.create_table(
        "safety",
        *_space_row(),
        sa.Column("safety", postgresql.JSONB(), nullable=False),
        sa.Column("updated_by", sa.Uuid(), nullable=False),
        _moment("updated_at"),
        sa.PrimaryKeyConstraint("space_id", name=op.f("pk_safety")),
    )
    isolate("safety")
    grant("safety", "SELECT, INSERT, UPDATE")


def _budget() -> None:
    op.create_table(
        "budget",
        *_space_row(),
        sa.Column("holder", sa.String(36), nullable=False),
        sa.Column("tokens", sa.BigInteger(), nullable=True),
        sa.Column("cost_usd", sa.Numeric(16, 9), nullable=True),
        sa.Column("updated_by", sa.Uuid(), nullable=False),
        _moment("updated_at"),
        sa.PrimaryKeyConstraint("space_id", "holder", name=op.f("pk_budget")),
    )
    isolate("budget")
    grant("budget")


def _moment(name: str) -> sa.Column[Any]:
    return sa.Column(name, _MOMENT, server_default=sa.text("now()"), nullable=False)


def _space_row() -> list[sa.Column[Any]]:
    return [
        _moment("created_at"),
        sa.Column("space_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
    ]


def downgrade() -> None:
    op.execute(
        "UPDATE turn SET outcome = 'failed' WHERE outcome IN ('contaminated', 'denied', 'expired')"
    )
    op.execute(
        "UPDATE turn SET finish = 'stop' WHERE finish IN ('needs_more_context', 'withdrawn')"
    )
    _end_in("outcome", _OUTCOMES)
    _end_in("finish", _FINISHES)
    op.drop_column("tool_call", "ruling")
    op.drop_column("conversation", "tainted")
    for table in ("budget", "safety", "policy"):
        op.drop_table(table)
