"""A run in which nothing went wrong, for a test to plant one defect in."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID, uuid5

from domain.wire import encode
from models.payloads.events import (
    START,
    TRANSIENT,
    Event,
    EventId,
    LoggedEvent,
    StepStarted,
    TextCompleted,
    TextDelta,
    TurnCompleted,
    TurnStarted,
    UsageRecorded,
)
from models.payloads.turn import Outcome
from tests.chaos.evidence import (
    Connection,
    Evidence,
    Frame,
    Seen,
    Sent,
    StoredLog,
    StoredMessage,
    StoredTurn,
)
from tests.chaos.tokens import numbered

CONVERSATION = UUID(int=1)
MESSAGE = UUID(int=2)
TURN = UUID(int=3)
TOKENS = 6
ANSWER = numbered(TOKENS)
AT = datetime(2026, 11, 20, 12, tzinfo=UTC)


def logged(*events: Event, turn: UUID = TURN, first: int = 1) -> list[LoggedEvent]:
    return [
        LoggedEvent(id=EventId(1, number), at=AT, turn_id=turn, event=event)
        for number, event in enumerate(events, first)
    ]


def words(start: int, end: int) -> list[Event]:
    return [TextDelta(step=1, text=f"w{number} ") for number in range(start, end)]


def completed(text: str = ANSWER) -> Event:
    return TextCompleted(step=1, text=text, message_id=uuid5(TURN, "answer"))


OPENING: tuple[Event, ...] = (TurnStarted(message_id=MESSAGE, agent="direct"), StepStarted(step=1))
ENDING: tuple[Event, ...] = (
    completed(),
    UsageRecorded(step=1, model="offline-1", input_tokens=1, output_tokens=TOKENS),
    TurnCompleted(outcome=Outcome.COMPLETED),
)
LIVE = logged(*OPENING, *words(0, TOKENS), *ENDING)


def stored_of(live: Sequence[LoggedEvent]) -> tuple[LoggedEvent, ...]:
    return tuple(one for one in live if one.event.kind not in TRANSIENT)


def connection(events: Sequence[LoggedEvent], after: EventId = START) -> Connection:
    made = Connection(after=after, asked_at=0.0, status=200, opened_at=0.0, closed_at=99.0)
    for place, event in enumerate(events):
        wire = encode(event)
        made.frames.append(Frame(place / 10, str(wire.id), wire.kind, wire.data))
    return made


def seen(*connections: Connection, finished: bool = True) -> Seen:
    return Seen("reader 1", CONVERSATION, list(connections), finished=finished)


LOG = StoredLog(
    conversation_id=CONVERSATION,
    turns=(StoredTurn(TURN, 1, MESSAGE, "completed"),),
    events=stored_of(LIVE),
    messages=(
        StoredMessage(MESSAGE, TURN, "user", "?"),
        StoredMessage(uuid5(TURN, "answer"), TURN, "assistant", ANSWER),
    ),
    receipts=((MESSAGE, TURN),),
    chat_usage={TURN: 1},
)
SENT = Sent(CONVERSATION, MESSAGE, frozenset({TURN}), ANSWER, TOKENS)


def evidence(*read: Seen, log: StoredLog = LOG, sent: Sent = SENT) -> Evidence:
    """All as it should be, apart from what is given."""
    return Evidence([sent], list(read) or [seen(connection(LIVE))], {CONVERSATION: log})


def written(live: Sequence[LoggedEvent]) -> Evidence:
    """These events were both read and stored."""
    return evidence(seen(connection(live)), log=replace(LOG, events=stored_of(live)))
