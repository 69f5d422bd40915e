"""Conversations, turns and steps, as the activities of a turn need them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Protocol
from uuid import UUID

from models.payloads.chat import StoredMessage, Usage
from models.payloads.events import Event, LoggedEvent
from models.payloads.policy import Decision
from models.payloads.scope import LogKey, TurnKey
from models.payloads.session import SessionStart
from models.payloads.sources import Source
from models.payloads.turn import (
    CallStatus,
    Claim,
    IncomingMessage,
    ThinkReply,
    TurnEnd,
)


@dataclass(frozen=True, slots=True)
class ClaimedTurn:
    """Answer to a claim. `taken`: another run has this message, so do nothing at all."""

    taken: bool
    number: int = 0
    closed: bool = False
    """The turn has ended already; a retry of `close` finds this."""
    events: tuple[LoggedEvent, ...] = ()
    """All stored events of the turn so far: `turn.started` and what a retry finds."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A source with its whole text, for the model."""

    source: Source
    text: str


@dataclass(frozen=True, slots=True)
class StepContext:
    """What a step starts from."""

    reply: ThinkReply | None
    """Set when an earlier attempt committed this step: only its events need repeating."""
    events: tuple[LoggedEvent, ...]
    """Stored events of the turn."""
    history: tuple[StoredMessage, ...]
    """The newest messages on the active path, oldest first, tool results in their places; it
    ends with the turn's newest message."""
    passages: tuple[Passage, ...]
    """What this turn retrieved."""
    now: datetime
    """By the store's clock, which judges what expires."""
    tainted: bool = False
    """An earlier step or turn of the conversation has seen text that nobody vouches for."""
    user_id: UUID | None = None
    """Whose turn it is."""

    @property
    def floor(self) -> int:
        return max((event.id.sequence for event in self.events), default=0)


@dataclass(frozen=True, slots=True)
class NewCall:
    """A tool call to store. `arguments` are validated, or the raw text when `error` is set."""

    call_id: str
    name: str
    raw_arguments: str
    arguments: dict[str, Any] | None
    error: str | None = None
    denied: bool = False
    """The error is the policy's: the call was sound."""
    approval_id: UUID | None = None
    expires_at: datetime | None = None
    remind_at: datetime | None = None
    escalate_at: datetime | None = None
    decision: Decision | None = None
    """What the policy said; None for calls that were not sound."""
    arguments_hash: str = ""
    """Of the canonical arguments, for calls that need a person."""
    schema: dict[str, Any] | None = None
    """JSON Schema of the arguments, which edited ones must fit."""


@dataclass(frozen=True, slots=True)
class UsageEntry:
    """What one call to a provider used and cost."""

    model: str
    kind: str
    """chat or embedding."""
    usage: Usage
    first_token_ms: int | None
    cost_usd: Decimal | None
    price_version: str
    user_id: UUID | None = None
    agent: str | None = None


@dataclass(frozen=True, slots=True)
class StepRecord:
    """What a finished step leaves, committed as one."""

    reply: ThinkReply
    message_id: UUID
    text: str
    calls: tuple[NewCall, ...]
    usage: UsageEntry | None
    events: tuple[LoggedEvent, ...]
    response_id: str | None = None
    """The response that the provider keeps, so that an erasure can delete it there."""
    tainted: bool = False
    """The step has seen text that nobody vouches for: so has the conversation from now on."""


@dataclass(frozen=True, slots=True)
class ClosedTurn:
    """`session` is set when this turn opened one: its workflow must be started; or, with its
    `closed` set, when the conversation was closed meanwhile: its workflow must be woken."""

    session: SessionStart | None
    notices: tuple[LoggedEvent, ...]
    """Titles and summaries that waited for the turn to end, numbered and stored now."""
    before: bool = field(default=False, compare=False)
    """The turn had ended already, so the events of this call are not stored; unless it is this
    call that ended it, and had to be made again because its commit was not heard of."""


class Transcript(Protocol):
    """All calls are one transaction each, and safe to repeat."""

    async def claim(
        self, turn: TurnKey, claim: Claim, opening: Sequence[Event], *, late: bool = False
    ) -> ClaimedTurn:
        """Insert the message's receipt, the turn (numbered from the conversation's counter), the
        user's message under its parent, and the opening events as `<number>.1…`; or find that
        this owner did so before; or that another run owns the message (`taken`).

        Refused are message_text_missing, conversation_archived and parent_unknown, and when
        deleted conversation_not_found. `late` is for the end of a turn that nothing could claim:
        an accepted message gets its turn whatever stands against it, with the text there is,
        under the active leaf when its parent is unknown; only conversation_not_found is left."""

    async def begin_step(
        self,
        turn: TurnKey,
        step: int,
        attempt: int,
        *,
        steered: Sequence[IncomingMessage] = (),
        characters: int,
        messages: int = 200,
    ) -> StepContext:
        """Load what the step needs: the newest messages up to the given sizes, at least the last
        user message. Attempts after the first first write the fence that shuts older ones out.
        Steered messages become user messages under the active leaf, once each."""

    async def claim_step(
        self,
        turn: TurnKey,
        claim: Claim,
        opening: Sequence[Event],
        attempt: int,
        *,
        steered: Sequence[IncomingMessage] = (),
        characters: int,
        messages: int = 200,
    ) -> tuple[ClaimedTurn, StepContext | None]:
        """`claim`, and when the turn is this owner's `begin_step` of its first step: a run whose
        turn was claimed before it heard of it may have been told what steers it. None also when
        the turn has ended without that step's commit; nothing steers it then."""

    async def is_current(self, turn: TurnKey, step: int, attempt: int) -> bool:
        """False when a newer attempt of this step has written its fence, the step is committed,
        or the turn has ended."""

    async def recent(
        self, turn: TurnKey, *, messages: int, characters: int
    ) -> Sequence[StoredMessage]:
        """What people and models said before this turn's message, oldest first: so many at most,
        each cut to so many characters, on the active path. Calls and their results are left out."""

    async def commit_passages(
        self,
        turn: TurnKey,
        passages: Sequence[Passage],
        usage: Sequence[UsageEntry],
        events: Sequence[LoggedEvent],
    ) -> None:
        """Keep what the turn retrieved, in mark order."""

    async def commit_step(
        self, turn: TurnKey, step: int, attempt: int, record: StepRecord
    ) -> ThinkReply:
        """Store the assistant's message, calls, approvals, usage and events, and make the message
        the active leaf. Raises StaleAttemptError when a newer attempt wrote its fence; answers
        the earlier reply when the step is committed already."""

    async def finish_turn(
        self,
        turn: TurnKey,
        step: int,
        attempt: int,
        record: StepRecord,
        end: TurnEnd,
        events: Sequence[LoggedEvent],
    ) -> tuple[ThinkReply, ClosedTurn | None]:
        """`commit_step`, and with it `close` when the record's reply says `closed`. None, and a
        reply that says otherwise, when a message is on its way that steers the turn."""

    async def close(self, turn: TurnKey, end: TurnEnd, events: Sequence[LoggedEvent]) -> ClosedTurn:
        """End the turn with its outcome: once. Withdraws pending approvals; for `withdrawn` moves
        the active leaf back to the parent of the turn's user message and marks its messages;
        moves the session's clock, opening a session when none is open; numbers and stores
        waiting notices."""

    async def withdraw_approvals(self, turn: TurnKey) -> Sequence[tuple[UUID, str]]:
        """Withdraw the turn's undecided approvals; approval id and call id of all that are
        withdrawn. From then on no verdict is taken for them."""

    async def account(self, turn: TurnKey, cause: str, usage: UsageEntry) -> None:
        """Record what a call cost that committed nothing, once per cause in the turn."""


@dataclass(frozen=True, slots=True)
class StartedCall:
    """What to do with a call. `run` is true for exactly one caller, ever, for calls that may
    not be repeated; otherwise `status` and `result` say how it ended before."""

    run: bool
    name: str
    arguments: dict[str, Any]
    status: CallStatus
    result: str = ""
    note: str = ""
    decision: str | None = None
    """approve, deny or revise, when a person decided."""
    decided_by: UUID | None = None
    decided_via: str = ""
    """api or slack."""
    edited: bool = False
    """`arguments` are the approver's, not those that were asked for."""
    events: tuple[LoggedEvent, ...] = ()
    """Stored events of this call."""
    agent: tuple[str, int] | None = None
    """Name and version of the turn's agent."""
    user_id: UUID | None = None
    """Whose turn it is."""


class ToolCalls(Protocol):
    """Tool calls and the verdicts on them."""

    async def start(
        self, turn: TurnKey, call_id: str, *, repeatable: bool, expired: bool, broken: bool
    ) -> StartedCall:
        """Lock the call and decide. A call with an approval runs only when it was approved, with
        the arguments that stand in the approval's row, and claims `executed_at` there. `expired`
        turns a pending approval into expired (not one that was decided meanwhile). `broken` turns
        a running call into unknown."""

    async def finish(
        self,
        turn: TurnKey,
        call_id: str,
        status: CallStatus,
        result: str,
        *,
        usage: Sequence[UsageEntry],
    ) -> CallStatus:
        """Store the result and what it cost, once; answers the status that stands."""

    async def record(self, turn: TurnKey, events: Sequence[LoggedEvent]) -> None:
        """Store the call's events; those stored before are passed over."""


class ChildRuns(Protocol):
    async def make(self, caller: TurnKey, message: IncomingMessage, text: str) -> None:
        """Make the place of the run that a turn calls, named by its message, whose text is kept
        there when the message is without; once. NotFoundError("call_not_found") when that turn is
        over: nothing would erase the run with its conversation."""


class Notices(Protocol):
    """Events that belong to no turn: titles and summaries."""

    async def post(self, log: LogKey, key: str, event: Event) -> Sequence[LoggedEvent]:
        """Store the event once per key under a number of its own; while a turn is open it waits
        and the turn's close stores it. Gives what was stored now, to announce."""
