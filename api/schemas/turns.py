"""A message on its way in, and what became of it."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from api.schemas.base import Body, View
from api.schemas.conversations import AgentName, MessageView
from api.schemas.cost import Cost
from api.schemas.naming import named
from api.text import Text
from domain.ports.conversations import TurnView
from models.payloads.turn import BusyPolicy, Finish, Outcome, SendStatus

REFERENCES = 10
"""Documents that one message may name."""


def _known_policy(value: object) -> object:
    if isinstance(value, str) and value not in list(BusyPolicy):
        known = ", ".join(policy.value for policy in BusyPolicy)
        raise PydanticCustomError(
            "busy_policy_unknown", "on_busy is one of {known}.", {"known": known}
        )
    return value


def _once(value: tuple[UUID, ...]) -> tuple[UUID, ...]:
    return tuple(dict.fromkeys(value))


class NewMessage(Body):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "5b1a4d0e-3c52-4a9f-8a66-0d2f6f3f9a11",
                    "content": "What does our brand guide say about headlines?",
                    "on_busy": "enqueue",
                    "references": ["0d4c2f0e-58a9-4f0b-9d3e-1f0f7a3b2c11"],
                }
            ]
        }
    )

    id: UUID | None = Field(None, description="Chosen by the client: copies run once, for ever")
    content: Text
    on_busy: Annotated[BusyPolicy, BeforeValidator(_known_policy)] = Field(
        BusyPolicy.ENQUEUE, description="What to do when a turn is running already"
    )
    agent: AgentName | None = Field(None, description="The conversation's agent unless given")
    parent_id: UUID | Literal["root"] | None = Field(
        None,
        description="The message that it follows: another one than the last begins a branch;"
        " `root` one beside the first message",
    )
    references: Annotated[
        tuple[UUID, ...],
        Field(max_length=REFERENCES),
        AfterValidator(_once),
        named("references_invalid", f"references are {REFERENCES} document ids at most."),
    ] = Field((), description="Documents that it is about: their passages are given first")


class Regeneration(Body):
    """Another answer to a message; what was answered before stays beside it."""

    id: UUID | None = Field(None, description="Chosen by the client: copies run once, for ever")
    on_busy: Annotated[BusyPolicy, BeforeValidator(_known_policy)] = BusyPolicy.ENQUEUE
    agent: AgentName | None = Field(None, description="The conversation's agent unless given")


class NewRun(Body):
    id: UUID | None = Field(None, description="The run's id, chosen by the client")
    agent: AgentName | None = None
    input: Text = Field(examples=["List three headlines for a spring sale."])


class Accepted(View):
    """It will be answered; follow `events`."""

    conversation_id: UUID
    turn_id: UUID
    message_id: UUID
    status: SendStatus
    position: int = Field(0, description="Messages ahead of it, the running one included")
    events: str = Field(
        description="Where to follow it",
        examples=["/v1/conversations/7f8d…/events?after=3.12"],
    )


class TurnUsage(View):
    input_tokens: int
    output_tokens: int
    cached_tokens: int
    cost_usd: Cost | None


class TurnError(View):
    code: str
    detail: str


class Answered(View):
    """The turn has ended; `outcome` says how."""

    conversation_id: UUID
    turn_id: UUID
    message_id: UUID
    status: Literal["ended"] = "ended"
    outcome: Outcome
    finish_reason: Finish | None
    message: MessageView | None = Field(description="The assistant's last message, if any")
    usage: TurnUsage
    error: TurnError | None = None

    @classmethod
    def of(cls, conversation_id: UUID, turn: TurnView, outcome: Outcome) -> "Answered":
        return cls(
            conversation_id=conversation_id,
            turn_id=turn.id,
            message_id=turn.message_id,
            outcome=outcome,
            finish_reason=turn.finish,
            message=None if turn.answer is None else MessageView.model_validate(turn.answer),
            usage=TurnUsage.model_validate(turn),
            error=error_of(turn),
        )


class RunView(View):
    id: UUID
    agent: str
    status: Literal["queued", "running", "ended"]
    outcome: Outcome | None = None
    finish_reason: Finish | None = None
    message: MessageView | None = None
    usage: TurnUsage | None = None
    error: TurnError | None = None


def error_of(turn: TurnView) -> TurnError | None:
    if turn.error_code is None:
        return None
    return TurnError(code=turn.error_code, detail=turn.error_detail or "")
