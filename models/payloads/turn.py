"""What crosses Temporal during a turn: ids, verdicts and short text, never a conversation."""

from datetime import timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Final
from uuid import UUID

from pydantic import Field

from models.payloads.agent import AgentPlan
from models.payloads.base import Payload
from models.payloads.scope import Scope, TurnKey
from models.states import Role

# Text above this is stored and referenced: 16 queued messages must fit a 64 KB payload.
INLINE_TEXT_BYTES: Final = 2_048

ROOT: Final = UUID(int=0)
"""The parent of a conversation's first message, and of what is said instead of it."""


class BusyPolicy(StrEnum):
    """What a message does when a turn is already running."""

    REJECT = "reject"
    ENQUEUE = "enqueue"
    INTERRUPT = "interrupt"
    ROLLBACK = "rollback"
    STEER = "steer"


class Outcome(StrEnum):
    """Every way a turn can end."""

    COMPLETED = "completed"
    STOPPED = "stopped"
    INTERRUPTED = "interrupted"
    WITHDRAWN = "withdrawn"
    ITERATION_LIMIT = "iteration_limit"
    BUDGET_EXHAUSTED = "budget_exhausted"
    DEADLINE_EXCEEDED = "deadline_exceeded"
    CONTAMINATED = "contaminated"
    """The answer gave itself away as following somebody else: what it said is withdrawn."""
    DENIED = "denied"
    """A person, or the policy, refused a call, and the agent ends with that."""
    EXPIRED = "expired"
    """Nobody decided in time, and the agent ends with that."""
    FAILED = "failed"
    DUPLICATE = "duplicate"
    """A copy of a message that has a turn already: it wrote and emitted nothing."""


class Finish(StrEnum):
    """Why the model stopped writing."""

    STOP = "stop"
    LENGTH = "length"
    CONTENT_FILTER = "content_filter"
    TOOL_CALLS = "tool_calls"
    CANCELLED = "cancelled"
    NEEDS_MORE_CONTEXT = "needs_more_context"
    """The agent asks the user something instead of guessing."""
    WITHDRAWN = "withdrawn"
    """A safe answer stands where a contaminated one was."""


class Limits(Payload):
    """Every wait and limit of a turn that is not its agent's, with its default."""

    queue_length: int = 16
    """Messages that may wait behind a turn; more are refused."""
    approval_window: timedelta = timedelta(hours=24)
    """Silence for this long is a no."""
    bad_calls: int = 3
    """Steps whose tool calls all failed validation, in a row, before the turn fails."""
    same_run: timedelta = timedelta(seconds=1.05)
    """A run younger than this takes the next message itself: Temporal holds back a run
    continued within a second, and an update that wakes it early makes the hold compound."""
    idle_window: timedelta = timedelta(minutes=30)
    """Silence after which a session ends."""


class IncomingMessage(Payload):
    """A user's message on its way to its turn."""

    message_id: UUID
    turn_id: UUID
    user_id: UUID
    content: str | None = None
    """None when longer than INLINE_TEXT_BYTES: then it is stored under the message's id."""
    body_hash: str
    agent: AgentPlan
    on_busy: BusyPolicy = BusyPolicy.ENQUEUE
    references: tuple[UUID, ...] = ()
    parent_id: UUID | None = None
    """The message that this one answers; None is the conversation's active leaf, ROOT nothing."""
    regenerates: UUID | None = None
    """The user's message, of whom this is a copy, that is to get another answer: the turn adds none
    of its own, and `message_id` only tells this wish from others."""
    request_id: str = ""
    role: Role = Role.MEMBER
    """The sender's in the space, by the claims that sent it: the policy asks for it."""
    depth: int = 0
    """Of the run: 0 is a person's, 1 an agent's that a person's turn called."""
    labels: dict[str, str] = Field(default_factory=dict)
    """The caller's own, to know its turn by: shown with it, read by nobody here."""
    echo: dict[str, str | int | float | bool] = Field(default_factory=dict)
    """What else the request said, in its dialect's words, for who asks for the turn later."""


class TurnStart(Payload):
    """Input of a conversation's run: the message to answer, and those queued behind it."""

    scope: Scope
    conversation_id: UUID
    messages: tuple[IncomingMessage, ...]
    limits: Limits = Limits()
    stopped: tuple[UUID, ...] = ()
    """Turns of these messages that were stopped while an earlier one ended."""


class RunStart(Payload):
    """Input of an agent run without a conversation; its log is named by the run's id."""

    scope: Scope
    run_id: UUID
    message: IncomingMessage
    limits: Limits = Limits()


class SendStatus(StrEnum):
    STARTED = "started"
    QUEUED = "queued"
    STEERED = "steered"
    ACCEPTED = "accepted"
    """Durable, while no worker was up to say more."""


class SendResult(Payload):
    """Answer to a sent message: the turn that takes it, and how."""

    turn_id: UUID
    status: SendStatus
    position: int = 0
    """Messages ahead of it in the queue, the running one included."""
    body_hash: str = ""
    """Of the message that the run has under this id: Temporal answers a repeated update id with
    the first one's result, so only the sender can see that it sent another body."""
    stops: UUID | None = None
    """The turn that was told to end for it."""


class Spent(Payload):
    """Of a turn's budgets, its children's included."""

    tokens: int = 0
    cost_usd: Decimal = Decimal(0)
    calls: int = 0
    """Tool calls, sound or not."""


class QueuedMessage(Payload):
    """A message that waits behind a running turn."""

    message_id: UUID
    turn_id: UUID
    user_id: UUID
    agent: str
    content: str | None = None
    """None when longer than INLINE_TEXT_BYTES: then it is stored under the message's id."""


class MessageQueue(Payload):
    """All of them, the next one first; `Limits.queue_length` bounds them."""

    messages: tuple[QueuedMessage, ...] = ()


class Withdrawal(Payload):
    """The wish that a waiting message should never run."""

    message_id: UUID
    user_id: UUID | None = None
    """Only when it is this person's; None: whoever sent it."""


class TurnResult(Payload):
    """Result of a run: how its last turn ended, for the operator's eye."""

    turn_id: UUID
    outcome: Outcome
    steps: int = 0
    spent: Spent = Spent()
    """By the run and the agents that it called."""


class Claim(Payload):
    """The right to run a turn: of all copies of a message one run gets it."""

    message: IncomingMessage
    owner: str
    """The run that asks; a retry of the same run owns what it has claimed."""


class PrepareRequest(Payload):
    turn: TurnKey
    claim: Claim
    step: int = 1


class PrepareReply(Payload):
    number: int = 0
    """The turn's number in its conversation's log."""
    duplicate: bool = False
    stopped: bool = False
    passages: int = 0


class Closing(Payload):
    """What a final answer needs to end its turn by itself."""

    idle_window: timedelta = timedelta(minutes=30)
    sessions: bool = True
    """False for runs without a conversation: they have no session to keep open."""


class ThinkRequest(Payload):
    """One model call. `claim` is set on a turn's first activity only."""

    turn: TurnKey
    step: int
    agent: AgentPlan
    number: int = 0
    """The turn's number, once something has claimed it."""
    claim: Claim | None = None
    steered: tuple[IncomingMessage, ...] = ()
    approval_window: timedelta = timedelta(hours=24)
    time_left: timedelta = timedelta(minutes=10)
    """Working time that the turn has left; the answer then ends with what was said."""
    closing: Closing | None = None
    """Set when an answer without calls ends the turn in the same transaction."""
    role: Role = Role.MEMBER
    """Of the person whose turn it is."""
    depth: int = 0
    """Above 0 for a run that another agent called: what it is told is that agent's text."""
    spent: Spent = Spent()
    """Before this step."""


class ThinkStatus(StrEnum):
    ANSWERED = "answered"
    CALLS = "calls"
    STOPPED = "stopped"
    DUPLICATE = "duplicate"


class ChildRun(Payload):
    """An agent that another one calls: its own run, log and budget, cut from its parent's."""

    run_id: UUID
    agent: AgentPlan
    """With what the parent may still spend, at most."""
    depth: int = 1
    """1 is the child of a turn."""


class CallRef(Payload):
    """A tool call the model made; its arguments are stored under its id."""

    call_id: str
    name: str
    valid: bool = True
    """False when arguments or name did not validate: it is already answered with an error."""
    approval_id: UUID | None = None
    """Set when a person must decide before it runs."""
    retryable: bool = False
    """True for tools without side effects: only these get a second attempt."""
    timeout: timedelta = timedelta(seconds=60)
    denied: bool = False
    """The policy refused it: it is already answered, and is no mistake of the model's."""
    child: ChildRun | None = None
    """Set when the call starts another agent: it runs as a child workflow."""
    window: timedelta | None = None
    """How long a person may take to decide, where the policy says it; None: the turn's limit."""


class ThinkReply(Payload):
    status: ThinkStatus
    number: int = 0
    sequence: int = 0
    """Of the last event that the step stored: numbering goes on from there when Redis forgets."""
    calls: tuple[CallRef, ...] = ()
    finish: Finish = Finish.STOP
    tokens: int = 0
    """Tokens in and out of this step, for the turn's budget."""
    cost_usd: Decimal = Decimal(0)
    """Of this step, where the price table knows its model."""
    exhausted: str = ""
    """Which budget of the space or the user is spent (`space_month_cost`, …): the step was not
    asked, and the turn ends as `budget_exhausted`."""
    contaminated: bool = False
    """The turn ends as `contaminated`."""
    late: bool = False
    """Stopped by the turn's deadline, and not by a person."""
    closed: bool = False
    """The turn has ended with this answer."""


class SettleRequest(Payload):
    """Bring one tool call to its end: run it, or record why it did not run."""

    turn: TurnKey
    number: int
    sequence: int = 0
    """At least this high are the turn's stored events."""
    step: int
    call: CallRef
    expired: bool = False
    """The approval window is over: refuse, unless a verdict came in meanwhile."""
    broken: bool = False
    """An earlier activity for this call died: report what it left, never run it again."""
    stopping: bool = False
    """The turn is to end: begin nothing any more."""


class CallStatus(StrEnum):
    PENDING = "pending"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    DENIED = "denied"
    EXPIRED = "expired"
    REVISED = "revised"
    INVALID = "invalid"
    UNKNOWN = "unknown"
    """It was started and nobody knows whether it ended."""


class SettleReply(Payload):
    status: CallStatus
    spent: Spent = Spent()
    """By the tool, or by the agent that it called."""


class TurnEnd(Payload):
    """How a turn ends."""

    outcome: Outcome
    finish: Finish = Finish.STOP
    error_code: str | None = None
    error_detail: str | None = None
    idle_window: timedelta = timedelta(minutes=30)
    sessions: bool = True
    """False for runs without a conversation: they have no session to keep open."""


class CloseRequest(TurnEnd):
    """End a turn. It may end before anything claimed it, so it carries the claim."""

    turn: TurnKey
    claim: Claim
    number: int = 0
    """0 when nothing has claimed the turn yet."""
    sequence: int = 0
    """At least this high are the turn's stored events."""
    step: int = 0
