"""I1 and I2: each accepted turn ended once, as it had to, and had its effect once."""

from collections import Counter
from collections.abc import Iterator
from uuid import UUID

from models.payloads.events import TURN_ENDS, TextCompleted
from tests.chaos.evidence import Evidence, Sent, StoredLog, StoredTurn, event_of
from tests.chaos.violation import Violation, difference

SUPERSEDED = "attempt.superseded"


def ended_once(evidence: Evidence) -> Iterator[Violation]:
    """Each accepted message has one turn with one end; no turn is anybody else's."""
    for sent in evidence.sent:
        yield from _accepted(sent, evidence.logs[sent.conversation_id])
    for conversation_id, log in evidence.logs.items():
        wanted = {
            turn for sent in evidence.sent if sent.conversation_id == conversation_id
            for turn in sent.told
        }  # fmt: skip
        for turn in log.turns:
            if turn.id not in wanted:
                yield Violation("I1", _name(log, turn), "a turn that nobody was told of")
            yield from _ending(log, turn)


def _accepted(sent: Sent, log: StoredLog) -> Iterator[Violation]:
    subject = f"message {sent.message_id} of conversation {sent.conversation_id}"
    if len(sent.told) != 1:
        told = ", ".join(map(str, sorted(sent.told)))
        yield Violation("I1", subject, f"its copies were told of {len(sent.told)} turns: {told}")
    turns = [turn for turn in log.turns if turn.message_id == sent.message_id]
    if len(turns) != 1:
        yield Violation("I1", subject, f"accepted, and has {len(turns)} turns")
    elif turns[0].id not in sent.told:
        yield Violation("I1", subject, f"was told of {sent.told}, and turn {turns[0].id} ran")
    receipts = [turn for message, turn in log.receipts if message == sent.message_id]
    if len(receipts) != 1:
        yield Violation("I1", subject, f"has {len(receipts)} receipts")
    for turn in turns:
        yield from _answered(sent, log, turn)


def _ending(log: StoredLog, turn: StoredTurn) -> Iterator[Violation]:
    ends = [e for e in log.events if e.turn_id == turn.id and e.event.kind in TURN_ENDS]
    if turn.outcome is None:
        yield Violation("I1", _name(log, turn), f"never ended (end events: {len(ends)})")
        return
    if len(ends) != 1:
        ids = ", ".join(f"{end.id} {end.event.kind}" for end in ends) or "none"
        yield Violation("I1", _name(log, turn), f"has {len(ends)} end events: {ids}")
        return
    said = getattr(ends[0].event, "outcome", None)
    if said != turn.outcome:
        yield Violation(
            "I1", _name(log, turn), f"ended as {turn.outcome}, and its event says {said}"
        )
    last = max((e.id for e in log.events if e.turn_id == turn.id), default=ends[0].id)
    if last > ends[0].id:
        yield Violation("I1", _name(log, turn), f"event {last} is stored behind its end")


def _answered(sent: Sent, log: StoredLog, turn: StoredTurn) -> Iterator[Violation]:
    """The fault was to be survived: the turn completed, with the answer that it had to give, or
    ended in another way that the fault allows."""
    name = _name(log, turn)
    if turn.end in sent.may_end:
        return
    if turn.outcome not in {None, "completed"}:
        said = f"{turn.error_code}: {turn.error_detail}" if turn.error_code else "no error"
        yield Violation("survival", name, f"ended as {turn.outcome} ({said})")
        return
    users = [m for m in log.messages if m.turn_id == turn.id and m.role == "user"]
    if len(users) != 1:
        yield Violation("I1", name, f"has {len(users)} user messages")
    if sent.text is None or turn.outcome is None:
        return
    answers = [m.content for m in log.messages if m.turn_id == turn.id and m.role == "assistant"]
    if len(answers) != 1:
        yield Violation("I1", name, f"has {len(answers)} answers")
    texts = [
        e.event.text
        for e in log.events
        if e.turn_id == turn.id and isinstance(e.event, TextCompleted)
    ]
    for what, text in (*(("its answer", t) for t in answers), *(("its event", t) for t in texts)):
        # Providers may trim an answer's end; what is inside may not change.
        if text.rstrip() != sent.text.rstrip():
            yield Violation("I3", f"{name}, {what}", difference(sent.text, text))


def effects_once(evidence: Evidence) -> Iterator[Violation]:
    """As many notes as were approved."""
    for sent in evidence.sent:
        found = evidence.logs[sent.conversation_id].notes.get(sent.message_id, 0)
        if found != sent.notes:
            subject = f"message {sent.message_id} of conversation {sent.conversation_id}"
            yield Violation("I2", subject, f"published {found} notes, not {sent.notes}")


def billed_once(evidence: Evidence) -> Iterator[Violation]:
    """One row of usage for the answer, and at most one for each attempt that readers saw lost, or
    that the fault broke before they could."""
    lost: Counter[UUID] = Counter()
    for seen in evidence.seen:
        superseded = [event_of(frame) for frame in seen.frames if frame.kind == SUPERSEDED]
        lost |= Counter(event.turn_id for event in superseded if event.turn_id is not None)
    for sent in evidence.sent:
        log = evidence.logs[sent.conversation_id]
        for turn in log.turns:
            used, most = log.chat_usage.get(turn.id, 0), 1 + lost[turn.id] + sent.lost
            known = sent.text is not None and turn.message_id == sent.message_id
            if known and turn.outcome == "completed" and not 1 <= used <= most:
                detail = f"{used} rows of usage, for {most} calls of the model at most"
                yield Violation("I2", _name(log, turn), detail)


def rows_once(evidence: Evidence) -> Iterator[Violation]:
    """No two turns share a number, no event of a turn is stored twice."""
    for conversation_id, log in evidence.logs.items():
        numbers = Counter(turn.number for turn in log.turns)
        for number, count in numbers.items():
            if count > 1:
                yield Violation("I1", f"conversation {conversation_id}", f"{count} turns {number}")
        contents = Counter((e.turn_id, e.event.model_dump_json()) for e in log.events)
        for (turn_id, event), count in contents.items():
            if count > 1:
                yield Violation("I3", f"turn {turn_id}", f"stored {count} times: {event}")


def _name(log: StoredLog, turn: StoredTurn) -> str:
    return f"turn {turn.id} (number {turn.number}) of conversation {log.conversation_id}"
