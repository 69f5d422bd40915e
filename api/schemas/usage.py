"""What was used and what it cost."""

from datetime import datetime

from pydantic import Field

from api.schemas.base import View
from api.schemas.cost import Cost
from api.schemas.inspection import TurnSummary
from domain.ports.accounts import By, Group


class SumView(View):
    turns: int
    requests: int = Field(description="To providers")
    input_tokens: int
    output_tokens: int
    cached_tokens: int
    cost_usd: Cost = Field(description="Of what has a known price")
    unpriced: int = Field(description="Requests whose price is not known")


class ConversationUsage(View):
    total: SumView = Field(description="With what has been erased, and with the agents called")
    called: SumView = Field(description="The part of the agents that its turns called")
    turns: list[TurnSummary] = Field(description="Newest first; without the agents they called")
    next_cursor: str | None


class UsageGroup(SumView):
    key: str | None = Field(description="Null for what belongs to no agent or person")

    @classmethod
    def of(cls, group: Group) -> "UsageGroup":
        return cls(key=group.key, **SumView.model_validate(group.sum).model_dump())


class UsageReport(View):
    since: datetime
    until: datetime
    by: By
    items: list[UsageGroup] = Field(
        description="Days in their order; others by cost, the 1,000 that cost most"
    )
