"""I3 and I4: what each reader holds is the stored log, and nothing of anybody else's."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from domain.fold import Fold, Folded, coarse, fold
from models.payloads.events import (
    TRANSIENT,
    TURN_ENDS,
    AttemptSuperseded,
    EventId,
    LoggedEvent,
    StepStarted,
    TextCompleted,
    TextDelta,
    TextSnapshot,
)
from tests.chaos.evidence import Evidence, Seen, StoredLog, event_of
from tests.chaos.violation import Violation, difference


def held_is_stored(evidence: Evidence) -> Iterator[Violation]:
    """Every reader, over all its connections."""
    torn = {turn_id for sent in evidence.sent if sent.torn for turn_id in sent.told}
    for seen in evidence.seen:
        log = evidence.logs[seen.conversation_id]
        events: list[LoggedEvent] = []
        try:
            events = [event_of(frame) for frame in seen.frames if frame.id]
        except (ValueError, KeyError, TypeError) as error:
            yield Violation("I3", seen.reader, f"got what is no event: {error!r}")
            continue
        if not seen.finished:
            last = events[-1] if events else None
            at = "nothing" if last is None else f"{last.id} {last.event.kind}"
            yield Violation("I3", seen.reader, f"never saw the end; its last event was {at}")
        yield from _in_order(seen)
        yield from _nobody_elses(seen.reader, events, log)
        yield from _same(seen, events, log)
        yield from _live(seen.reader, [one for one in events if one.turn_id not in torn])
        yield from _late(seen.reader, events)


def _in_order(seen: Seen) -> Iterator[Violation]:
    """Ids only rise, and nothing comes that the reader said it had."""
    for connection in seen.connections:
        last = connection.after
        for frame in connection.frames:
            if not frame.id:
                continue
            now = EventId.parse(frame.id)
            if now <= last:
                yield Violation("I3", seen.reader, f"got {now} {frame.kind} behind {last}")
            last = max(last, now)


def _nobody_elses(
    reader: str, events: Sequence[LoggedEvent], log: StoredLog
) -> Iterator[Violation]:
    own = {turn.id for turn in log.turns}
    foreign = {event.turn_id for event in events if event.turn_id and event.turn_id not in own}
    for turn_id in foreign:
        yield Violation("I4", reader, f"got events of turn {turn_id}, of another conversation")


def _same(seen: Seen, events: Sequence[LoggedEvent], log: StoredLog) -> Iterator[Violation]:
    last = max((event.id for event in events), default=None)
    if last is None:
        return
    stored = [event for event in log.events if seen.finished or event.id <= last]
    yield from _coarse(seen.reader, events, stored)
    if not seen.finished:
        return  # an unfinished turn's text is nowhere but in the stream
    yield from compared(seen.reader, fold(stored), fold(events))


def _coarse(
    reader: str, events: Sequence[LoggedEvent], stored: Sequence[LoggedEvent]
) -> Iterator[Violation]:
    expected, got = coarse(stored), coarse(events)
    if expected != got:
        yield Violation("I3", reader, f"coarse events: {_parted(expected, got)}")
        return
    contents = {event.id: event for event in stored}
    for event in events:
        if event.event.kind in TRANSIENT:
            continue
        # Times apart: an attempt that finds its step begun says again when it began.
        stored_as = contents[event.id]
        if (event.turn_id, event.event) != (stored_as.turn_id, stored_as.event):
            yield Violation(
                "I3",
                reader,
                f"{event.id} is stored as {stored_as.event}, was seen as {event.event}",
            )


def _parted(expected: Sequence[tuple[EventId, str]], got: Sequence[tuple[EventId, str]]) -> str:
    missing = [f"{i} {kind}" for i, kind in expected if (i, kind) not in got]
    extra = [f"{i} {kind}" for i, kind in got if (i, kind) not in expected]
    twice = [f"{i} {kind}" for (i, kind), count in Counter(got).items() if count > 1]
    if not missing and not extra and not twice:
        return f"in another order: {[str(i) for i, _ in got]}"
    return f"missing {missing}, not stored {extra}, repeated {twice}"


def compared(reader: str, expected: Folded, got: Folded) -> Iterator[Violation]:
    """Texts, outcomes and sources of two folds."""
    for place in sorted(expected.texts.keys() | got.texts.keys()):
        stored, held = expected.texts.get(place, ""), got.texts.get(place, "")
        if stored != held:
            where = f"{reader}, turn {place[0]}, step {place[1]}"
            yield Violation("I3", where, difference(stored, held))
    if expected.outcomes != got.outcomes:
        yield Violation("I3", reader, f"outcomes {expected.outcomes} are held as {got.outcomes}")
    if expected.sources != got.sources:
        yield Violation("I3", reader, "holds other sources than are stored")


@dataclass(slots=True)
class Live:
    """One step's text as its pieces came, before the completed text replaced it."""

    whole: bool = False
    """Nothing can be missing: no id was skipped since the step began or since a snapshot."""
    text: str = ""
    completed: str | None = None
    pieces: list[str] = field(default_factory=list)
    superseded: int = 0
    withdrawn: int = 0
    """Snapshots that took back what was shown."""

    def snapshot(self, text: str) -> None:
        """Taken up with what it adds; one that changes what was shown counts as a loss of it."""
        if text.startswith(self.text):
            self.pieces.append(text[len(self.text) :])
        else:
            self.withdrawn += 1
            self.pieces = [text]
        self.text, self.whole = text, True


def live_steps(events: Sequence[LoggedEvent]) -> dict[tuple[int, int], Live]:
    """What a reader got of each step while it was written, by turn number and step."""
    steps: dict[tuple[int, int], Live] = {}
    last = EventId(0, 0)
    for logged in events:
        turn = logged.id.turn
        if logged.id.turn != last.turn or logged.id.sequence != last.sequence + 1:
            for place, live in steps.items():
                if place[0] == turn and live.completed is None:
                    live.whole = False
        last = logged.id
        match logged.event:
            case StepStarted(step=step):
                steps.setdefault((turn, step), Live(whole=True))
            case TextDelta(step=step, text=text):
                live = steps.setdefault((turn, step), Live())
                live.text += text
                live.pieces.append(text)
            case TextSnapshot(step=step, text=text):
                live = steps.setdefault((turn, step), Live())
                live.snapshot(text)
            case AttemptSuperseded(step=step):
                live = steps.setdefault((turn, step), Live())
                live.text, live.whole = "", True
                live.superseded += 1
                live.pieces.clear()
            case TextCompleted(step=step, text=text):
                steps.setdefault((turn, step), Live()).completed = text
    return steps


def _live(reader: str, events: Sequence[LoggedEvent]) -> Iterator[Violation]:
    """Before the completed text mends everything, a reader that missed nothing holds it too."""
    for (turn, step), live in live_steps(events).items():
        if live.whole and live.completed is not None and live.text != live.completed:
            where = f"{reader}, turn {turn}, step {step}, pieces before the completed text"
            yield Violation("I3", where, difference(live.completed, live.text))


def _late(reader: str, events: Sequence[LoggedEvent]) -> Iterator[Violation]:
    """A zombie's writes: pieces of a step behind its end, anything of a turn behind its end."""
    completed: set[tuple[int, int]] = set()
    ended: set[int] = set()
    for logged in events:
        turn = logged.id.turn
        if turn in ended:
            yield Violation("I3", reader, f"{logged.id} {logged.event.kind} came behind the end")
        match logged.event:
            case TextCompleted(step=step):
                completed.add((turn, step))
            case TextDelta(step=step) | TextSnapshot(step=step) | AttemptSuperseded(step=step):
                if (turn, step) in completed:
                    yield Violation(
                        "I3", reader, f"{logged.id} {logged.event.kind} came behind its text's end"
                    )
        if logged.event.kind in TURN_ENDS:
            ended.add(turn)


def resumed_anywhere(
    reader: str, before: Sequence[LoggedEvent], after: Sequence[LoggedEvent], log: StoredLog
) -> Iterator[Violation]:
    """A reader that left at `before`'s last event and came back for the rest later."""
    state = Fold()
    for event in before:
        state.apply(event)
    for event in after:
        if not state.apply(event):
            yield Violation("I3", reader, f"got {event.id} again")
    yield from _coarse(reader, [*before, *after], list(log.events))
    yield from compared(reader, fold(log.events), state.result())
