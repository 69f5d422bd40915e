"""What a run of a fault leaves behind: what was sent, what readers saw, what is stored."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from domain.wire import decode
from models.payloads.events import EventId, LoggedEvent


@dataclass(frozen=True, slots=True)
class Frame:
    """One event as it came over the wire; `at` is in seconds of the monotonic clock."""

    at: float
    id: str
    kind: str
    data: bytes


@dataclass(slots=True)
class Connection:
    """One stream from its opening to its end."""

    after: EventId
    """What the reader said that it had."""
    asked_at: float
    status: int | None = None
    opened_at: float | None = None
    closed_at: float | None = None
    frames: list[Frame] = field(default_factory=list)
    ending: str = ""
    complete: bool = False
    """The reader left it, having seen everything."""


@dataclass(slots=True)
class Seen:
    """All that one reader got, over all its connections."""

    reader: str
    conversation_id: UUID
    connections: list[Connection] = field(default_factory=list)
    finished: bool = False

    @property
    def frames(self) -> Iterator[Frame]:
        for connection in self.connections:
            yield from connection.frames


@dataclass(frozen=True, slots=True)
class Sent:
    """A message that was accepted. Copies of it were told `told`: one turn, if all is well."""

    conversation_id: UUID
    message_id: UUID
    told: frozenset[UUID]
    text: str | None = None
    """The answer that must come of it; None when it is not known before."""
    tokens: int | None = None
    notes: int = 0
    """How many notes it must publish."""
    may_end: frozenset[str] = frozenset()
    """Ends that are as good as an answer: outcomes, and codes of failures."""
    lost: int = 0
    """Model calls that may have come to nothing before a reader saw a word of them."""
    torn: bool = False
    """Its provider lost, doubled or changed pieces of the answer: until the completed text mends
    that, a reader may hold another one."""


@dataclass(frozen=True, slots=True)
class StoredTurn:
    id: UUID
    number: int
    message_id: UUID
    outcome: str | None
    error_code: str | None = None
    error_detail: str | None = None

    @property
    def end(self) -> str | None:
        """A failure's code, else the outcome; None while it is open."""
        return self.error_code if self.outcome == "failed" else self.outcome


@dataclass(frozen=True, slots=True)
class StoredMessage:
    id: UUID
    turn_id: UUID
    role: str
    content: str


@dataclass(frozen=True, slots=True)
class StoredLog:
    """One conversation as Postgres has it."""

    conversation_id: UUID
    turns: tuple[StoredTurn, ...] = ()
    events: tuple[LoggedEvent, ...] = ()
    messages: tuple[StoredMessage, ...] = ()
    receipts: tuple[tuple[UUID, UUID], ...] = ()
    """Message and turn."""
    chat_usage: Mapping[UUID, int] = field(default_factory=dict)
    """Rows of model usage by turn."""
    notes: Mapping[UUID, int] = field(default_factory=dict)
    """Published notes by the message that asked for them."""


@dataclass(frozen=True, slots=True)
class Evidence:
    sent: Sequence[Sent]
    seen: Sequence[Seen]
    logs: Mapping[UUID, StoredLog]


_decoded: dict[bytes, LoggedEvent] = {}
_MOST_DECODED = 200_000  # a hundred readers see the same bytes; a whole run fits


def event_of(frame: Frame) -> LoggedEvent:
    """What the frame says; ValueError when it is no event of ours."""
    if (found := _decoded.get(frame.data)) is not None:
        return found
    if len(_decoded) >= _MOST_DECODED:
        _decoded.clear()
    event = _decoded[frame.data] = decode(frame.data)
    return event
