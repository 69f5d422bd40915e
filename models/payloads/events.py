"""What happens in a conversation, as readers see it: one class a kind, one cursor for all."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Literal, NamedTuple
from uuid import UUID

from pydantic import Field, TypeAdapter

from models.payloads.base import Payload
from models.payloads.policy import Quote
from models.payloads.sources import Source
from models.payloads.turn import Finish, Outcome
from models.states import Role

# Redis stream ids are two unsigned 64-bit numbers; ours stay below what JSON clients keep exact.
LARGEST = 2**53 - 1


class EventId(NamedTuple):
    """A place in a log, written `<turn number>.<sequence>`; only rises."""

    turn: int
    sequence: int

    def __str__(self) -> str:
        return f"{self.turn}.{self.sequence}"

    @classmethod
    def parse(cls, text: str) -> "EventId":
        """Read `<turn>.<sequence>`; ValueError for anything else."""
        turn, dot, sequence = text.partition(".")
        if not (dot and turn.isascii() and turn.isdigit() and len(turn) <= 16):
            raise ValueError("not an event id")
        if not (sequence.isascii() and sequence.isdigit() and len(sequence) <= 16):
            raise ValueError("not an event id")
        if int(turn) > LARGEST or int(sequence) > LARGEST:
            raise ValueError("not an event id")
        return cls(int(turn), int(sequence))


START = EventId(0, 0)


class TurnStarted(Payload):
    kind: Literal["turn.started"] = "turn.started"
    message_id: UUID
    agent: str
    text: str = ""
    """The user's message, so that another tab can show it."""
    labels: dict[str, str] = Field(default_factory=dict)
    """The caller's own, to know its turn by."""
    echo: dict[str, str | int | float | bool] = Field(default_factory=dict)
    """What else the request said, in its dialect's words."""
    instructions: str = ""
    """The caller's own for this turn, below the agent's."""
    again: bool = False
    """The message was answered before: this is another answer beside that one."""


class TurnQueued(Payload):
    """For the waiting caller alone: it has no id and is not in the log."""

    kind: Literal["turn.queued"] = "turn.queued"
    position: int


class AgentChosen(Payload):
    """Who answers, when the message left it open, and how."""

    kind: Literal["agent.chosen"] = "agent.chosen"
    agent: str
    reason: str
    strategy: str = ""
    version: int = 1
    """Of the agent."""


class AgentEvent(Payload):
    """Something that happened in a child's run, as its own log has it: never a part of this
    turn's text. A child's children come wrapped once more."""

    kind: Literal["agent.event"] = "agent.event"
    step: int
    call_id: str
    run_id: UUID
    agent: str
    event: dict[str, Any]
    """As on the wire: `kind` and the fields of the event."""


class InputFlagged(Payload):
    """The message looks like an attempt to talk the agent into something."""

    kind: Literal["input.flagged"] = "input.flagged"
    level: str
    """suspicious or malicious."""
    reasons: tuple[str, ...] = ()


class StepStarted(Payload):
    kind: Literal["step.started"] = "step.started"
    step: int


class RetrievalStarted(Payload):
    kind: Literal["retrieval.started"] = "retrieval.started"
    query: str


class RetrievalStream(StrEnum):
    """Where the passages of a turn come from."""

    REFERENCES = "references"
    """Documents that the message names."""
    SEARCH = "search"
    """The agent's collections."""
    PAGES = "pages"
    """Addresses in the message, fetched for this turn."""
    PROFILE = "profile"
    """What the space says of its business."""


class StreamReport(Payload):
    """What came of one stream. `error` is the code of what kept it from giving all it has."""

    stream: RetrievalStream
    passages: int = 0
    milliseconds: int = 0
    error: str | None = None
    missing: tuple[UUID, ...] = ()
    """Documents that the message names and that gave nothing: unknown here, or not ready."""


class RetrievalCompleted(Payload):
    kind: Literal["retrieval.completed"] = "retrieval.completed"
    sources: tuple[Source, ...] = ()
    error: str | None = None
    """The first error of any stream: the turn went on with what the others gave."""
    streams: tuple[StreamReport, ...] = ()
    """Those that had something to do."""
    query: str | None = None
    """The standalone question that was searched, when the message's own words were not."""


class TextDelta(Payload):
    kind: Literal["text.delta"] = "text.delta"
    step: int
    text: str


class TextSnapshot(Payload):
    """The step's whole text so far: replaces what a reader holds."""

    kind: Literal["text.snapshot"] = "text.snapshot"
    step: int
    text: str


class TextCompleted(Payload):
    kind: Literal["text.completed"] = "text.completed"
    step: int
    text: str
    message_id: UUID
    finish: Finish = Finish.STOP
    removed_marks: tuple[str, ...] = ()
    """Citation marks that were taken out of the text: nothing that was given bears them out."""
    redacted: tuple[str, ...] = ()
    """Kinds of data that the space's policy had taken out, once each: email, phone, …"""


class ReasoningDelta(Payload):
    kind: Literal["reasoning.delta"] = "reasoning.delta"
    step: int
    text: str


class AttemptSuperseded(Payload):
    """The step starts again: drop its text from `from_sequence` on."""

    kind: Literal["attempt.superseded"] = "attempt.superseded"
    step: int
    from_sequence: int


class ToolRequested(Payload):
    kind: Literal["tool.requested"] = "tool.requested"
    step: int
    call_id: str
    name: str
    arguments: dict[str, Any] = Field(default_factory=dict)
    ruling: str = ""
    """allow, ask or deny; empty when the call was not sound enough to be judged."""
    reason: str = ""
    """The policy's sentence."""


class ToolStarted(Payload):
    kind: Literal["tool.started"] = "tool.started"
    step: int
    call_id: str
    name: str


class ToolCompleted(Payload):
    kind: Literal["tool.completed"] = "tool.completed"
    step: int
    call_id: str
    name: str
    result: str
    truncated: bool = False
    sources: tuple[Source, ...] = ()
    """What the tool found that an answer may cite, beside what the turn retrieved."""


class ToolFailed(Payload):
    kind: Literal["tool.failed"] = "tool.failed"
    step: int
    call_id: str
    name: str
    code: str
    detail: str


class ApprovalRequested(Payload):
    kind: Literal["approval.requested"] = "approval.requested"
    step: int
    approval_id: UUID
    call_id: str
    tool: str
    arguments: dict[str, Any]
    expires_at: datetime
    arguments_hash: str = ""
    """Of the canonical arguments; a verdict names it, so that it is given on what was shown."""
    reason: str = ""
    tainted: bool = False
    quotes: tuple[Quote, ...] = ()
    approvers: Role = Role.APPROVER
    four_eyes: bool = False


class ApprovalDecided(Payload):
    """`decision` is approve, deny, revise or withdrawn."""

    kind: Literal["approval.decided"] = "approval.decided"
    approval_id: UUID
    call_id: str
    decision: str
    decided_by: UUID | None = None
    note: str = ""
    via: str = ""
    """api or slack."""
    edited: dict[str, Any] | None = None
    """The arguments that run instead of those that were asked for."""


class ApprovalExpired(Payload):
    kind: Literal["approval.expired"] = "approval.expired"
    approval_id: UUID
    call_id: str


class ContaminationDetected(Payload):
    kind: Literal["contamination.detected"] = "contamination.detected"
    step: int
    reason: str
    where: str = "answer"
    """answer, document or result: only the first may end a turn."""
    source: str = ""
    """Which document or tool."""
    score: float = 0.0
    """0 to 1."""


class TextWithdrawn(Payload):
    """Drop the text of one step, or of the whole turn when `step` is None."""

    kind: Literal["text.withdrawn"] = "text.withdrawn"
    step: int | None = None


class UsageRecorded(Payload):
    """One call to a provider. Step 0 is the retrieval before the first step."""

    kind: Literal["usage.recorded"] = "usage.recorded"
    step: int
    model: str
    input_tokens: int
    output_tokens: int
    cached_tokens: int = 0
    first_token_ms: int | None = None
    cost_usd: Decimal | None = None
    """None when the price table does not know the model."""


class ConversationTitled(Payload):
    kind: Literal["conversation.titled"] = "conversation.titled"
    title: str


class TurnCompleted(Payload):
    kind: Literal["turn.completed"] = "turn.completed"
    outcome: Outcome
    finish: Finish = Finish.STOP
    message_id: UUID | None = None
    code: str = ""
    """Which limit ended it, where one did."""
    detail: str = ""


class TurnFailed(Payload):
    kind: Literal["turn.failed"] = "turn.failed"
    code: str
    detail: str
    outcome: Outcome = Outcome.FAILED


class TurnStopped(Payload):
    kind: Literal["turn.stopped"] = "turn.stopped"
    outcome: Outcome
    message_id: UUID | None = None


class SessionSummarised(Payload):
    kind: Literal["session.summarised"] = "session.summarised"
    session_id: UUID
    number: int
    title: str
    summary: str


Event = Annotated[
    TurnStarted
    | TurnQueued
    | AgentChosen
    | AgentEvent
    | InputFlagged
    | StepStarted
    | RetrievalStarted
    | RetrievalCompleted
    | TextDelta
    | TextSnapshot
    | TextCompleted
    | ReasoningDelta
    | AttemptSuperseded
    | ToolRequested
    | ToolStarted
    | ToolCompleted
    | ToolFailed
    | ApprovalRequested
    | ApprovalDecided
    | ApprovalExpired
    | ContaminationDetected
    | TextWithdrawn
    | UsageRecorded
    | ConversationTitled
    | TurnCompleted
    | TurnFailed
    | TurnStopped
    | SessionSummarised,
    Field(discriminator="kind"),
]
EVENT: TypeAdapter[Event] = TypeAdapter(Event)

# Never stored in Postgres: a replay does without them.
TRANSIENT = frozenset({"text.delta", "text.snapshot", "reasoning.delta", "attempt.superseded"})
TURN_ENDS = frozenset({"turn.completed", "turn.failed", "turn.stopped"})


class LoggedEvent(Payload):
    """An event with its place in the log."""

    id: EventId
    at: datetime
    turn_id: UUID | None = None
    """None for what belongs to no turn: titles and summaries."""
    event: Event
