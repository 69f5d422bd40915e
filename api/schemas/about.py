"""What there is: agents, this deployment, tickets."""

from typing import Any
from uuid import UUID

from pydantic import Field

from api.schemas.base import Body, View


class AgentLimits(View):
    iteration_limit: int
    token_budget: int
    deadline_seconds: float
    output_tokens: int


class AgentView(View):
    name: str
    version: int
    description: str
    tools: tuple[str, ...]
    retrieves: bool
    limits: AgentLimits


class AgentList(View):
    items: list[AgentView]


class Info(View):
    version: str
    models: dict[str, Any]
    limits: dict[str, int]
    features: list[str]


class NewTicket(Body):
    conversation_id: UUID = Field(description="A conversation's id, or a run's")


class Ticket(View):
    ticket: str
    expires_in: int = Field(60, description="Seconds; it opens one stream, once")
