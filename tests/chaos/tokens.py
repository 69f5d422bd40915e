"""Where the provider keeps the answer, no token is lost or repeated, and it is asked once."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from uuid import UUID

from tests.chaos.evidence import Evidence, event_of
from tests.chaos.readers import Live, live_steps
from tests.chaos.violation import Violation

_WORD = re.compile(r"w\d+")


def numbered(tokens: int) -> str:
    """The answer to `@offline tokens=N`."""
    return "".join(f"w{number} " for number in range(tokens))


def uncut(evidence: Evidence) -> Iterator[Violation]:
    """Every connected reader got each numbered token once, in order, with nothing withdrawn."""
    for seen in evidence.seen:
        log = evidence.logs[seen.conversation_id]
        expected = {
            turn.number: sent.tokens
            for sent in evidence.sent
            for turn in log.turns
            if sent.tokens is not None and turn.message_id == sent.message_id
        }
        events = [event_of(frame) for frame in seen.frames if frame.id]
        steps = live_steps(events)
        for number, tokens in expected.items():
            yield from _counted(f"{seen.reader}, turn {number}", steps, number, tokens)


def _counted(
    where: str, steps: Mapping[tuple[int, int], Live], turn: int, tokens: int
) -> Iterator[Violation]:
    live = steps.get((turn, 1), Live())
    if live.superseded:
        yield Violation("resumption", where, f"{live.superseded} attempts were superseded")
    if live.withdrawn:
        yield Violation("resumption", where, f"{live.withdrawn} snapshots took text back")
    words = _WORD.findall("".join(live.pieces))
    wanted = [f"w{number}" for number in range(tokens)]
    if words == wanted:
        return
    counts = Counter(words)
    lost = [word for word in wanted if word not in counts]
    repeated = [word for word, count in counts.items() if count > 1]
    if lost or repeated:
        detail = f"{len(lost)} lost {lost[:10]}, {len(repeated)} repeated {repeated[:10]}"
    else:
        detail = "tokens came in another order"
    yield Violation("resumption", where, detail)


def heard_before(evidence: Evidence, moment: float) -> set[UUID]:
    """Messages whose answer had begun to come by then: a worker that dies between asking and
    the answer's first event leaves nothing to go on from, and the provider is asked again."""
    speaking = {
        seen.conversation_id
        for seen in evidence.seen
        if any(frame.kind == "text.delta" and frame.at <= moment for frame in seen.frames)
    }
    return {sent.message_id for sent in evidence.sent if sent.conversation_id in speaking}


def asked_once(calls: Mapping[UUID, int], most: int = 1) -> Iterator[Violation]:
    """`calls` are the model server's own count of new answers, by message."""
    for message_id, count in calls.items():
        if not 1 <= count <= most:
            yield Violation("resumption", f"message {message_id}", f"{count} model calls")
