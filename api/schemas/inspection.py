"""A turn taken apart, and what was used."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field, WithJsonSchema

from api.event_schemas import SCHEMAS
from api.schemas.approvals import ApprovalView
from api.schemas.base import View
from api.schemas.cost import Cost
from api.schemas.turns import TurnError, TurnUsage, error_of
from domain.ports.inspection import Cause, TurnItem
from domain.ports.transcript import Passage
from models.payloads.turn import CallStatus, Finish, Outcome, ThinkStatus


class TurnSummary(View):
    id: UUID
    number: int = Field(description="In the conversation's log")
    message_id: UUID = Field(description="The user's message that it answers")
    user_id: UUID
    agent: str
    agent_version: int
    outcome: Outcome | None = Field(description="Null while it runs")
    finish_reason: Finish | None
    error: TurnError | None
    steps: int = Field(description="Model calls that were committed")
    usage: TurnUsage
    started_at: datetime
    ended_at: datetime | None

    @classmethod
    def of(cls, item: TurnItem) -> "TurnSummary":
        turn = item.turn
        return cls(
            id=turn.id,
            number=turn.number,
            message_id=turn.message_id,
            user_id=item.user_id,
            agent=turn.agent,
            agent_version=item.agent_version,
            outcome=turn.outcome,
            finish_reason=turn.finish,
            error=error_of(turn),
            steps=item.steps,
            usage=TurnUsage.model_validate(turn),
            started_at=turn.started_at,
            ended_at=turn.ended_at,
        )


class StageView(View):
    """A bar of the turn's timeline."""

    kind: str = Field(examples=["retrieval", "step", "tool", "approval"])
    name: str = Field(description="A tool's; else empty")
    step: int | None
    call_id: str | None
    started_at: datetime
    ended_at: datetime | None = Field(description="Null for what goes on, or was cut off")


class StepView(View):
    step: int
    attempts: int = Field(
        description="1: the first one made it. Attempts that were lost have usage lines, when they"
        " cost something; their times are in the engine's history alone"
    )
    committed_at: datetime | None = Field(description="Null for a step that is under way")
    status: ThinkStatus | None
    finish_reason: Finish | None = Field(validation_alias="finish")
    started_at: datetime | None = Field(None, description="Of the attempt that made it")
    ended_at: datetime | None = None


class CallView(View):
    call_id: str
    step: int
    name: str
    arguments: dict[str, Any] | None = Field(description="Null when they did not validate")
    raw_arguments: str
    ruling: str = Field(description="allow, ask or deny; empty when it was not sound")
    status: CallStatus
    result: str
    approval_id: UUID | None
    run_id: UUID | None = Field(description="Of the agent that it called: `/v1/runs/{run_id}`")
    requested_at: datetime
    started_at: datetime | None
    ended_at: datetime | None


class UsageLineView(View):
    cause: Cause
    step: int | None
    attempt: int | None = Field(description="Of a model call whose answer was lost")
    call_id: str | None
    kind: str = Field(examples=["chat", "embedding"])
    agent: str | None
    model: str
    input_tokens: int
    output_tokens: int
    cached_tokens: int
    first_token_ms: int | None
    cost_usd: Cost | None
    at: datetime


class PassageView(View):
    """What the turn was given to read."""

    mark: int = Field(description="Of its citations; 0 for what has none")
    passage_id: UUID
    document_id: UUID
    title: str
    heading: str
    page: int | None
    url: str | None
    collection: str
    score: float
    text: str

    @classmethod
    def of(cls, passage: Passage) -> "PassageView":
        return cls(**passage.source.model_dump(include=_OF_SOURCE), text=passage.text)


_OF_SOURCE = set(PassageView.model_fields) - {"text"}
Event = Annotated[dict[str, Any], WithJsonSchema({"$ref": f"{SCHEMAS}Event"})]


class TurnInspection(View):
    turn: TurnSummary
    request_id: str = Field(description="Of the request that sent the message")
    stages: list[StageView] = Field(description="In the order that they began in")
    steps: list[StepView]
    calls: list[CallView]
    approvals: list[ApprovalView]
    usage: list[UsageLineView]
    passages: list[PassageView]
    events: list[Event] = Field(description="The stored ones, as streams carry them")
    more_events: bool = Field(description="There are more than are shown: follow the log")
    temporal_url: str | None = Field(
        description="The run in the Temporal UI; null where this deployment names none"
    )
