"""What operations take and give, and every event. Generated: `make clients`."""

from __future__ import annotations

# mypy: disable-error-code="assignment, list-item"
from datetime import date, timedelta
from enum import IntEnum, StrEnum
from typing import Annotated, Any, Literal
from uuid import UUID

from holdfast_client.base import Base
from pydantic import AwareDatetime, ConfigDict, Field, RootModel


class AgentChosen(Base):
    """
    Who answers, when the message left it open, and how.
    """

    id: Annotated[str, Field(description="`<turn>.<sequence>`: the cursor", examples=["3.12"])]
    at: AwareDatetime
    turn_id: UUID | None
    kind: Annotated[Literal["agent.chosen"], Field(title="Kind")]
    agent: Annotated[str, Field(title="Agent")]
    reason: Annotated[str, Field(title="Reason")]
    strategy: Annotated[str | None, Field(title="Strategy")] = ""
    version: Annotated[int | None, Field(title="Version")] = 1


class AgentEvent(Base):
    """
    Something that happened in a child's run, as its own log has it: never a part of this
    turn's text. A child's children come wrapped once more.
    """

    id: Annotated[str, Field(description="`<turn>.<sequence>`: the cursor", examples=["3.12"])]
    at: AwareDatetime
    turn_id: UUID | None
    kind: Annotated[Literal["agent.event"], Field(title="Kind")]
    step: Annotated[int, Field(title="Step")]
    call_id: Annotated[str, Field(title="Call Id")]
    run_id: Annotated[UUID, Field(title="Run Id")]
    agent: Annotated[str, Field(title="Agent")]
    event: Annotated[dict[str, Any], Field(title="Event")]


class ApprovalDecided(Base):
    """
    `decision` is approve, deny, revise or withdrawn.
    """

    id: Annotated[str, Field(description="`<turn>.<sequence>`: the cursor", examples=["3.12"])]
    at: AwareDatetime
    turn_id: UUID | None
    kind: Annotated[Literal["approval.decided"], Field(title="Kind")]
    approval_id: Annotated[UUID, Field(title="Approval Id")]
    call_id: Annotated[str, Field(title="Call Id")]
    decision: Annotated[str, Field(title="Decision")]
    decided_by: Annotated[UUID | None, Field(title="Decided By")] = None
    note: Annotated[str | None, Field(title="Note")] = ""
    via: Annotated[str | None, Field(title="Via")] = ""
    edited: Annotated[dict[str, Any] | None, Field(title="Edited")] = None


class ApprovalExpired(Base):
    id: Annotated[str, Field(description="`<turn>.<sequence>`: the cursor", examples=["3.12"])]
    at: AwareDatetime
    turn_id: UUID | None
    kind: Annotated[Literal["approval.expired"], Field(title="Kind")]
    approval_id: Annotated[UUID, Field(title="Approval Id")]
    call_id: Annotated[str, Field(title="Call Id")]


class AttemptSuperseded(Base):
    """
    The step starts again: drop its text from `from_sequence` on.
    """

    id: Annotated[str, Field(description="`<turn>.<sequence>`: the cursor", examples=["3.12"])]
    at: AwareDatetime
    turn_id: UUID | None
    kind: Annotated[Literal["attempt.superseded"], Field(title="Kind")]
    step: Annotated[int, Field(title="Step")]
    from_sequence: Annotated[int, Field(title="From Sequence")]


class ContaminationDetected(Base):
    id: Annotated[str, Field(description="`<turn>.<sequence>`: the cursor", examples=["3.12"])]
    at: AwareDatetime
    turn_id: UUID | None
    kind: Annotated[Literal["contamination.detected"], Field(title="Kind")]
    step: Annotated[int, Field(title="Step")]
    reason: Annotated[str, Field(title="Reason")]
    where: Annotated[str | None, Field(title="Where")] = "answer"
    source: Annotated[str | None, Field(title="Source")] = ""
    score: Annotated[float | None, Field(title="Score")] = 0.0


class ConversationTitled(Base):
    id: Annotated[str, Field(description="`<turn>.<sequence>`: the cursor", examples=["3.12"])]
    at: AwareDatetime
    turn_id: UUID | None
    kind: Annotated[Literal["conversation.titled"], Field(title="Kind")]
    title: Annotated[str, Field(title="Title")]


class Finish(StrEnum):
    """
    Why the model stopped writing.
    """

    stop = "stop"
    length = "length"
    content_filter = "content_filter"
    tool_calls = "tool_calls"
    cancelled = "cancelled"
    needs_more_context = "needs_more_context"
    withdrawn = "withdrawn"


class InputFlagged(Base):
    """
    The message looks like an attempt to talk the agent into something.
    """

    id: Annotated[str, Field(description="`<turn>.<sequence>`: the cursor", examples=["3.12"])]
    at: AwareDatetime
    turn_id: UUID | None
    kind: Annotated[Literal["input.flagged"], Field(title="Kind")]
    level: Annotated[str, Field(title="Level")]
    reasons: Annotated[list[str] | None, Field(title="Reasons")] = []


class Outcome(StrEnum):
    """
    Every way a turn can end.
    """

    completed = "completed"
    stopped = "stopped"
    interrupted = "interrupted"
    withdrawn = "withdrawn"
    iteration_limit = "iteration_limit"
    budget_exhausted = "budget_exhausted"
    deadline_exceeded = "deadline_exceeded"
    contaminated = "contaminated"
    denied = "denied"
    expired = "expired"
    failed = "failed"
    duplicate = "duplicate"


class Quote(Base):
    """
    Words of an argument that stand in text that nobody vouches for.
    """

    path: Annotated[str, Field(title="Path")]
    text: Annotated[str, Field(max_length=300, title="Text")]
    source: Annotated[str, Field(max_length=300, title="Source")]


class ReasoningDelta(Base):
    id: Annotated[str, Field(description="`<turn>.<sequence>`: the cursor", examples=["3.12"])]
    at: AwareDatetime
    turn_id: UUID | None
    kind: Annotated[Literal["reasoning.delta"], Field(title="Kind")]
    step: Annotated[int, Field(title="Step")]
    text: Annotated[str, Field(title="Text")]


class RetrievalStarted(Base):
    id: Annotated[str, Field(description="`<turn>.<sequence>`: the cursor", examples=["3.12"])]
    at: AwareDatetime
    turn_id: UUID | None
    kind: Annotated[Literal["retrieval.started"], Field(title="Kind")]
    query: Annotated[str, Field(title="Query")]


class RetrievalStream(StrEnum):
    """
    Where the passages of a turn come from.
    """

    references = "references"
    search = "search"
    pages = "pages"
    profile = "profile"


class Role(StrEnum):
    """
    A caller's role in a space; each includes the ones before it.
    """

    viewer = "viewer"
    member = "member"
    approver = "approver"
    admin = "admin"


class SessionSummarised(Base):
    id: Annotated[str, Field(description="`<turn>.<sequence>`: the cursor", examples=["3.12"])]
    at: AwareDatetime
    turn_id: UUID | None
    kind: Annotated[Literal["session.summarised"], Field(title="Kind")]
    session_id: Annotated[UUID, Field(title="Session Id")]
    number: Annotated[int, Field(title="Number")]
    title: Annotated[str, Field(title="Title")]
    summary: Annotated[str, Field(title="Summary")]


class Source(Base):
    """
    `mark` is the number in the answer's citation marks; offsets are characters in the text.
    """

    mark: Annotated[int, Field(title="Mark")]
    passage_id: Annotated[UUID, Field(title="Passage Id")]
    document_id: Annotated[UUID, Field(title="Document Id")]
    title: Annotated[str, Field(title="Title")]
    heading: Annotated[str | None, Field(title="Heading")] = ""
    snippet: Annotated[str, Field(title="Snippet")]
    score: Annotated[float | None, Field(title="Score")] = 0.0
    start: Annotated[int | None, Field(title="Start")] = 0
    end: Annotated[int | None, Field(title="End")] = 0
    page: Annotated[int | None, Field(title="Page")] = None
    collection: Annotated[str | None, Field(title="Collection")] = ""
    url: Annotated[str | None, Field(title="Url")] = None


class StepStarted(Base):
    id: Annotated[str, Field(description="`<turn>.<sequence>`: the cursor", examples=["3.12"])]
    at: AwareDatetime
    turn_id: UUID | None
    kind: Annotated[Literal["step.started"], Field(title="Kind")]
    step: Annotated[int, Field(title="Step")]


class StreamReport(Base):
    """
    What came of one stream. `error` is the code of what kept it from giving all it has.
    """

    stream: RetrievalStream
    passages: Annotated[int | None, Field(title="Passages")] = 0
    milliseconds: Annotated[int | None, Field(title="Milliseconds")] = 0
    error: Annotated[str | None, Field(title="Error")] = None
    missing: Annotated[list[UUID] | None, Field(title="Missing")] = []


class TextCompleted(Base):
    id: Annotated[str, Field(description="`<turn>.<sequence>`: the cursor", examples=["3.12"])]
    at: AwareDatetime
    turn_id: UUID | None
    kind: Annotated[Literal["text.completed"], Field(title="Kind")]
    step: Annotated[int, Field(title="Step")]
    text: Annotated[str, Field(title="Text")]
    message_id: Annotated[UUID, Field(title="Message Id")]
    finish: Finish | None = "stop"
    removed_marks: Annotated[list[str] | None, Field(title="Removed Marks")] = []
    redacted: Annotated[list[str] | None, Field(title="Redacted")] = []


class TextDelta(Base):
    id: Annotated[str, Field(description="`<turn>.<sequence>`: the cursor", examples=["3.12"])]
    at: AwareDatetime
    turn_id: UUID | None
    kind: Annotated[Literal["text.delta"], Field(title="Kind")]
    step: Annotated[int, Field(title="Step")]
    text: Annotated[str, Field(title="Text")]


class TextSnapshot(Base):
    """
    The step's whole text so far: replaces what a reader holds.
    """

    id: Annotated[str, Field(description="`<turn>.<sequence>`: the cursor", examples=["3.12"])]
    at: AwareDatetime
    turn_id: UUID | None
    kind: Annotated[Literal["text.snapshot"], Field(title="Kind")]
    step: Annotated[int, Field(title="Step")]
    text: Annotated[str, Field(title="Text")]


class TextWithdrawn(Base):
    """
    Drop the text of one step, or of the whole turn when `step` is None.
    """

    id: Annotated[str, Field(description="`<turn>.<sequence>`: the cursor", examples=["3.12"])]
    at: AwareDatetime
    turn_id: UUID | None
    kind: Annotated[Literal["text.withdrawn"], Field(title="Kind")]
    step: Annotated[int | None, Field(title="Step")] = None


class ToolCompleted(Base):
    id: Annotated[str, Field(description="`<turn>.<sequence>`: the cursor", examples=["3.12"])]
    at: AwareDatetime
    turn_id: UUID | None
    kind: Annotated[Literal["tool.completed"], Field(title="Kind")]
    step: Annotated[int, Field(title="Step")]
    call_id: Annotated[str, Field(title="Call Id")]
    name: Annotated[str, Field(title="Name")]
    result: Annotated[str, Field(title="Result")]
    truncated: Annotated[bool | None, Field(title="Truncated")] = False
    sources: Annotated[list[Source] | None, Field(title="Sources", validate_default=True)] = []


class ToolFailed(Base):
    id: Annotated[str, Field(description="`<turn>.<sequence>`: the cursor", examples=["3.12"])]
    at: AwareDatetime
    turn_id: UUID | None
    kind: Annotated[Literal["tool.failed"], Field(title="Kind")]
    step: Annotated[int, Field(title="Step")]
    call_id: Annotated[str, Field(title="Call Id")]
    name: Annotated[str, Field(title="Name")]
    code: Annotated[str, Field(title="Code")]
    detail: Annotated[str, Field(title="Detail")]


class ToolRequested(Base):
    id: Annotated[str, Field(description="`<turn>.<sequence>`: the cursor", examples=["3.12"])]
    at: AwareDatetime
    turn_id: UUID | None
    kind: Annotated[Literal["tool.requested"], Field(title="Kind")]
    step: Annotated[int, Field(title="Step")]
    call_id: Annotated[str, Field(title="Call Id")]
    name: Annotated[str, Field(title="Name")]
    arguments: Annotated[dict[str, Any] | None, Field(title="Arguments")] = None
    ruling: Annotated[str | None, Field(title="Ruling")] = ""
    reason: Annotated[str | None, Field(title="Reason")] = ""


class ToolStarted(Base):
    id: Annotated[str, Field(description="`<turn>.<sequence>`: the cursor", examples=["3.12"])]
    at: AwareDatetime
    turn_id: UUID | None
    kind: Annotated[Literal["tool.started"], Field(title="Kind")]
    step: Annotated[int, Field(title="Step")]
    call_id: Annotated[str, Field(title="Call Id")]
    name: Annotated[str, Field(title="Name")]


class TurnCompleted(Base):
    id: Annotated[str, Field(description="`<turn>.<sequence>`: the cursor", examples=["3.12"])]
    at: AwareDatetime
    turn_id: UUID | None
    kind: Annotated[Literal["turn.completed"], Field(title="Kind")]
    outcome: Outcome
    finish: Finish | None = "stop"
    message_id: Annotated[UUID | None, Field(title="Message Id")] = None
    code: Annotated[str | None, Field(title="Code")] = ""
    detail: Annotated[str | None, Field(title="Detail")] = ""


class TurnFailed(Base):
    id: Annotated[str, Field(description="`<turn>.<sequence>`: the cursor", examples=["3.12"])]
    at: AwareDatetime
    turn_id: UUID | None
    kind: Annotated[Literal["turn.failed"], Field(title="Kind")]
    code: Annotated[str, Field(title="Code")]
    detail: Annotated[str, Field(title="Detail")]
    outcome: Outcome | None = "failed"


class TurnQueued(Base):
    """
    For the waiting caller alone: it has no id and is not in the log.
    """

    kind: Annotated[Literal["turn.queued"], Field(title="Kind")]
    position: Annotated[int, Field(title="Position")]


class TurnStarted(Base):
    id: Annotated[str, Field(description="`<turn>.<sequence>`: the cursor", examples=["3.12"])]
    at: AwareDatetime
    turn_id: UUID | None
    kind: Annotated[Literal["turn.started"], Field(title="Kind")]
    message_id: Annotated[UUID, Field(title="Message Id")]
    agent: Annotated[str, Field(title="Agent")]
    text: Annotated[str | None, Field(title="Text")] = ""
    labels: Annotated[dict[str, str] | None, Field(title="Labels")] = None
    echo: Annotated[dict[str, str | int | float | bool] | None, Field(title="Echo")] = None
    instructions: Annotated[str | None, Field(title="Instructions")] = ""
    again: Annotated[bool | None, Field(title="Again")] = False


class TurnStopped(Base):
    id: Annotated[str, Field(description="`<turn>.<sequence>`: the cursor", examples=["3.12"])]
    at: AwareDatetime
    turn_id: UUID | None
    kind: Annotated[Literal["turn.stopped"], Field(title="Kind")]
    outcome: Outcome
    message_id: Annotated[UUID | None, Field(title="Message Id")] = None


class UsageRecorded(Base):
    """
    One call to a provider. Step 0 is the retrieval before the first step.
    """

    id: Annotated[str, Field(description="`<turn>.<sequence>`: the cursor", examples=["3.12"])]
    at: AwareDatetime
    turn_id: UUID | None
    kind: Annotated[Literal["usage.recorded"], Field(title="Kind")]
    step: Annotated[int, Field(title="Step")]
    model: Annotated[str, Field(title="Model")]
    input_tokens: Annotated[int, Field(title="Input Tokens")]
    output_tokens: Annotated[int, Field(title="Output Tokens")]
    cached_tokens: Annotated[int | None, Field(title="Cached Tokens")] = 0
    first_token_ms: Annotated[int | None, Field(title="First Token Ms")] = None
    cost_usd: Annotated[str | None, Field(title="Cost Usd")] = None


class FieldProblem(Base):
    pointer: Annotated[str, Field(examples=["/content"], title="Pointer")]
    detail: Annotated[str, Field(title="Detail")]


class Problem(Base):
    """
    RFC 9457.
    """

    type: Annotated[str | None, Field(title="Type")] = "about:blank"
    title: Annotated[str, Field(examples=["Not found"], title="Title")]
    status: Annotated[int, Field(examples=[404], title="Status")]
    code: Annotated[
        str,
        Field(
            description="Stable: branch on it, never on the text",
            examples=["conversation_not_found"],
            title="Code",
        ),
    ]
    detail: Annotated[str, Field(examples=["There is no such conversation."], title="Detail")]
    request_id: Annotated[str, Field(title="Request Id")]
    errors: Annotated[list[FieldProblem] | None, Field(title="Errors")] = None


class ActionItem(Base):
    text: Annotated[str, Field(max_length=500, title="Text")]
    owner: Annotated[str | None, Field(max_length=200, title="Owner")] = ""


class Model(RootModel[str]):
    root: Annotated[
        str,
        Field(
            description="The deployment's unless given",
            max_length=200,
            min_length=1,
            title="Model",
        ),
    ]


class FallbackModel(RootModel[str]):
    root: Annotated[
        str,
        Field(
            description="Asked when the model is away or unknown. The deployment's unless given",
            max_length=200,
            min_length=1,
            title="Fallback Model",
        ),
    ]


class Temperature(RootModel[float]):
    root: Annotated[float, Field(ge=0.0, le=2.0, title="Temperature")]


class Tool(RootModel[str]):
    root: Annotated[str, Field(max_length=200, min_length=1)]


class Collection(RootModel[str]):
    root: Annotated[str, Field(examples=["brand"], pattern="^[a-z0-9][a-z0-9_-]{0,63}$")]


class CostBudget(RootModel[float]):
    root: Annotated[float, Field(description="US dollars", gt=0.0, title="Cost Budget")]


class Member(RootModel[str]):
    root: Annotated[str, Field(examples=["support"], pattern="^[a-z][a-z0-9_]{0,39}$")]


class Expected(RootModel[int]):
    root: Annotated[
        int,
        Field(
            description="The version that the change was made on; or send it as If-Match",
            ge=1,
            le=2147483647,
            title="Expected",
        ),
    ]


class AgentLimits(Base):
    iteration_limit: Annotated[int, Field(title="Iteration Limit")]
    token_budget: Annotated[int, Field(title="Token Budget")]
    deadline_seconds: Annotated[float, Field(title="Deadline Seconds")]
    output_tokens: Annotated[int, Field(title="Output Tokens")]


class AllowanceView(Base):
    name: Annotated[str, Field(examples=["space_month_cost"], title="Name")]
    limit: Annotated[str, Field(title="Limit")]
    spent: Annotated[str, Field(title="Spent")]
    exhausted: Annotated[bool, Field(title="Exhausted")]


class ApprovalState(StrEnum):
    pending = "pending"
    approved = "approved"
    denied = "denied"
    revised = "revised"
    expired = "expired"
    withdrawn = "withdrawn"


class AttachmentView(Base):
    document_id: Annotated[UUID, Field(title="Document Id")]
    title: Annotated[
        str | None,
        Field(description="Null when the document has been deleted", title="Title"),
    ]
    status: Annotated[
        str,
        Field(
            description="The document's, or `deleted`",
            examples=["ready"],
            title="Status",
        ),
    ]


class AuditEntryView(Base):
    id: Annotated[UUID, Field(title="Id")]
    sequence: Annotated[
        int, Field(description="In the space, from 1, without gaps", title="Sequence")
    ]
    at: Annotated[AwareDatetime, Field(title="At")]
    user_id: Annotated[UUID | None, Field(description="Null for what nobody did", title="User Id")]
    action: Annotated[str, Field(examples=["approval.approved"], title="Action")]
    subject_id: Annotated[UUID, Field(title="Subject Id")]
    details: Annotated[dict[str, Any], Field(title="Details")]
    seal: Annotated[
        str,
        Field(
            description="SHA-256 over this entry and the seal of the one before it",
            title="Seal",
        ),
    ]


class BreakView(Base):
    sequence: Annotated[int, Field(title="Sequence")]
    why: Annotated[str, Field(title="Why")]


class Tokens(RootModel[int]):
    root: Annotated[int, Field(ge=0, le=1000000000000000, title="Tokens")]


class CostUsd(RootModel[float]):
    root: Annotated[float, Field(ge=0.0, le=1000000.0, title="Cost Usd")]


class BusyPolicy(StrEnum):
    """
    What a message does when a turn is already running.
    """

    reject = "reject"
    enqueue = "enqueue"
    interrupt = "interrupt"
    rollback = "rollback"
    steer = "steer"


class By(StrEnum):
    day = "day"
    agent = "agent"
    model = "model"
    user = "user"


class CallStatus(StrEnum):
    pending = "pending"
    running = "running"
    completed = "completed"
    failed = "failed"
    denied = "denied"
    expired = "expired"
    revised = "revised"
    invalid = "invalid"
    unknown = "unknown"


class CallView(Base):
    call_id: Annotated[str, Field(title="Call Id")]
    step: Annotated[int, Field(title="Step")]
    name: Annotated[str, Field(title="Name")]
    arguments: Annotated[
        dict[str, Any] | None,
        Field(description="Null when they did not validate", title="Arguments"),
    ]
    raw_arguments: Annotated[str, Field(title="Raw Arguments")]
    ruling: Annotated[
        str,
        Field(
            description="allow, ask or deny; empty when it was not sound",
            title="Ruling",
        ),
    ]
    status: CallStatus
    result: Annotated[str, Field(title="Result")]
    approval_id: Annotated[UUID | None, Field(title="Approval Id")]
    run_id: Annotated[
        UUID | None,
        Field(
            description="Of the agent that it called: `/v1/runs/{run_id}`",
            title="Run Id",
        ),
    ]
    requested_at: Annotated[AwareDatetime, Field(title="Requested At")]
    started_at: Annotated[AwareDatetime | None, Field(title="Started At")]
    ended_at: Annotated[AwareDatetime | None, Field(title="Ended At")]


class Cause(StrEnum):
    """
    What a provider was paid for.
    """

    step = "step"
    attempt = "attempt"
    retrieval = "retrieval"
    routing = "routing"
    tool = "tool"
    other = "other"


class Trigger(StrEnum):
    submit_message = "submit-message"
    regenerate_message = "regenerate-message"


class MessageId(RootModel[str]):
    root: Annotated[
        str,
        Field(
            description="The message to edit, to answer again, or whose approval is answered",
            max_length=200,
            min_length=1,
            title="Messageid",
        ),
    ]


class Agent1(RootModel[str]):
    root: Annotated[str, Field(examples=["general"], max_length=80, min_length=1, title="Agent")]


class ChosenChannel(Base):
    model_config = ConfigDict(
        extra="forbid",
    )
    channel: Annotated[
        str,
        Field(
            description="Its id, or its name",
            max_length=100,
            min_length=1,
            title="Channel",
        ),
    ]


class Chunker(StrEnum):
    semantic = "semantic"
    fixed = "fixed"
    recursive = "recursive"
    sentence = "sentence"


class Chunking(Base):
    """
    Sizes in characters. `overlap` repeats the end of a passage in the next one.
    """

    chunker: Chunker | None = "semantic"
    size: Annotated[int | None, Field(ge=50, le=8000, title="Size")] = 1500
    overlap: Annotated[int | None, Field(ge=0, le=4000, title="Overlap")] = 200


class Client(IntEnum):
    """
    Major versions of the `ai` package. None survives a kind of chunk that it does not know: 6
    added what approvals need, 7 what takes parts back (`reset-step`) and answers approvals.
    """

    integer_5 = 5
    integer_6 = 6
    integer_7 = 7


class Closing(Base):
    session_id: Annotated[
        UUID | None,
        Field(
            description="The session that ends; null when none was open, and while a turn runs, whose end closes it",
            title="Session Id",
        ),
    ]


class RecencyDays(RootModel[float]):
    root: Annotated[
        float,
        Field(
            description="null: age counts for nothing",
            examples=[180],
            gt=0.0,
            le=36525.0,
            title="Recency Days",
        ),
    ]


class CollectionChange(Base):
    """
    What is left out stays.
    """

    model_config = ConfigDict(
        extra="forbid",
    )
    description: Annotated[
        str | None,
        Field(examples=["How we sound and look"], max_length=1000, title="Description"),
    ] = ""
    chunking: Annotated[Chunking | None, Field(description="For documents from now on")] = None
    recency_days: Annotated[
        RecencyDays | None,
        Field(description="null: age counts for nothing", title="Recency Days"),
    ] = None


class CollectionView(Base):
    name: Annotated[str, Field(title="Name")]
    description: Annotated[str, Field(title="Description")]
    chunking: Chunking
    recency_days: Annotated[float | None, Field(title="Recency Days")]
    documents: Annotated[int, Field(description="How many it holds", title="Documents")]
    created_at: Annotated[AwareDatetime | None, Field(title="Created At")]


class ConnectionState(StrEnum):
    connected = "connected"
    reconnect = "reconnect"


class ConnectionView(Base):
    provider: Annotated[str, Field(examples=["google_analytics"], title="Provider")]
    state: Annotated[ConnectionState, Field(description="reconnect: a person must connect again")]
    account: Annotated[
        str,
        Field(
            description="What the provider calls it; empty when it does not say",
            title="Account",
        ),
    ]
    scopes: Annotated[list[str], Field(title="Scopes")]
    connected_by: Annotated[UUID, Field(title="Connected By")]
    connected_at: Annotated[AwareDatetime, Field(title="Connected At")]


class ConnectionsView(Base):
    items: Annotated[list[ConnectionView], Field(title="Items")]


class Title(RootModel[str]):
    root: Annotated[str, Field(max_length=300, min_length=1, title="Title")]


class Text(RootModel[str]):
    root: Annotated[
        str, Field(description="Markdown", max_length=50000, min_length=1, title="Text")
    ]


class ContentRevision(Base):
    """
    What is left out stays.
    """

    model_config = ConfigDict(
        extra="forbid",
    )
    expected: Annotated[
        int,
        Field(
            description="The version that the change was made on",
            ge=1,
            title="Expected",
        ),
    ]
    title: Annotated[Title | None, Field(title="Title")] = None
    text: Annotated[Text | None, Field(title="Text")] = None


class ContentState(StrEnum):
    draft = "draft"
    in_review = "in_review"
    approved = "approved"


class ContentVersionView(Base):
    number: Annotated[int, Field(title="Number")]
    title: Annotated[str, Field(title="Title")]
    text: Annotated[str, Field(title="Text")]
    created_by: Annotated[
        UUID | None,
        Field(description="null: an agent, in `turn_id`", title="Created By"),
    ]
    turn_id: Annotated[UUID | None, Field(title="Turn Id")]
    created_at: Annotated[AwareDatetime, Field(title="Created At")]
    note: Annotated[
        str,
        Field(description="What the reviewer asked for, where it went back", title="Note"),
    ]


class ContentView(Base):
    id: Annotated[UUID, Field(title="Id")]
    kind: Annotated[str, Field(title="Kind")]
    agent: Annotated[str | None, Field(title="Agent")]
    state: ContentState
    version: Annotated[int, Field(description="The newest", title="Version")]
    versions: Annotated[
        list[ContentVersionView],
        Field(description="The newest last; lists have it alone", title="Versions"),
    ]
    review_id: Annotated[
        UUID | None,
        Field(description="The approval that waits for a verdict", title="Review Id"),
    ]
    approved_version: Annotated[int | None, Field(title="Approved Version")]
    document_id: Annotated[
        UUID | None,
        Field(description="In the collection `approved_content`", title="Document Id"),
    ]
    created_at: Annotated[AwareDatetime, Field(title="Created At")]


class Title1(RootModel[str]):
    root: Annotated[
        str,
        Field(examples=["Spring campaign"], max_length=200, min_length=1, title="Title"),
    ]


class Agent2(RootModel[str]):
    root: Annotated[
        str,
        Field(
            description="Who answers from now on",
            examples=["general"],
            max_length=80,
            min_length=1,
            title="Agent",
        ),
    ]


class ConversationChange(Base):
    """
    What is given is changed.
    """

    model_config = ConfigDict(
        extra="forbid",
    )
    title: Annotated[Title1 | None, Field(title="Title")] = None
    archived: Annotated[bool | None, Field(title="Archived")] = None
    pinned: Annotated[bool | None, Field(title="Pinned")] = None
    agent: Annotated[Agent2 | None, Field(description="Who answers from now on", title="Agent")] = (
        None
    )


class ConversationState(StrEnum):
    active = "active"
    paused = "paused"
    completed = "completed"
    archived = "archived"


class ConversationView(Base):
    id: Annotated[UUID, Field(title="Id")]
    title: Annotated[str | None, Field(title="Title")]
    agent: Annotated[str, Field(title="Agent")]
    state: ConversationState
    created_at: Annotated[AwareDatetime, Field(title="Created At")]
    updated_at: Annotated[AwareDatetime, Field(title="Updated At")]
    pinned: Annotated[bool | None, Field(title="Pinned")] = False
    forked_from: Annotated[
        UUID | None,
        Field(
            description="Whose path its first messages are copies of; it may be gone",
            title="Forked From",
        ),
    ] = None
    snippet: Annotated[
        str | None,
        Field(
            description="In searches: where a message has the words, as plain text",
            title="Snippet",
        ),
    ] = None


class Decision(StrEnum):
    approve = "approve"
    deny = "deny"
    revise = "revise"


class Departure(Base):
    address: Annotated[
        str,
        Field(
            description="Send the person there, in the browser that asked, within 10 minutes",
            title="Address",
        ),
    ]


class Title2(RootModel[str]):
    root: Annotated[str, Field(max_length=200, min_length=1, title="Title")]


class Collection1(RootModel[str]):
    root: Annotated[
        str,
        Field(examples=["brand"], pattern="^[a-z0-9][a-z0-9_-]{0,63}$", title="Collection"),
    ]


class Author(RootModel[str]):
    root: Annotated[
        str,
        Field(examples=["Ada Lovelace"], max_length=200, min_length=1, title="Author"),
    ]


class Language(RootModel[str]):
    root: Annotated[str, Field(examples=["en"], pattern="^[a-z]{2}$", title="Language")]


class Keyword(RootModel[str]):
    root: Annotated[str, Field(examples=["tone"], max_length=80, min_length=1)]


class Keywords(RootModel[list[Keyword]]):
    root: Annotated[list[Keyword], Field(max_length=32, title="Keywords")]


class DocumentChange(Base):
    """
    What is left out stays; null takes away, where a document can be without.
    """

    model_config = ConfigDict(
        extra="forbid",
    )
    title: Annotated[Title2 | None, Field(title="Title")] = None
    collection: Annotated[Collection1 | None, Field(title="Collection")] = None
    author: Annotated[Author | None, Field(title="Author")] = None
    language: Annotated[Language | None, Field(title="Language")] = None
    published_on: Annotated[date | None, Field(title="Published On")] = None
    keywords: Annotated[Keywords | None, Field(title="Keywords")] = None


class DocumentPassage(Base):
    id: Annotated[UUID, Field(title="Id")]
    index: Annotated[int, Field(description="Its place, from 0", title="Index")]
    text: Annotated[str, Field(title="Text")]
    heading: Annotated[str, Field(description="The path of headings above it", title="Heading")]
    page: Annotated[
        int | None,
        Field(description="From 1, where the document has pages", title="Page"),
    ]
    start: Annotated[int, Field(description="Characters of the text that was read", title="Start")]
    end: Annotated[int, Field(title="End")]


class DocumentStatus(StrEnum):
    queued = "queued"
    processing = "processing"
    ready = "ready"
    failed = "failed"


class Effect(StrEnum):
    """
    What a tool does to the world.
    """

    read = "read"
    write = "write"


class Entity(Base):
    name: Annotated[str, Field(max_length=200, title="Name")]
    kind: Annotated[str | None, Field(max_length=50, title="Kind")] = "other"


class Example(Base):
    """
    What a good exchange looks like.
    """

    user: Annotated[str, Field(max_length=4000, min_length=1, title="User")]
    assistant: Annotated[str, Field(max_length=8000, min_length=1, title="Assistant")]


class FeedbackReason(StrEnum):
    """
    Why, in one word: whoever acts on it sorts by this.
    """

    accurate = "accurate"
    helpful = "helpful"
    inaccurate = "inaccurate"
    incomplete = "incomplete"
    irrelevant = "irrelevant"
    wrong_sources = "wrong_sources"
    unsafe = "unsafe"
    style = "style"
    slow = "slow"
    other = "other"


class Format(Base):
    media_type: Annotated[str, Field(examples=["application/pdf"], title="Media Type")]
    extensions: Annotated[list[str], Field(examples=[["pdf"]], title="Extensions")]


class Hit(Base):
    """
    `text` is the whole passage.
    """

    mark: Annotated[int, Field(title="Mark")]
    passage_id: Annotated[UUID, Field(title="Passage Id")]
    document_id: Annotated[UUID, Field(title="Document Id")]
    title: Annotated[str, Field(title="Title")]
    heading: Annotated[str | None, Field(title="Heading")] = ""
    snippet: Annotated[str, Field(title="Snippet")]
    score: Annotated[float | None, Field(title="Score")] = 0.0
    start: Annotated[int | None, Field(title="Start")] = 0
    end: Annotated[int | None, Field(title="End")] = 0
    page: Annotated[int | None, Field(title="Page")] = None
    collection: Annotated[str | None, Field(title="Collection")] = ""
    url: Annotated[str | None, Field(title="Url")] = None
    text: Annotated[str, Field(title="Text")]


class Holder(StrEnum):
    """
    Whose a budget is.
    """

    space = "space"
    users = "users"
    user = "user"


class Info(Base):
    version: Annotated[str, Field(title="Version")]
    models: Annotated[dict[str, Any], Field(title="Models")]
    limits: Annotated[dict[str, int], Field(title="Limits")]
    formats: Annotated[list[Format], Field(description="Files that are read", title="Formats")]
    features: Annotated[list[str], Field(title="Features")]


class InstallView(Base):
    url: Annotated[
        str,
        Field(
            description="Send an admin of the workspace there within 10 minutes",
            title="Url",
        ),
    ]


class LeafView(Base):
    leaf_id: Annotated[UUID, Field(description="The path's last message", title="Leaf Id")]


class LinkToken(Base):
    model_config = ConfigDict(
        extra="forbid",
    )
    token: Annotated[
        str,
        Field(
            description="From Slack, within 10 minutes",
            max_length=2000,
            min_length=1,
            title="Token",
        ),
    ]


class LinkView(Base):
    team_id: Annotated[str, Field(title="Team Id")]
    slack_user_id: Annotated[str, Field(title="Slack User Id")]
    name: Annotated[str, Field(description="What Slack calls them", title="Name")]
    linked: Annotated[bool, Field(title="Linked")]


class ListAuditEntryView(Base):
    items: Annotated[list[AuditEntryView], Field(title="Items")]
    next_cursor: Annotated[
        str | None,
        Field(description="Opaque; null on the last page", title="Next Cursor"),
    ]


class ListContentView(Base):
    items: Annotated[list[ContentView], Field(title="Items")]
    next_cursor: Annotated[
        str | None,
        Field(description="Opaque; null on the last page", title="Next Cursor"),
    ]


class ListConversationView(Base):
    items: Annotated[list[ConversationView], Field(title="Items")]
    next_cursor: Annotated[
        str | None,
        Field(description="Opaque; null on the last page", title="Next Cursor"),
    ]


class ListDocumentPassage(Base):
    items: Annotated[list[DocumentPassage], Field(title="Items")]
    next_cursor: Annotated[
        str | None,
        Field(description="Opaque; null on the last page", title="Next Cursor"),
    ]


class MadeShare(Base):
    id: Annotated[UUID, Field(title="Id")]
    token: Annotated[str, Field(description="Shown once: nobody can find it again", title="Token")]
    path: Annotated[
        str,
        Field(description="Of the page that shows it", examples=["/s/AZ…"], title="Path"),
    ]
    expires_at: Annotated[AwareDatetime, Field(title="Expires At")]


class McpAllowance(Base):
    model_config = ConfigDict(
        extra="forbid",
    )
    digest: Annotated[
        str, Field(description="Of what you looked at", max_length=64, title="Digest")
    ]
    effect: Annotated[
        Effect | None,
        Field(description="read: it changes nothing, and may be tried again"),
    ] = "write"


class Secret(RootModel[str]):
    root: Annotated[
        str,
        Field(
            description="Sent as bearer token; never given out again",
            max_length=4000,
            title="Secret",
        ),
    ]


class McpToolState(StrEnum):
    new = "new"
    allowed = "allowed"
    changed = "changed"
    gone = "gone"
    refused = "refused"


class McpToolView(Base):
    name: Annotated[str, Field(title="Name")]
    description: Annotated[
        str,
        Field(
            description="The server's words: nobody vouches for them",
            title="Description",
        ),
    ]
    parameters: Annotated[
        dict[str, Any],
        Field(description="JSON Schema, the server's words as well", title="Parameters"),
    ]
    digest: Annotated[
        str,
        Field(
            description="Of name, description and schema: what is allowed is this",
            title="Digest",
        ),
    ]
    state: McpToolState
    effect: Annotated[
        Effect,
        Field(description="What the person said who allowed it; write until then"),
    ]
    allowed_by: Annotated[UUID | None, Field(title="Allowed By")]
    allowed_at: Annotated[AwareDatetime | None, Field(title="Allowed At")]


class Model1(Base):
    id: Annotated[str, Field(title="Id")]
    object: Annotated[Literal["model"], Field(title="Object")] = "model"
    created: Annotated[int, Field(title="Created")]
    owned_by: Annotated[str, Field(title="Owned By")]


class ModelList(Base):
    object: Annotated[Literal["list"], Field(title="Object")] = "list"
    data: Annotated[list[Model1], Field(title="Data")]


class Model2(RootModel[str]):
    root: Annotated[
        str,
        Field(
            description="The deployment's unless given",
            max_length=200,
            min_length=1,
            title="Model",
        ),
    ]


class Collection2(RootModel[str]):
    root: Annotated[str, Field(examples=["brand"], pattern="^[a-z0-9][a-z0-9_-]{0,63}$")]


class ExpiresIn(RootModel[int]):
    root: Annotated[
        int,
        Field(
            description="Seconds; null: until it is revoked",
            ge=60,
            le=315360000,
            title="Expires In",
        ),
    ]


class RecencyDays1(RootModel[float]):
    root: Annotated[
        float,
        Field(
            description="Days after which a passage counts half as much; null: age is nothing",
            examples=[180],
            gt=0.0,
            le=36525.0,
            title="Recency Days",
        ),
    ]


class NewCollection(Base):
    model_config = ConfigDict(
        extra="forbid",
    )
    name: Annotated[
        str,
        Field(examples=["brand"], pattern="^[a-z0-9][a-z0-9_-]{0,63}$", title="Name"),
    ]
    description: Annotated[
        str | None,
        Field(examples=["How we sound and look"], max_length=1000, title="Description"),
    ] = ""
    chunking: Chunking | None = None
    recency_days: Annotated[
        RecencyDays1 | None,
        Field(
            description="Days after which a passage counts half as much; null: age is nothing",
            title="Recency Days",
        ),
    ] = None


class NewContent(Base):
    model_config = ConfigDict(
        extra="forbid",
    )
    id: Annotated[
        UUID | None,
        Field(description="Yours, for a safe repeat; else one is made", title="Id"),
    ] = None
    kind: Annotated[str, Field(examples=["email"], pattern="^[a-z][a-z0-9_-]{0,49}$", title="Kind")]
    title: Annotated[str, Field(max_length=300, min_length=1, title="Title")]
    text: Annotated[
        str, Field(description="Markdown", max_length=50000, min_length=1, title="Text")
    ]


class Title3(RootModel[str]):
    root: Annotated[
        str,
        Field(examples=["Spring campaign"], max_length=200, min_length=1, title="Title"),
    ]


class Agent3(RootModel[str]):
    root: Annotated[
        str,
        Field(
            description="The general assistant unless given",
            examples=["general"],
            max_length=80,
            min_length=1,
            title="Agent",
        ),
    ]


class NewConversation(Base):
    model_config = ConfigDict(
        extra="forbid",
    )
    title: Annotated[Title3 | None, Field(title="Title")] = None
    agent: Annotated[
        Agent3 | None,
        Field(description="The general assistant unless given", title="Agent"),
    ] = None


class Title4(RootModel[str]):
    root: Annotated[
        str,
        Field(
            description="The same as before unless given",
            examples=["Spring campaign"],
            max_length=200,
            min_length=1,
            title="Title",
        ),
    ]


class NewFork(Base):
    model_config = ConfigDict(
        extra="forbid",
    )
    message_id: Annotated[
        UUID | None,
        Field(
            description="The path to this message is copied; to the last one unless given",
            title="Message Id",
        ),
    ] = None
    title: Annotated[
        Title4 | None,
        Field(description="The same as before unless given", title="Title"),
    ] = None


class NewLeaf(Base):
    """
    Where the path that is shown ends.
    """

    model_config = ConfigDict(
        extra="forbid",
    )
    message_id: Annotated[
        UUID | None,
        Field(description="It ends with just this message", title="Message Id"),
    ] = None
    turn_id: Annotated[
        UUID | None,
        Field(
            description="Instead of `message_id`: show what this turn answered, down to what was said last below it",
            title="Turn Id",
        ),
    ] = None
    newest: Annotated[
        bool | None,
        Field(
            description="Of `message_id`: go down to what was said last below it, as when walking through siblings",
            title="Newest",
        ),
    ] = False


class Agent4(RootModel[str]):
    root: Annotated[
        str,
        Field(
            description="The conversation's agent unless given",
            examples=["general"],
            max_length=80,
            min_length=1,
            title="Agent",
        ),
    ]


class NewMessage(Base):
    model_config = ConfigDict(
        extra="forbid",
    )
    id: Annotated[
        UUID | None,
        Field(description="Chosen by the client: copies run once, for ever", title="Id"),
    ] = None
    content: Annotated[str, Field(title="Content")]
    on_busy: Annotated[
        BusyPolicy | None,
        Field(description="What to do when a turn is running already"),
    ] = "enqueue"
    agent: Annotated[
        Agent4 | None,
        Field(description="The conversation's agent unless given", title="Agent"),
    ] = None
    parent_id: Annotated[
        UUID | Literal["root"] | None,
        Field(
            description="The message that it follows: another one than the last begins a branch; `root` one beside the first message",
            title="Parent Id",
        ),
    ] = None
    references: Annotated[
        list[UUID] | None,
        Field(
            description="Documents that it is about: their passages are given first",
            max_length=10,
            title="References",
        ),
    ] = []


class Agent5(RootModel[str]):
    root: Annotated[str, Field(examples=["general"], max_length=80, min_length=1, title="Agent")]


class NewRun(Base):
    model_config = ConfigDict(
        extra="forbid",
    )
    id: Annotated[
        UUID | None, Field(description="The run's id, chosen by the client", title="Id")
    ] = None
    agent: Annotated[Agent5 | None, Field(title="Agent")] = None
    input: Annotated[
        str, Field(examples=["List three headlines for a spring sale."], title="Input")
    ]


class NewShareBody(Base):
    model_config = ConfigDict(
        extra="forbid",
    )
    message_id: Annotated[
        UUID | None,
        Field(
            description="The last message to show; the newest on the active path unless given",
            title="Message Id",
        ),
    ] = None
    expires_in: Annotated[
        int | None,
        Field(
            description="Seconds; 30 days unless given, a year at most",
            ge=60,
            le=31536000,
            title="Expires In",
        ),
    ] = 2592000


class NewTicket(Base):
    """
    For one stream: a conversation's (or a run's, which is one), or a document's.
    """

    model_config = ConfigDict(
        extra="forbid",
    )
    conversation_id: Annotated[
        UUID | None,
        Field(description="A conversation's id, or a run's", title="Conversation Id"),
    ] = None
    document_id: Annotated[UUID | None, Field(title="Document Id")] = None


class OnContamination(StrEnum):
    """
    What becomes of an answer that gave itself away.
    """

    tell = "tell"
    withdraw = "withdraw"
    hold_sentences = "hold_sentences"
    hold_whole = "hold_whole"


class OnMalicious(StrEnum):
    """
    What a message does that is classed malicious.
    """

    flag = "flag"
    refuse = "refuse"


class OnRefusal(StrEnum):
    """
    After a call that a person or the policy refused, or that nobody decided on.
    """

    continue_ = "continue"
    end = "end"


class Open(StrEnum):
    """
    What of an agent its callers may set for one turn, if it leaves that open.
    """

    instructions = "instructions"
    temperature = "temperature"
    output_tokens = "output_tokens"


class Operator(StrEnum):
    equals = "equals"
    one_of = "one_of"
    contains = "contains"
    starts_with = "starts_with"
    ends_with = "ends_with"
    matches = "matches"
    above = "above"
    below = "below"
    longer_than = "longer_than"
    exists = "exists"


class OrganisationView(Base):
    id: Annotated[UUID, Field(title="Id")]


class Origin(RootModel[str]):
    root: Annotated[str, Field(examples=["https://app.example.org"], max_length=300)]


class OriginsBody(Base):
    model_config = ConfigDict(
        extra="forbid",
    )
    origins: Annotated[list[Origin], Field(max_length=20, title="Origins")]


class OriginsView(Base):
    origins: Annotated[list[str], Field(title="Origins")]


class PassageView(Base):
    """
    What the turn was given to read.
    """

    mark: Annotated[int, Field(description="Of its citations; 0 for what has none", title="Mark")]
    passage_id: Annotated[UUID, Field(title="Passage Id")]
    document_id: Annotated[UUID, Field(title="Document Id")]
    title: Annotated[str, Field(title="Title")]
    heading: Annotated[str, Field(title="Heading")]
    page: Annotated[int | None, Field(title="Page")]
    url: Annotated[str | None, Field(title="Url")]
    collection: Annotated[str, Field(title="Collection")]
    score: Annotated[float, Field(title="Score")]
    text: Annotated[str, Field(title="Text")]


class Pattern(StrEnum):
    """
    How an agent works with its members.
    """

    single = "single"
    sequential = "sequential"
    parallel = "parallel"
    supervisor = "supervisor"
    debate = "debate"


class PictureView(Base):
    """
    A picture, and the document that it is in.
    """

    picture_id: Annotated[UUID, Field(title="Picture Id")]
    document_id: Annotated[UUID, Field(title="Document Id")]
    title: Annotated[str, Field(description="The document's", title="Title")]
    caption: Annotated[str, Field(title="Caption")]
    page: Annotated[int | None, Field(title="Page")]
    score: Annotated[float, Field(description="Likeness, 1 for the same", title="Score")]
    collection: Annotated[str, Field(title="Collection")]


class Expected1(RootModel[int]):
    root: Annotated[
        int,
        Field(
            description="The version that this was made from: refused when another is current",
            ge=0,
            title="Expected",
        ),
    ]


class PolicyChange(Base):
    model_config = ConfigDict(
        extra="forbid",
    )
    policy: Annotated[
        dict[str, Any],
        Field(
            description="All of it: rules, defaults for reads and writes, who is asked. An unknown field is refused, with its rule's name",
            title="Policy",
        ),
    ]
    expected: Annotated[
        Expected1 | None,
        Field(
            description="The version that this was made from: refused when another is current",
            title="Expected",
        ),
    ] = None
    note: Annotated[
        str | None,
        Field(description="Why, for whoever reads on", max_length=500, title="Note"),
    ] = ""


class Predicate(Base):
    """
    A question about one argument of a call. Of several values under `path` one suffices; with
    `negated`, none may hold. What is not there fulfils only a negated question.
    """

    path: Annotated[str, Field(max_length=200, min_length=1, title="Path")]
    operator: Operator
    value: Annotated[Any | None, Field(title="Value")] = None
    negated: Annotated[bool | None, Field(title="Negated")] = False
    every: Annotated[bool | None, Field(title="Every")] = False


class Private(StrEnum):
    """
    Kinds of data that can be taken out of answers.
    """

    email = "email"
    phone = "phone"
    card = "card"
    key = "key"
    national = "national"
    iban = "iban"


class Profile(Base):
    model_config = ConfigDict(
        extra="forbid",
    )
    text: Annotated[
        str,
        Field(
            description="Every turn's model reads it; empty: none",
            max_length=8000,
            title="Text",
        ),
    ]


class ProfileView(Base):
    text: Annotated[str, Field(title="Text")]


class QueuedView(Base):
    message_id: Annotated[UUID, Field(title="Message Id")]
    turn_id: Annotated[UUID, Field(title="Turn Id")]
    position: Annotated[
        int,
        Field(
            description="Turns ahead of it, the running one included",
            ge=1,
            title="Position",
        ),
    ]
    content: Annotated[str, Field(title="Content")]
    agent: Annotated[str, Field(title="Agent")]
    user_id: Annotated[
        UUID, Field(description="Who sent it, and may take it back", title="User Id")
    ]


class QuoteView(Base):
    path: Annotated[str, Field(description="Of the argument that holds these words", title="Path")]
    text: Annotated[str, Field(title="Text")]
    source: Annotated[
        str,
        Field(
            description="A document's title, a page's address, a tool's name",
            title="Source",
        ),
    ]


class Rating(StrEnum):
    """
    What somebody thinks of an answer.
    """

    up = "up"
    down = "down"


class Agent6(RootModel[str]):
    root: Annotated[
        str,
        Field(
            description="The conversation's agent unless given",
            examples=["general"],
            max_length=80,
            min_length=1,
            title="Agent",
        ),
    ]


class Regeneration(Base):
    """
    Another answer to a message; what was answered before stays beside it.
    """

    model_config = ConfigDict(
        extra="forbid",
    )
    id: Annotated[
        UUID | None,
        Field(description="Chosen by the client: copies run once, for ever", title="Id"),
    ] = None
    on_busy: BusyPolicy | None = "enqueue"
    agent: Annotated[
        Agent6 | None,
        Field(description="The conversation's agent unless given", title="Agent"),
    ] = None


class Status(StrEnum):
    resolved = "resolved"
    cancelled = "cancelled"


class Resume(Base):
    """
    An answer to an interrupt; the payload of one that is resolved is `{approved, note?}`.
    """

    interruptId: Annotated[str, Field(max_length=200, min_length=1, title="Interruptid")]
    status: Annotated[Status, Field(title="Status")]
    payload: Annotated[Any | None, Field(title="Payload")] = None


class RoleInput(StrEnum):
    """
    A caller's role in a space; each includes the ones before it.
    """

    viewer = "viewer"
    member = "member"
    approver = "approver"
    admin = "admin"


class Rollback(Base):
    model_config = ConfigDict(
        extra="forbid",
    )
    version: Annotated[
        int,
        Field(
            description="Whose content becomes the next version",
            examples=[3],
            ge=1,
            le=2147483647,
            title="Version",
        ),
    ]
    note: Annotated[
        str | None, Field(examples=["Shorter answers"], max_length=500, title="Note")
    ] = ""


class Ruling(StrEnum):
    """
    In rising strictness.
    """

    allow = "allow"
    ask = "ask"
    deny = "deny"


class ProtocolVersion(RootModel[str]):
    root: Annotated[str, Field(max_length=20, title="Protocolversion")]


class Tools(RootModel[list[Any]]):
    root: Annotated[list[Any], Field(max_length=1000, title="Tools")]


class Context(RootModel[list[Any]]):
    root: Annotated[list[Any], Field(max_length=1000, title="Context")]


class RunAgentInput(Base):
    threadId: Annotated[str, Field(max_length=200, min_length=1, title="Threadid")]
    runId: Annotated[str, Field(max_length=200, min_length=1, title="Runid")]
    protocolVersion: Annotated[ProtocolVersion | None, Field(title="Protocolversion")] = None
    messages: Annotated[list[dict[str, Any]] | None, Field(max_length=10000, title="Messages")] = []
    state: Annotated[Any | None, Field(title="State")] = None
    tools: Annotated[Tools | None, Field(title="Tools")] = None
    context: Annotated[Context | None, Field(title="Context")] = None
    forwardedProps: Annotated[Any | None, Field(title="Forwardedprops")] = None
    resume: Annotated[
        list[Resume] | None,
        Field(max_length=100, title="Resume", validate_default=True),
    ] = []


class Status1(StrEnum):
    queued = "queued"
    running = "running"
    ended = "ended"


class Safety(Base):
    """
    Nothing is taken out by default: a marketing team's answers hold addresses on purpose. Keys
    never belong there.
    """

    redact: Annotated[list[Private] | None, Field(title="Redact")] = ["key"]
    on_malicious: OnMalicious | None = "flag"
    moderate: Annotated[bool | None, Field(title="Moderate")] = False


class SafetyChange(Base):
    model_config = ConfigDict(
        extra="forbid",
    )
    safety: Annotated[dict[str, Any], Field(title="Safety")]


class SafetyView(Base):
    safety: Safety


class SendStatus(StrEnum):
    started = "started"
    queued = "queued"
    steered = "steered"
    accepted = "accepted"


class Role1(StrEnum):
    system = "system"
    user = "user"
    assistant = "assistant"


class SentMessage(Base):
    id: Annotated[str, Field(max_length=200, min_length=1, title="Id")]
    role: Annotated[Role1, Field(title="Role")]
    metadata: Annotated[Any | None, Field(title="Metadata")] = None
    parts: Annotated[list[dict[str, Any]] | None, Field(max_length=10000, title="Parts")] = []


class ShareView(Base):
    id: Annotated[UUID, Field(title="Id")]
    message_id: Annotated[
        UUID, Field(description="The last message that it shows", title="Message Id")
    ]
    title: Annotated[str | None, Field(title="Title")]
    created_by: Annotated[UUID, Field(title="Created By")]
    created_at: Annotated[AwareDatetime, Field(title="Created At")]
    expires_at: Annotated[AwareDatetime, Field(title="Expires At")]
    revoked_at: Annotated[AwareDatetime | None, Field(title="Revoked At")]
    views: Annotated[
        int,
        Field(description="Times that it was opened, some seconds ago", title="Views"),
    ]
    viewed_at: Annotated[AwareDatetime | None, Field(title="Viewed At")]


class SharedSourceView(Base):
    mark: Annotated[int, Field(title="Mark")]
    title: Annotated[str, Field(title="Title")]
    page: Annotated[int | None, Field(title="Page")]


class Token(RootModel[str]):
    root: Annotated[
        str,
        Field(
            description="A bearer token: the session ends when it does",
            max_length=16384,
            title="Token",
        ),
    ]


class SignInRequest(Base):
    """
    One of the two.
    """

    model_config = ConfigDict(
        extra="forbid",
    )
    person: Annotated[
        UUID | None,
        Field(description="From `people`, where the deployment lists some", title="Person"),
    ] = None
    token: Annotated[
        Token | None,
        Field(description="A bearer token: the session ends when it does", title="Token"),
    ] = None


class SlackView(Base):
    """
    Where this space asks in Slack.
    """

    installed: Annotated[bool, Field(title="Installed")]
    team: Annotated[str | None, Field(title="Team")] = ""
    team_id: Annotated[str | None, Field(title="Team Id")] = ""
    channel: Annotated[
        str | None,
        Field(description="Empty: approvals are asked for nowhere yet", title="Channel"),
    ] = ""
    channel_name: Annotated[str | None, Field(title="Channel Name")] = ""
    linked: Annotated[
        bool | None,
        Field(
            description="Whether your Slack account there is known as yours",
            title="Linked",
        ),
    ] = False
    installed_by: Annotated[UUID | None, Field(title="Installed By")] = None
    installed_at: Annotated[AwareDatetime | None, Field(title="Installed At")] = None


class StageView(Base):
    """
    A bar of the turn's timeline.
    """

    kind: Annotated[str, Field(examples=["retrieval", "step", "tool", "approval"], title="Kind")]
    name: Annotated[str, Field(description="A tool's; else empty", title="Name")]
    step: Annotated[int | None, Field(title="Step")]
    call_id: Annotated[str | None, Field(title="Call Id")]
    started_at: Annotated[AwareDatetime, Field(title="Started At")]
    ended_at: Annotated[
        AwareDatetime | None,
        Field(description="Null for what goes on, or was cut off", title="Ended At"),
    ]


class Stopping(Base):
    turn_id: Annotated[
        UUID | None,
        Field(
            description="The turn that is asked to stop; null when none ran",
            title="Turn Id",
        ),
    ]


class Strategy(StrEnum):
    """
    How a turn is answered, by its kind.
    """

    auto = "auto"
    plain = "plain"
    concise = "concise"
    analytical = "analytical"
    summarising = "summarising"
    tool_heavy = "tool_heavy"


class Expected2(RootModel[int]):
    root: Annotated[
        int,
        Field(
            description="The version that was read; 409 where a newer one is there",
            ge=1,
            title="Expected",
        ),
    ]


class Submission(Base):
    model_config = ConfigDict(
        extra="forbid",
    )
    expected: Annotated[
        Expected2 | None,
        Field(
            description="The version that was read; 409 where a newer one is there",
            title="Expected",
        ),
    ] = None


class SumView(Base):
    turns: Annotated[int, Field(title="Turns")]
    requests: Annotated[int, Field(description="To providers", title="Requests")]
    input_tokens: Annotated[int, Field(title="Input Tokens")]
    output_tokens: Annotated[int, Field(title="Output Tokens")]
    cached_tokens: Annotated[int, Field(title="Cached Tokens")]
    cost_usd: Annotated[str, Field(description="Of what has a known price", title="Cost Usd")]
    unpriced: Annotated[
        int, Field(description="Requests whose price is not known", title="Unpriced")
    ]


class SummaryView(Base):
    session_id: Annotated[UUID, Field(title="Session Id")]
    number: Annotated[int, Field(title="Number")]
    title: Annotated[str, Field(title="Title")]
    summary: Annotated[str, Field(title="Summary")]
    entities: Annotated[list[Entity], Field(title="Entities")]
    action_items: Annotated[list[ActionItem], Field(title="Action Items")]
    memory: Annotated[list[str], Field(title="Memory")]
    extractive: Annotated[
        bool,
        Field(
            description="No language model wrote it: sentences were selected",
            title="Extractive",
        ),
    ]


class ThinkStatus(StrEnum):
    answered = "answered"
    calls = "calls"
    stopped = "stopped"
    duplicate = "duplicate"


class Ticket(Base):
    ticket: Annotated[str, Field(title="Ticket")]
    expires_in: Annotated[
        int | None,
        Field(description="Seconds; it opens one stream, once", title="Expires In"),
    ] = 60


class Told(Base):
    """
    What the agent is told in this space today, were a plain turn to begin now.
    """

    version: Annotated[int, Field(title="Version")]
    instructions: Annotated[str, Field(title="Instructions")]


class Transport(StrEnum):
    """
    How a server of the Model Context Protocol is spoken to.
    """

    http = "http"
    stdio = "stdio"


class CostUsd1(RootModel[float]):
    root: Annotated[
        float, Field(description="Spent by the turn before", ge=0.0, title="Cost Usd")
    ] = "0"


class Trial(Base):
    """
    A call that nobody makes.
    """

    model_config = ConfigDict(
        extra="forbid",
    )
    tool: Annotated[str, Field(max_length=200, min_length=1, title="Tool")]
    effect: Effect
    arguments: Annotated[dict[str, Any] | None, Field(title="Arguments")] = None
    agent: Annotated[
        str | None,
        Field(
            description="Its rules come before the organisation's",
            max_length=200,
            title="Agent",
        ),
    ] = "general"
    role: Annotated[RoleInput | None, Field(description="Of the person whose turn it would be")] = (
        "member"
    )
    cost_usd: Annotated[
        CostUsd1 | str | None,
        Field(
            description="Spent by the turn before",
            title="Cost Usd",
            validate_default=True,
        ),
    ] = "0"
    tainted: Annotated[
        bool | None,
        Field(
            description="The turn has read text that nobody vouches for",
            title="Tainted",
        ),
    ] = False
    carries: Annotated[
        str | None,
        Field(
            description="What it would carry outside, in words",
            max_length=200,
            title="Carries",
        ),
    ] = ""
    policy: Annotated[
        dict[str, Any] | None,
        Field(description="Try this one instead of the policy in force", title="Policy"),
    ] = None


class TurnError(Base):
    code: Annotated[str, Field(title="Code")]
    detail: Annotated[str, Field(title="Detail")]


class TurnUsage(Base):
    input_tokens: Annotated[int, Field(title="Input Tokens")]
    output_tokens: Annotated[int, Field(title="Output Tokens")]
    cached_tokens: Annotated[int, Field(title="Cached Tokens")]
    cost_usd: Annotated[str | None, Field(title="Cost Usd")]


class Role2(StrEnum):
    user = "user"
    assistant = "assistant"


class UiMessage(Base):
    """
    AI SDK's UIMessage.
    """

    id: Annotated[str, Field(title="Id")]
    role: Annotated[Role2, Field(title="Role")]
    metadata: Annotated[dict[str, Any], Field(title="Metadata")]
    parts: Annotated[list[dict[str, Any]], Field(title="Parts")]


class UsageGroup(Base):
    turns: Annotated[int, Field(title="Turns")]
    requests: Annotated[int, Field(description="To providers", title="Requests")]
    input_tokens: Annotated[int, Field(title="Input Tokens")]
    output_tokens: Annotated[int, Field(title="Output Tokens")]
    cached_tokens: Annotated[int, Field(title="Cached Tokens")]
    cost_usd: Annotated[str, Field(description="Of what has a known price", title="Cost Usd")]
    unpriced: Annotated[
        int, Field(description="Requests whose price is not known", title="Unpriced")
    ]
    key: Annotated[
        str | None,
        Field(description="Null for what belongs to no agent or person", title="Key"),
    ]


class UsageLineView(Base):
    cause: Cause
    step: Annotated[int | None, Field(title="Step")]
    attempt: Annotated[
        int | None,
        Field(description="Of a model call whose answer was lost", title="Attempt"),
    ]
    call_id: Annotated[str | None, Field(title="Call Id")]
    kind: Annotated[str, Field(examples=["chat", "embedding"], title="Kind")]
    agent: Annotated[str | None, Field(title="Agent")]
    model: Annotated[str, Field(title="Model")]
    input_tokens: Annotated[int, Field(title="Input Tokens")]
    output_tokens: Annotated[int, Field(title="Output Tokens")]
    cached_tokens: Annotated[int, Field(title="Cached Tokens")]
    first_token_ms: Annotated[int | None, Field(title="First Token Ms")]
    cost_usd: Annotated[str | None, Field(title="Cost Usd")]
    at: Annotated[AwareDatetime, Field(title="At")]


class UsageReport(Base):
    since: Annotated[AwareDatetime, Field(title="Since")]
    until: Annotated[AwareDatetime, Field(title="Until")]
    by: By
    items: Annotated[
        list[UsageGroup],
        Field(
            description="Days in their order; others by cost, the 1,000 that cost most",
            title="Items",
        ),
    ]


class UserView(Base):
    id: Annotated[UUID, Field(title="Id")]
    name: Annotated[str | None, Field(title="Name")] = None


class ArgumentsHash(RootModel[str]):
    root: Annotated[
        str,
        Field(
            description="Of the arguments that were shown; when they have changed since: 409",
            max_length=64,
            title="Arguments Hash",
        ),
    ]


class Verdict(Base):
    model_config = ConfigDict(
        extra="forbid",
    )
    decision: Decision
    note: Annotated[
        str | None,
        Field(
            description="Needed for revise: the model reads it",
            max_length=2000,
            title="Note",
        ),
    ] = ""
    arguments: Annotated[
        dict[str, Any] | None,
        Field(
            description="With approve: run these instead; they must fit `arguments_schema`",
            title="Arguments",
        ),
    ] = None
    arguments_hash: Annotated[
        ArgumentsHash | None,
        Field(
            description="Of the arguments that were shown; when they have changed since: 409",
            title="Arguments Hash",
        ),
    ] = None


class VersionSummary(Base):
    version: Annotated[int, Field(title="Version")]
    current: Annotated[bool, Field(title="Current")]
    created_by: Annotated[UUID | None, Field(description="null for what ships", title="Created By")]
    created_at: Annotated[AwareDatetime | None, Field(title="Created At")]
    note: Annotated[str, Field(title="Note")]


class Via(StrEnum):
    """
    Where a verdict came from.
    """

    api = "api"
    slack = "slack"


class ModelsPayloadsChatRole(StrEnum):
    user = "user"
    assistant = "assistant"
    tool = "tool"


class ModelsStatesRole(StrEnum):
    """
    A caller's role in a space; each includes the ones before it.
    """

    viewer = "viewer"
    member = "member"
    approver = "approver"
    admin = "admin"


class ApprovalRequested(Base):
    id: Annotated[str, Field(description="`<turn>.<sequence>`: the cursor", examples=["3.12"])]
    at: AwareDatetime
    turn_id: UUID | None
    kind: Annotated[Literal["approval.requested"], Field(title="Kind")]
    step: Annotated[int, Field(title="Step")]
    approval_id: Annotated[UUID, Field(title="Approval Id")]
    call_id: Annotated[str, Field(title="Call Id")]
    tool: Annotated[str, Field(title="Tool")]
    arguments: Annotated[dict[str, Any], Field(title="Arguments")]
    expires_at: Annotated[AwareDatetime, Field(title="Expires At")]
    arguments_hash: Annotated[str | None, Field(title="Arguments Hash")] = ""
    reason: Annotated[str | None, Field(title="Reason")] = ""
    tainted: Annotated[bool | None, Field(title="Tainted")] = False
    quotes: Annotated[list[Quote] | None, Field(title="Quotes", validate_default=True)] = []
    approvers: Role | None = "approver"
    four_eyes: Annotated[bool | None, Field(title="Four Eyes")] = False


class RetrievalCompleted(Base):
    id: Annotated[str, Field(description="`<turn>.<sequence>`: the cursor", examples=["3.12"])]
    at: AwareDatetime
    turn_id: UUID | None
    kind: Annotated[Literal["retrieval.completed"], Field(title="Kind")]
    sources: Annotated[list[Source] | None, Field(title="Sources", validate_default=True)] = []
    error: Annotated[str | None, Field(title="Error")] = None
    streams: Annotated[
        list[StreamReport] | None, Field(title="Streams", validate_default=True)
    ] = []
    query: Annotated[str | None, Field(title="Query")] = None


class Event(
    RootModel[
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
        | SessionSummarised
    ]
):
    root: Annotated[
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


class Accepted(Base):
    """
    It will be answered; follow `events`.
    """

    conversation_id: Annotated[UUID, Field(title="Conversation Id")]
    turn_id: Annotated[UUID, Field(title="Turn Id")]
    message_id: Annotated[UUID, Field(title="Message Id")]
    status: SendStatus
    position: Annotated[
        int | None,
        Field(
            description="Messages ahead of it, the running one included",
            title="Position",
        ),
    ] = 0
    events: Annotated[
        str,
        Field(
            description="Where to follow it",
            examples=["/v1/conversations/7f8d…/events?after=3.12"],
            title="Events",
        ),
    ]


class AgentVersions(Base):
    archived: Annotated[bool, Field(title="Archived")]
    items: Annotated[list[VersionSummary], Field(title="Items")]


class AgentView(Base):
    """
    What those who talk to it need to know. Limits are cut to the deployment's model.
    """

    name: Annotated[str, Field(title="Name")]
    version: Annotated[int, Field(title="Version")]
    description: Annotated[str, Field(title="Description")]
    tools: Annotated[list[str], Field(title="Tools")]
    retrieves: Annotated[bool, Field(title="Retrieves")]
    collections: Annotated[
        list[str],
        Field(
            description="What its retrieval may reach; empty: all of the space's",
            title="Collections",
        ),
    ]
    strategy: Strategy
    pattern: Pattern
    members: Annotated[list[str], Field(title="Members")]
    limits: AgentLimits


class ApiKeyView(Base):
    id: Annotated[UUID, Field(title="Id")]
    name: Annotated[str, Field(title="Name")]
    prefix: Annotated[
        str,
        Field(description="Its first characters", examples=["hf_Zk3vQ9aB"], title="Prefix"),
    ]
    role: ModelsStatesRole
    user_id: Annotated[UUID, Field(description="Its owner: what it does, they do", title="User Id")]
    created_at: Annotated[AwareDatetime, Field(title="Created At")]
    expires_at: Annotated[AwareDatetime | None, Field(title="Expires At")]
    last_used_at: Annotated[
        AwareDatetime | None,
        Field(description="To the hour; null: never yet", title="Last Used At"),
    ]


class ApiKeysView(Base):
    items: Annotated[list[ApiKeyView], Field(title="Items")]


class ApprovalView(Base):
    id: Annotated[UUID, Field(title="Id")]
    conversation_id: Annotated[
        UUID | None,
        Field(description="Null for reviews of content", title="Conversation Id"),
    ]
    turn_id: Annotated[UUID | None, Field(title="Turn Id")]
    content_id: Annotated[
        UUID | None, Field(description="What a review is about", title="Content Id")
    ]
    call_id: Annotated[str, Field(title="Call Id")]
    tool: Annotated[str, Field(title="Tool")]
    agent: Annotated[str, Field(title="Agent")]
    requested_by: Annotated[
        UUID | None, Field(description="Whose turn it is", title="Requested By")
    ]
    arguments: Annotated[
        dict[str, Any], Field(description="Exactly what will run", title="Arguments")
    ]
    arguments_hash: Annotated[
        str,
        Field(
            description="Send it with a verdict: it then counts for just these",
            title="Arguments Hash",
        ),
    ]
    original_arguments: Annotated[
        dict[str, Any] | None,
        Field(
            description="What was asked for, where the verdict edited it",
            title="Original Arguments",
        ),
    ]
    arguments_schema: Annotated[
        dict[str, Any] | None,
        Field(
            description="What edited arguments must fit; null: no edits",
            title="Arguments Schema",
        ),
    ]
    reason: Annotated[
        str, Field(description="Why the policy asks, in one sentence", title="Reason")
    ]
    rule: Annotated[str, Field(title="Rule")]
    policy_version: Annotated[int, Field(title="Policy Version")]
    tainted: Annotated[
        bool,
        Field(
            description="The turn has seen text that nobody vouches for",
            title="Tainted",
        ),
    ]
    quotes: Annotated[
        list[QuoteView],
        Field(description="Words of the arguments that stand in such text", title="Quotes"),
    ]
    approvers: Annotated[ModelsStatesRole, Field(description="The least role that may decide")]
    four_eyes: Annotated[
        bool,
        Field(
            description="Whoever asked, or wrote the text, may not decide",
            title="Four Eyes",
        ),
    ]
    state: ApprovalState
    note: Annotated[str, Field(title="Note")]
    requested_at: Annotated[AwareDatetime, Field(title="Requested At")]
    expires_at: Annotated[AwareDatetime, Field(title="Expires At")]
    remind_at: Annotated[AwareDatetime | None, Field(title="Remind At")]
    reminded_at: Annotated[AwareDatetime | None, Field(title="Reminded At")]
    escalate_at: Annotated[
        AwareDatetime | None,
        Field(
            description="From then on `escalate_to` is asked as well",
            title="Escalate At",
        ),
    ]
    escalate_to: ModelsStatesRole
    escalated_at: Annotated[AwareDatetime | None, Field(title="Escalated At")]
    decided_at: Annotated[AwareDatetime | None, Field(title="Decided At")]
    decided_by: Annotated[UUID | None, Field(title="Decided By")]
    decided_via: Via | None
    executed_at: Annotated[AwareDatetime | None, Field(title="Executed At")]


class AskingInput(Base):
    """
    Who is asked, and how long. None leaves it to the policy's default, or the deployment's.
    """

    approvers: RoleInput | None = "approver"
    four_eyes: Annotated[bool | None, Field(title="Four Eyes")] = False
    window: Annotated[timedelta | None, Field(title="Window")] = None
    remind_after: Annotated[timedelta | None, Field(title="Remind After")] = None
    escalate_after: Annotated[timedelta | None, Field(title="Escalate After")] = None
    escalate_to: RoleInput | None = "admin"


class AskingOutput(Base):
    """
    Who is asked, and how long. None leaves it to the policy's default, or the deployment's.
    """

    approvers: ModelsStatesRole | None = "approver"
    four_eyes: Annotated[bool | None, Field(title="Four Eyes")] = False
    window: Annotated[timedelta | None, Field(title="Window")] = None
    remind_after: Annotated[timedelta | None, Field(title="Remind After")] = None
    escalate_after: Annotated[timedelta | None, Field(title="Escalate After")] = None
    escalate_to: ModelsStatesRole | None = "admin"


class AuditCheck(Base):
    sound: Annotated[bool, Field(title="Sound")]
    breaks: Annotated[
        list[BreakView],
        Field(description="Where the chain does not hold; 100 at most", title="Breaks"),
    ]


class BudgetChange(Base):
    """
    What a calendar month in UTC may take; without limits the budget is lifted.
    """

    model_config = ConfigDict(
        extra="forbid",
    )
    holder: Annotated[Holder, Field(description="The space, each of its users, or one user")]
    user_id: Annotated[
        UUID | None, Field(description="Of holder `user` alone", title="User Id")
    ] = None
    tokens: Annotated[Tokens | None, Field(title="Tokens")] = None
    cost_usd: Annotated[CostUsd | str | None, Field(title="Cost Usd")] = None


class BudgetView(Base):
    holder: Holder
    user_id: Annotated[UUID | None, Field(title="User Id")]
    tokens: Annotated[int | None, Field(title="Tokens")]
    cost_usd: Annotated[str | None, Field(title="Cost Usd")]


class BudgetsView(Base):
    budgets: Annotated[list[BudgetView], Field(title="Budgets")]
    yours: Annotated[
        list[AllowanceView],
        Field(description="What they leave the caller this month", title="Yours"),
    ]


class ChatRequest(Base):
    """
    `DefaultChatTransport`'s body, and what it may carry for us besides.
    """

    id: Annotated[
        str,
        Field(
            description="The chat's: a conversation's id, or any text that names a new one",
            max_length=200,
            min_length=1,
            title="Id",
        ),
    ]
    messages: Annotated[
        list[SentMessage] | None,
        Field(max_length=10000, title="Messages", validate_default=True),
    ] = []
    trigger: Annotated[Trigger | None, Field(title="Trigger")] = "submit-message"
    messageId: Annotated[
        MessageId | None,
        Field(
            description="The message to edit, to answer again, or whose approval is answered",
            title="Messageid",
        ),
    ] = None
    parent_id: Annotated[
        UUID | Literal["root"] | None,
        Field(
            description="The message that it follows, unless it is the last",
            title="Parent Id",
        ),
    ] = None
    agent: Annotated[Agent1 | None, Field(title="Agent")] = None
    references: Annotated[list[UUID] | None, Field(max_length=10, title="References")] = []
    on_busy: BusyPolicy | None = "enqueue"


class CollectionList(Base):
    items: Annotated[list[CollectionView], Field(title="Items")]


class DecisionView(Base):
    ruling: Ruling
    sentence: Annotated[str, Field(title="Sentence")]
    rule: Annotated[
        str,
        Field(
            description="Which decided; empty when a default or a floor did",
            title="Rule",
        ),
    ]
    version: Annotated[int, Field(title="Version")]
    asking: AskingOutput
    tainted: Annotated[bool, Field(title="Tainted")]
    quotes: Annotated[list[Quote], Field(title="Quotes")]


class DocumentView(Base):
    """
    Status, progress, counts and error are those of its newest version.
    """

    id: Annotated[UUID, Field(title="Id")]
    title: Annotated[str, Field(title="Title")]
    name: Annotated[str, Field(title="Name")]
    media_type: Annotated[
        str,
        Field(description="Empty until an address has been fetched", title="Media Type"),
    ]
    size: Annotated[int, Field(description="Bytes", title="Size")]
    collection: Annotated[str, Field(title="Collection")]
    url: Annotated[str | None, Field(description="Where it is fetched from", title="Url")]
    author: Annotated[str | None, Field(title="Author")]
    language: Annotated[str | None, Field(title="Language")]
    published_on: Annotated[date | None, Field(title="Published On")]
    keywords: Annotated[list[str], Field(title="Keywords")]
    status: DocumentStatus
    progress: Annotated[float, Field(description="0 to 1", title="Progress")]
    passages: Annotated[int, Field(title="Passages")]
    embedded: Annotated[int, Field(description="Passages that have their vector", title="Embedded")]
    pictures: Annotated[int, Field(title="Pictures")]
    version: Annotated[int, Field(description="Of its content, from 1", title="Version")]
    live_version: Annotated[
        int,
        Field(
            description="The one that searches find; 0 before the first is ready",
            title="Live Version",
        ),
    ]
    error: TurnError | None
    created_at: Annotated[AwareDatetime, Field(title="Created At")]


class FeedbackView(Base):
    id: Annotated[UUID, Field(title="Id")]
    conversation_id: Annotated[UUID, Field(title="Conversation Id")]
    message_id: Annotated[UUID, Field(title="Message Id")]
    turn_id: Annotated[UUID, Field(title="Turn Id")]
    agent: Annotated[str, Field(title="Agent")]
    agent_version: Annotated[int, Field(title="Agent Version")]
    user_id: Annotated[UUID, Field(title="User Id")]
    rating: Rating
    reason: FeedbackReason | None
    comment: Annotated[str, Field(title="Comment")]
    excerpt: Annotated[str, Field(description="How the answer begins", title="Excerpt")]
    created_at: Annotated[AwareDatetime, Field(title="Created At")]
    updated_at: Annotated[AwareDatetime, Field(title="Updated At")]


class History(Base):
    """
    Oldest first inside a page; the first page is the newest.
    """

    items: Annotated[list[UiMessage], Field(title="Items")]
    next_cursor: Annotated[
        str | None,
        Field(
            description="Of the page before this one; null on the first",
            title="Next Cursor",
        ),
    ]


class Hits(Base):
    items: Annotated[list[Hit], Field(description="Passages, best first", title="Items")]
    pictures: Annotated[
        list[PictureView] | None,
        Field(description="For an image: those most like it, best first", title="Pictures"),
    ] = None
    degraded: Annotated[
        str | None,
        Field(
            description="What went wrong on the way, when the rest answered all the same",
            title="Degraded",
        ),
    ] = None


class ListApprovalView(Base):
    items: Annotated[list[ApprovalView], Field(title="Items")]
    next_cursor: Annotated[
        str | None,
        Field(description="Opaque; null on the last page", title="Next Cursor"),
    ]


class ListDocumentView(Base):
    items: Annotated[list[DocumentView], Field(title="Items")]
    next_cursor: Annotated[
        str | None,
        Field(description="Opaque; null on the last page", title="Next Cursor"),
    ]


class ListFeedbackView(Base):
    items: Annotated[list[FeedbackView], Field(title="Items")]
    next_cursor: Annotated[
        str | None,
        Field(description="Opaque; null on the last page", title="Next Cursor"),
    ]


class ListShareView(Base):
    items: Annotated[list[ShareView], Field(title="Items")]
    next_cursor: Annotated[
        str | None,
        Field(description="Opaque; null on the last page", title="Next Cursor"),
    ]


class MadeApiKey(Base):
    id: Annotated[UUID, Field(title="Id")]
    name: Annotated[str, Field(title="Name")]
    prefix: Annotated[
        str,
        Field(description="Its first characters", examples=["hf_Zk3vQ9aB"], title="Prefix"),
    ]
    role: ModelsStatesRole
    user_id: Annotated[UUID, Field(description="Its owner: what it does, they do", title="User Id")]
    created_at: Annotated[AwareDatetime, Field(title="Created At")]
    expires_at: Annotated[AwareDatetime | None, Field(title="Expires At")]
    last_used_at: Annotated[
        AwareDatetime | None,
        Field(description="To the hour; null: never yet", title="Last Used At"),
    ]
    key: Annotated[str, Field(description="Shown this once: only its digest is kept", title="Key")]


class McpRegistration(Base):
    model_config = ConfigDict(
        extra="forbid",
    )
    name: Annotated[str, Field(examples=["crm"], max_length=20, title="Name")]
    transport: Transport | None = "http"
    address: Annotated[
        str,
        Field(
            description="A URL; or the name of a command that the deployment has",
            max_length=2000,
            title="Address",
        ),
    ]
    secret: Annotated[
        Secret | None,
        Field(description="Sent as bearer token; never given out again", title="Secret"),
    ] = None


class McpServerView(Base):
    id: Annotated[UUID, Field(title="Id")]
    name: Annotated[str, Field(description="Its tools are `<name>__<tool>`", title="Name")]
    transport: Transport
    address: Annotated[str, Field(title="Address")]
    error: Annotated[
        str | None,
        Field(
            description="The code of what went wrong when it was last looked at",
            title="Error",
        ),
    ]
    seen_at: Annotated[AwareDatetime | None, Field(title="Seen At")]
    tools: Annotated[list[McpToolView], Field(title="Tools")]


class McpServersView(Base):
    items: Annotated[list[McpServerView], Field(title="Items")]


class MySpace(Base):
    id: Annotated[UUID, Field(title="Id")]
    name: Annotated[str, Field(description="Empty when nobody has given it one", title="Name")]
    role: ModelsStatesRole


class NewApiKey(Base):
    model_config = ConfigDict(
        extra="forbid",
    )
    name: Annotated[
        str,
        Field(examples=["Reporting job"], max_length=100, min_length=1, title="Name"),
    ]
    role: Annotated[
        RoleInput | None,
        Field(description="What it may do; never more than its maker may at the time"),
    ] = "member"
    expires_in: Annotated[
        ExpiresIn | None,
        Field(description="Seconds; null: until it is revoked", title="Expires In"),
    ] = None


class NewOpinion(Base):
    model_config = ConfigDict(
        extra="forbid",
    )
    rating: Rating
    reason: FeedbackReason | None = None
    comment: Annotated[str | None, Field(max_length=2000, title="Comment")] = ""


class OpinionView(Base):
    rating: Rating
    reason: FeedbackReason | None
    comment: Annotated[str, Field(title="Comment")]


class OpinionsView(Base):
    """
    Everybody's, counted, and the caller's own.
    """

    up: Annotated[int, Field(title="Up")]
    down: Annotated[int, Field(title="Down")]
    own: OpinionView | None


class PersonView(Base):
    id: Annotated[UUID, Field(title="Id")]
    name: Annotated[str, Field(title="Name")]
    role: ModelsStatesRole
    organisation: Annotated[
        str,
        Field(description="The organisation's name, for people", title="Organisation"),
    ]


class QueueView(Base):
    items: Annotated[
        list[QueuedView],
        Field(description="The next one first; at most 16 wait", title="Items"),
    ]


class RuleInput(Base):
    """
    Holds when all that it names holds; empty names nothing. The first that holds decides.
    """

    name: Annotated[str, Field(max_length=100, min_length=1, title="Name")]
    ruling: Ruling
    because: Annotated[str | None, Field(max_length=300, title="Because")] = ""
    tools: Annotated[list[str] | None, Field(max_length=100, title="Tools")] = []
    effects: Annotated[list[Effect] | None, Field(title="Effects")] = []
    agents: Annotated[list[str] | None, Field(max_length=100, title="Agents")] = []
    roles: Annotated[list[RoleInput] | None, Field(title="Roles")] = []
    tainted: Annotated[bool | None, Field(title="Tainted")] = None
    arguments: Annotated[
        list[Predicate] | None,
        Field(max_length=20, title="Arguments", validate_default=True),
    ] = []
    cost_above: Annotated[float | str | None, Field(title="Cost Above")] = None
    asking: AskingInput | None = None


class RuleOutput(Base):
    """
    Holds when all that it names holds; empty names nothing. The first that holds decides.
    """

    name: Annotated[str, Field(max_length=100, min_length=1, title="Name")]
    ruling: Ruling
    because: Annotated[str | None, Field(max_length=300, title="Because")] = ""
    tools: Annotated[list[str] | None, Field(max_length=100, title="Tools")] = []
    effects: Annotated[list[Effect] | None, Field(title="Effects")] = []
    agents: Annotated[list[str] | None, Field(max_length=100, title="Agents")] = []
    roles: Annotated[list[ModelsStatesRole] | None, Field(title="Roles")] = []
    tainted: Annotated[bool | None, Field(title="Tainted")] = None
    arguments: Annotated[
        list[Predicate] | None,
        Field(max_length=20, title="Arguments", validate_default=True),
    ] = []
    cost_above: Annotated[str | None, Field(title="Cost Above")] = None
    asking: AskingOutput | None = None


class SessionItem(Base):
    id: Annotated[UUID, Field(title="Id")]
    number: Annotated[int, Field(title="Number")]
    started_at: Annotated[AwareDatetime, Field(title="Started At")]
    last_turn_at: Annotated[AwareDatetime, Field(title="Last Turn At")]
    ended_at: Annotated[AwareDatetime | None, Field(title="Ended At")]
    duration_seconds: Annotated[
        float,
        Field(description="From its first turn to its last", title="Duration Seconds"),
    ]
    summary: SummaryView | None


class SessionList(Base):
    items: Annotated[list[SessionItem], Field(title="Items")]


class SessionView(Base):
    signed_in: Annotated[bool, Field(title="Signed In")]
    csrf: Annotated[
        str | None,
        Field(
            description="Send it as `X-CSRF-Token` with whatever is no GET, beside the cookie",
            title="Csrf",
        ),
    ] = None
    user: UserView | None = None
    organisation: OrganisationView | None = None
    spaces: Annotated[
        list[MySpace] | None,
        Field(description="At most 100 of them", title="Spaces", validate_default=True),
    ] = []
    people: Annotated[
        list[PersonView] | None,
        Field(
            description="Who may be chosen while nobody is signed in: on a machine of one's own alone",
            title="People",
            validate_default=True,
        ),
    ] = []


class SharedMessageView(Base):
    role: ModelsPayloadsChatRole
    content: Annotated[str, Field(title="Content")]
    created_at: Annotated[AwareDatetime, Field(title="Created At")]
    sources: Annotated[
        list[SharedSourceView] | None, Field(title="Sources", validate_default=True)
    ] = []


class SharedView(Base):
    title: Annotated[str | None, Field(title="Title")]
    created_at: Annotated[AwareDatetime, Field(title="Created At")]
    expires_at: Annotated[AwareDatetime, Field(title="Expires At")]
    messages: Annotated[
        list[SharedMessageView], Field(description="Oldest first", title="Messages")
    ]
    next_cursor: Annotated[
        str | None,
        Field(description="Opaque; null on the last page", title="Next Cursor"),
    ]


class StepView(Base):
    step: Annotated[int, Field(title="Step")]
    attempts: Annotated[
        int,
        Field(
            description="1: the first one made it. Attempts that were lost have usage lines, when they cost something; their times are in the engine's history alone",
            title="Attempts",
        ),
    ]
    committed_at: Annotated[
        AwareDatetime | None,
        Field(description="Null for a step that is under way", title="Committed At"),
    ]
    status: ThinkStatus | None
    finish_reason: Finish | None
    started_at: Annotated[
        AwareDatetime | None,
        Field(description="Of the attempt that made it", title="Started At"),
    ] = None
    ended_at: Annotated[AwareDatetime | None, Field(title="Ended At")] = None


class TurnSummary(Base):
    id: Annotated[UUID, Field(title="Id")]
    number: Annotated[int, Field(description="In the conversation's log", title="Number")]
    message_id: Annotated[
        UUID,
        Field(description="The user's message that it answers", title="Message Id"),
    ]
    user_id: Annotated[UUID, Field(title="User Id")]
    agent: Annotated[str, Field(title="Agent")]
    agent_version: Annotated[int, Field(title="Agent Version")]
    outcome: Annotated[Outcome | None, Field(description="Null while it runs")]
    finish_reason: Finish | None
    error: TurnError | None
    steps: Annotated[int, Field(description="Model calls that were committed", title="Steps")]
    usage: TurnUsage
    started_at: Annotated[AwareDatetime, Field(title="Started At")]
    ended_at: Annotated[AwareDatetime | None, Field(title="Ended At")]


class Agent(Base):
    """
    One version of an agent, as an organisation defines it.
    """

    name: Annotated[str, Field(title="Name")]
    version: Annotated[int | None, Field(title="Version")] = 1
    description: Annotated[str | None, Field(title="Description")] = ""
    instructions: Annotated[str | None, Field(title="Instructions")] = ""
    model: Annotated[str | None, Field(title="Model")] = None
    fallback_model: Annotated[str | None, Field(title="Fallback Model")] = None
    examples: Annotated[
        list[Example] | None,
        Field(max_length=10, title="Examples", validate_default=True),
    ] = []
    strategy: Strategy | None = "plain"
    temperature: Annotated[float | None, Field(title="Temperature")] = None
    tools: Annotated[list[str] | None, Field(title="Tools")] = []
    retrieves: Annotated[bool | None, Field(title="Retrieves")] = True
    top_k: Annotated[int | None, Field(ge=0, le=50, title="Top K")] = 6
    collections: Annotated[list[str] | None, Field(title="Collections")] = []
    lexical_weight: Annotated[float | None, Field(ge=0.0, le=10.0, title="Lexical Weight")] = 1.0
    semantic_weight: Annotated[float | None, Field(ge=0.0, le=10.0, title="Semantic Weight")] = 1.0
    rerank: Annotated[bool | None, Field(title="Rerank")] = True
    passage_tokens: Annotated[int | None, Field(ge=100, title="Passage Tokens")] = 6000
    iteration_limit: Annotated[int | None, Field(ge=1, le=50, title="Iteration Limit")] = 8
    token_budget: Annotated[int | None, Field(ge=1, title="Token Budget")] = 200000
    deadline: Annotated[timedelta | None, Field(title="Deadline")] = "PT10M"
    output_tokens: Annotated[int | None, Field(ge=1, title="Output Tokens")] = 4096
    context_tokens: Annotated[int | None, Field(ge=1, title="Context Tokens")] = 128000
    background: Annotated[bool | None, Field(title="Background")] = True
    cost_budget: Annotated[str | None, Field(title="Cost Budget")] = None
    tool_call_limit: Annotated[int | None, Field(ge=1, le=200, title="Tool Call Limit")] = 50
    rules: Annotated[
        list[RuleOutput] | None,
        Field(max_length=50, title="Rules", validate_default=True),
    ] = []
    on_contamination: OnContamination | None = "tell"
    on_refusal: OnRefusal | None = "continue"
    pattern: Pattern | None = "single"
    members: Annotated[list[str] | None, Field(max_length=8, title="Members")] = []
    rounds: Annotated[int | None, Field(ge=1, le=5, title="Rounds")] = 2
    open_parameters: Annotated[list[Open] | None, Field(title="Open Parameters")] = []


class AgentChange(Base):
    """
    What is left out stays.
    """

    model_config = ConfigDict(
        extra="forbid",
    )
    description: Annotated[
        str | None,
        Field(
            description="What it is for: people read it, and routing chooses by it",
            max_length=500,
            title="Description",
        ),
    ] = ""
    instructions: Annotated[
        str | None,
        Field(
            description="A Jinja2 template; it may name space.name, space.voice, space.profile, agent.name, agent.description, today, tools and collections",
            max_length=20000,
            title="Instructions",
        ),
    ] = ""
    model: Annotated[
        Model | None, Field(description="The deployment's unless given", title="Model")
    ] = None
    fallback_model: Annotated[
        FallbackModel | None,
        Field(
            description="Asked when the model is away or unknown. The deployment's unless given",
            title="Fallback Model",
        ),
    ] = None
    examples: Annotated[
        list[Example] | None,
        Field(max_length=10, title="Examples", validate_default=True),
    ] = []
    strategy: Strategy | None = "plain"
    temperature: Annotated[Temperature | None, Field(title="Temperature")] = None
    tools: Annotated[
        list[Tool] | None, Field(max_length=100, title="Tools", validate_default=True)
    ] = []
    retrieves: Annotated[bool | None, Field(title="Retrieves")] = True
    top_k: Annotated[int | None, Field(ge=0, le=50, title="Top K")] = 6
    collections: Annotated[
        list[Collection] | None,
        Field(max_length=100, title="Collections", validate_default=True),
    ] = []
    lexical_weight: Annotated[float | None, Field(ge=0.0, le=10.0, title="Lexical Weight")] = 1.0
    semantic_weight: Annotated[float | None, Field(ge=0.0, le=10.0, title="Semantic Weight")] = 1.0
    rerank: Annotated[bool | None, Field(title="Rerank")] = True
    passage_tokens: Annotated[int | None, Field(ge=100, title="Passage Tokens")] = 6000
    iteration_limit: Annotated[int | None, Field(ge=1, le=50, title="Iteration Limit")] = 8
    token_budget: Annotated[int | None, Field(ge=1, title="Token Budget")] = 200000
    cost_budget: Annotated[
        CostBudget | str | None, Field(description="US dollars", title="Cost Budget")
    ] = None
    deadline: Annotated[
        timedelta | None,
        Field(
            description="Working time of a turn: seconds, or as ISO 8601",
            title="Deadline",
        ),
    ] = "PT10M"
    output_tokens: Annotated[int | None, Field(ge=1, title="Output Tokens")] = 4096
    context_tokens: Annotated[int | None, Field(ge=1, title="Context Tokens")] = 128000
    background: Annotated[bool | None, Field(title="Background")] = True
    tool_call_limit: Annotated[int | None, Field(ge=1, le=200, title="Tool Call Limit")] = 50
    rules: Annotated[
        list[RuleInput] | None,
        Field(
            description="Its approval policy",
            max_length=50,
            title="Rules",
            validate_default=True,
        ),
    ] = []
    on_contamination: OnContamination | None = "tell"
    on_refusal: OnRefusal | None = "continue"
    pattern: Pattern | None = "single"
    members: Annotated[
        list[Member] | None, Field(max_length=8, title="Members", validate_default=True)
    ] = []
    rounds: Annotated[int | None, Field(ge=1, le=5, title="Rounds")] = 2
    open_parameters: Annotated[
        list[Open] | None,
        Field(
            description="What callers may set for one turn",
            max_length=3,
            title="Open Parameters",
        ),
    ] = []
    expected: Annotated[
        Expected | None,
        Field(
            description="The version that the change was made on; or send it as If-Match",
            title="Expected",
        ),
    ] = None
    note: Annotated[
        str | None,
        Field(
            description="Why, for the history",
            examples=["Shorter answers"],
            max_length=500,
            title="Note",
        ),
    ] = ""


class AgentList(Base):
    items: Annotated[list[AgentView], Field(title="Items")]


class AgentVersionView(Base):
    """
    One version, whole, as it was written.
    """

    agent: Agent
    current: Annotated[bool, Field(title="Current")]
    archived: Annotated[bool, Field(title="Archived")]
    created_by: Annotated[UUID | None, Field(description="null for what ships", title="Created By")]
    created_at: Annotated[AwareDatetime | None, Field(title="Created At")]
    note: Annotated[str, Field(title="Note")]


class ConversationUsage(Base):
    total: Annotated[
        SumView,
        Field(description="With what has been erased, and with the agents called"),
    ]
    called: Annotated[SumView, Field(description="The part of the agents that its turns called")]
    turns: Annotated[
        list[TurnSummary],
        Field(description="Newest first; without the agents they called", title="Turns"),
    ]
    next_cursor: Annotated[str | None, Field(title="Next Cursor")]


class ListTurnSummary(Base):
    items: Annotated[list[TurnSummary], Field(title="Items")]
    next_cursor: Annotated[
        str | None,
        Field(description="Opaque; null on the last page", title="Next Cursor"),
    ]


class MessageView(Base):
    id: Annotated[UUID, Field(title="Id")]
    role: ModelsPayloadsChatRole
    content: Annotated[str, Field(title="Content")]
    parent_id: Annotated[UUID | None, Field(title="Parent Id")]
    turn_id: Annotated[UUID | None, Field(title="Turn Id")]
    created_at: Annotated[AwareDatetime, Field(title="Created At")]
    sources: Annotated[list[Source] | None, Field(title="Sources", validate_default=True)] = []
    siblings: Annotated[
        list[UUID] | None,
        Field(
            description="All messages with the same parent, itself included, oldest first",
            title="Siblings",
        ),
    ] = []
    attachments: Annotated[
        list[AttachmentView] | None,
        Field(
            description="Documents that a user's message names",
            title="Attachments",
            validate_default=True,
        ),
    ] = []
    feedback: Annotated[
        OpinionsView | None, Field(description="Null while nobody has said anything")
    ] = None


class NewAgent(Base):
    model_config = ConfigDict(
        extra="forbid",
    )
    description: Annotated[
        str | None,
        Field(
            description="What it is for: people read it, and routing chooses by it",
            max_length=500,
            title="Description",
        ),
    ] = ""
    instructions: Annotated[
        str | None,
        Field(
            description="A Jinja2 template; it may name space.name, space.voice, space.profile, agent.name, agent.description, today, tools and collections",
            max_length=20000,
            title="Instructions",
        ),
    ] = ""
    model: Annotated[
        Model2 | None, Field(description="The deployment's unless given", title="Model")
    ] = None
    fallback_model: Annotated[
        FallbackModel | None,
        Field(
            description="Asked when the model is away or unknown. The deployment's unless given",
            title="Fallback Model",
        ),
    ] = None
    examples: Annotated[
        list[Example] | None,
        Field(max_length=10, title="Examples", validate_default=True),
    ] = []
    strategy: Strategy | None = "plain"
    temperature: Annotated[Temperature | None, Field(title="Temperature")] = None
    tools: Annotated[
        list[Tool] | None, Field(max_length=100, title="Tools", validate_default=True)
    ] = []
    retrieves: Annotated[bool | None, Field(title="Retrieves")] = True
    top_k: Annotated[int | None, Field(ge=0, le=50, title="Top K")] = 6
    collections: Annotated[
        list[Collection2] | None,
        Field(max_length=100, title="Collections", validate_default=True),
    ] = []
    lexical_weight: Annotated[float | None, Field(ge=0.0, le=10.0, title="Lexical Weight")] = 1.0
    semantic_weight: Annotated[float | None, Field(ge=0.0, le=10.0, title="Semantic Weight")] = 1.0
    rerank: Annotated[bool | None, Field(title="Rerank")] = True
    passage_tokens: Annotated[int | None, Field(ge=100, title="Passage Tokens")] = 6000
    iteration_limit: Annotated[int | None, Field(ge=1, le=50, title="Iteration Limit")] = 8
    token_budget: Annotated[int | None, Field(ge=1, title="Token Budget")] = 200000
    cost_budget: Annotated[
        CostBudget | str | None, Field(description="US dollars", title="Cost Budget")
    ] = None
    deadline: Annotated[
        timedelta | None,
        Field(
            description="Working time of a turn: seconds, or as ISO 8601",
            title="Deadline",
        ),
    ] = "PT10M"
    output_tokens: Annotated[int | None, Field(ge=1, title="Output Tokens")] = 4096
    context_tokens: Annotated[int | None, Field(ge=1, title="Context Tokens")] = 128000
    background: Annotated[bool | None, Field(title="Background")] = True
    tool_call_limit: Annotated[int | None, Field(ge=1, le=200, title="Tool Call Limit")] = 50
    rules: Annotated[
        list[RuleInput] | None,
        Field(
            description="Its approval policy",
            max_length=50,
            title="Rules",
            validate_default=True,
        ),
    ] = []
    on_contamination: OnContamination | None = "tell"
    on_refusal: OnRefusal | None = "continue"
    pattern: Pattern | None = "single"
    members: Annotated[
        list[Member] | None, Field(max_length=8, title="Members", validate_default=True)
    ] = []
    rounds: Annotated[int | None, Field(ge=1, le=5, title="Rounds")] = 2
    open_parameters: Annotated[
        list[Open] | None,
        Field(
            description="What callers may set for one turn",
            max_length=3,
            title="Open Parameters",
        ),
    ] = []
    name: Annotated[
        str, Field(examples=["support"], pattern="^[a-z][a-z0-9_]{0,39}$", title="Name")
    ]
    note: Annotated[
        str | None,
        Field(
            description="Why, for the history",
            examples=["Shorter answers"],
            max_length=500,
            title="Note",
        ),
    ] = ""


class Policy(Base):
    """
    An organisation's; version 0 is the one that ships.
    """

    version: Annotated[int | None, Field(title="Version")] = 0
    rules: Annotated[
        list[RuleOutput] | None,
        Field(max_length=200, title="Rules", validate_default=True),
    ] = []
    reads: Ruling | None = "allow"
    writes: Ruling | None = "ask"
    asking: Annotated[AskingOutput | None, Field(validate_default=True)] = {
        "approvers": "approver",
        "four_eyes": False,
        "escalate_to": "admin",
    }


class PolicyView(Base):
    version: Annotated[int, Field(description="0 is the policy that ships", title="Version")]
    policy: Policy
    created_by: Annotated[UUID | None, Field(title="Created By")]
    created_at: Annotated[AwareDatetime | None, Field(title="Created At")]
    note: Annotated[str, Field(title="Note")]


class RunView(Base):
    id: Annotated[UUID, Field(title="Id")]
    agent: Annotated[str, Field(title="Agent")]
    status: Annotated[Status1, Field(title="Status")]
    outcome: Outcome | None = None
    finish_reason: Finish | None = None
    message: MessageView | None = None
    usage: TurnUsage | None = None
    error: TurnError | None = None


class TurnInspection(Base):
    turn: TurnSummary
    request_id: Annotated[
        str,
        Field(description="Of the request that sent the message", title="Request Id"),
    ]
    stages: Annotated[
        list[StageView],
        Field(description="In the order that they began in", title="Stages"),
    ]
    steps: Annotated[list[StepView], Field(title="Steps")]
    calls: Annotated[list[CallView], Field(title="Calls")]
    approvals: Annotated[list[ApprovalView], Field(title="Approvals")]
    usage: Annotated[list[UsageLineView], Field(title="Usage")]
    passages: Annotated[list[PassageView], Field(title="Passages")]
    events: Annotated[
        list[Event],
        Field(description="The stored ones, as streams carry them", title="Events"),
    ]
    more_events: Annotated[
        bool,
        Field(
            description="There are more than are shown: follow the log",
            title="More Events",
        ),
    ]
    temporal_url: Annotated[
        str | None,
        Field(
            description="The run in the Temporal UI; null where this deployment names none",
            title="Temporal Url",
        ),
    ]


class Answered(Base):
    """
    The turn has ended; `outcome` says how.
    """

    conversation_id: Annotated[UUID, Field(title="Conversation Id")]
    turn_id: Annotated[UUID, Field(title="Turn Id")]
    message_id: Annotated[UUID, Field(title="Message Id")]
    status: Annotated[Literal["ended"], Field(title="Status")] = "ended"
    outcome: Outcome
    finish_reason: Finish | None
    message: Annotated[
        MessageView | None, Field(description="The assistant's last message, if any")
    ]
    usage: TurnUsage
    error: TurnError | None = None


class ListMessageView(Base):
    items: Annotated[list[MessageView], Field(title="Items")]
    next_cursor: Annotated[
        str | None,
        Field(description="Opaque; null on the last page", title="Next Cursor"),
    ]


class ListPolicyView(Base):
    items: Annotated[list[PolicyView], Field(title="Items")]
    next_cursor: Annotated[
        str | None,
        Field(description="Opaque; null on the last page", title="Next Cursor"),
    ]
