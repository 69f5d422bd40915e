"""What a reader holds after applying its events: the law that every client follows."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from models.payloads.events import (
    START,
    TRANSIENT,
    AttemptSuperseded,
    EventId,
    LoggedEvent,
    RetrievalCompleted,
    TextCompleted,
    TextDelta,
    TextSnapshot,
    TextWithdrawn,
    ToolCompleted,
    TurnCompleted,
    TurnFailed,
    TurnStopped,
)
from models.payloads.sources import Source
from models.payloads.turn import Outcome


@dataclass(frozen=True, slots=True)
class Folded:
    """Turns are named by their numbers, texts by turn number and step."""

    last: EventId
    texts: dict[tuple[int, int], str]
    outcomes: dict[int, Outcome]
    sources: dict[int, tuple[Source, ...]]
    coarse: tuple[tuple[EventId, str], ...]
    """Id and kind of every event that is also stored, in order."""


@dataclass(slots=True)
class Fold:
    """Deltas append; snapshots and completions replace their step's text; superseded and
    withdrawn text drops; text that was never completed ends with its turn."""

    last: EventId = START
    texts: dict[tuple[int, int], str] = field(default_factory=dict)
    outcomes: dict[int, Outcome] = field(default_factory=dict)
    sources: dict[int, tuple[Source, ...]] = field(default_factory=dict)
    coarse: list[tuple[EventId, str]] = field(default_factory=list)
    _completed: set[tuple[int, int]] = field(default_factory=set)

    def apply(self, logged: LoggedEvent) -> bool:
        """Take one event in; False when it is not newer than the last and so passed over."""
        if logged.id <= self.last:
            return False
        self.last = logged.id
        self._take(logged)
        if logged.event.kind not in TRANSIENT:
            self.coarse.append((logged.id, logged.event.kind))
        return True

    def result(self) -> Folded:
        return Folded(
            last=self.last,
            texts={place: text for place, text in self.texts.items() if text},
            outcomes=dict(self.outcomes),
            sources=dict(self.sources),
            coarse=tuple(self.coarse),
        )

    def _take(self, logged: LoggedEvent) -> None:
        turn = logged.id.turn
        match logged.event:
            case TextDelta(step=step, text=text):
                self.texts[turn, step] = self.texts.get((turn, step), "") + text
            case TextSnapshot(step=step, text=text):
                self.texts[turn, step] = text
            case TextCompleted(step=step, text=text):
                self.texts[turn, step] = text
                self._completed.add((turn, step))
            case AttemptSuperseded(step=step) | TextWithdrawn(step=int(step)):
                self.texts.pop((turn, step), None)
            case TextWithdrawn():
                self._drop(turn, completed=True)
            case RetrievalCompleted(sources=sources):
                self.sources[turn] = sources
            case ToolCompleted(sources=sources) if sources:
                known = {source.mark: source for source in (*sources, *self.sources.get(turn, ()))}
                self.sources[turn] = tuple(known[mark] for mark in sorted(known))
            case TurnCompleted(outcome=o) | TurnFailed(outcome=o) | TurnStopped(outcome=o):
                self.outcomes[turn] = o
                self._drop(turn, completed=False)

    def _drop(self, turn: int, *, completed: bool) -> None:
        for place in [place for place in self.texts if place[0] == turn]:
            if completed or place not in self._completed:
                del self.texts[place]


def fold(events: Iterable[LoggedEvent]) -> Folded:
    """Give what a reader of these events holds."""
    state = Fold()
    for logged in events:
        state.apply(logged)
    return state.result()


def coarse(events: Iterable[LoggedEvent]) -> tuple[tuple[EventId, str], ...]:
    """Id and kind of the events that are stored too, as given: repeats and disorder show."""
    return tuple(
        (logged.id, logged.event.kind) for logged in events if logged.event.kind not in TRANSIENT
    )
