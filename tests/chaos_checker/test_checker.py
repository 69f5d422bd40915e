"""The checker of the fault tests finds what is planted, and nothing where nothing is wrong."""

from dataclasses import replace
from uuid import UUID

from models.payloads.events import (
    AttemptSuperseded,
    EventId,
    LoggedEvent,
    TextDelta,
    TextSnapshot,
    TurnFailed,
)
from tests.chaos.checker import check
from tests.chaos.evidence import Evidence, StoredLog, StoredMessage, StoredTurn, event_of
from tests.chaos.readers import resumed_anywhere
from tests.chaos.tokens import asked_once, uncut
from tests.chaos_checker.scenes import (
    ANSWER,
    AT,
    CONVERSATION,
    ENDING,
    LIVE,
    LOG,
    MESSAGE,
    OPENING,
    SENT,
    TOKENS,
    TURN,
    completed,
    connection,
    evidence,
    logged,
    seen,
    stored_of,
    words,
    written,
)

STRANGER = UUID(int=99)
FIRST_DELTA = len(OPENING)


def found(planted: Evidence) -> set[str]:
    return {violation.invariant for violation in check(planted)}


def said(planted: Evidence) -> str:
    return "\n".join(map(str, [*check(planted), *uncut(planted)]))


def without(place: int) -> list[LoggedEvent]:
    return [event for number, event in enumerate(LIVE) if number != place]


def reread(events: list[LoggedEvent]) -> Evidence:
    return evidence(seen(connection(events)))


def stored(
    *,
    turns: tuple[StoredTurn, ...] = LOG.turns,
    events: tuple[LoggedEvent, ...] = LOG.events,
    messages: tuple[StoredMessage, ...] = LOG.messages,
) -> StoredLog:
    return replace(LOG, turns=turns, events=events, messages=messages)


def test_a_run_in_which_nothing_went_wrong_has_no_violation() -> None:
    assert said(evidence()) == ""


def test_a_reader_that_was_cut_and_came_back_has_no_violation() -> None:
    for place in range(1, len(LIVE)):
        cut = seen(connection(LIVE[:place]), connection(LIVE[place:], after=LIVE[place - 1].id))
        assert said(evidence(cut)) == ""


def test_a_reader_that_got_the_stored_log_has_no_violation() -> None:
    assert not check(reread(list(LOG.events)))


def test_a_superseded_attempt_has_no_violation() -> None:
    live = logged(
        *OPENING,
        *words(0, 3),
        AttemptSuperseded(step=1, from_sequence=3),
        *words(0, TOKENS),
        *ENDING,
    )
    assert not check(written(live))
    billed = replace(LOG, events=stored_of(live), chat_usage={TURN: 2})
    assert not check(evidence(seen(connection(live)), log=billed))
    billed = replace(billed, chat_usage={TURN: 3})
    assert found(evidence(seen(connection(live)), log=billed)) == {"I2"}


def test_a_jump_with_a_snapshot_has_no_violation() -> None:
    after = [TextSnapshot(step=1, text="w0 w1 w2 w3 "), *words(4, TOKENS), *ENDING]
    live = logged(*OPENING, *words(0, 2)) + logged(*after, first=1_005)
    assert not check(written(live))


def test_a_snapshot_that_goes_on_where_the_text_was_has_no_violation() -> None:
    snapshot = TextSnapshot(step=1, text="w0 w1 w2 w3 ")
    live = logged(*OPENING, *words(0, 2), snapshot, *words(4, TOKENS), *ENDING)
    assert said(written(live)) == ""


def test_a_snapshot_that_takes_text_back_is_found() -> None:
    snapshot = TextSnapshot(step=1, text="w0 w1 ")
    live = logged(*OPENING, *words(0, 4), snapshot, *words(2, TOKENS), *ENDING)
    assert "1 snapshots took text back" in said(written(live))


def test_a_lost_token_is_found() -> None:
    lost = without(FIRST_DELTA + 2)
    assert "1 lost ['w2'], 0 repeated" in said(reread(lost))


def test_a_token_that_was_never_written_is_found() -> None:
    live = logged(*OPENING, *words(0, 2), *words(3, TOKENS), *ENDING)
    planted = written(live)
    assert "I3" in found(planted)
    assert "pieces before the completed text" in said(planted)
    assert "1 lost ['w2'], 0 repeated" in said(planted)


def test_a_repeated_token_is_found() -> None:
    live = logged(*OPENING, *words(0, 3), *words(2, TOKENS), *ENDING)
    planted = written(live)
    assert "I3" in found(planted)
    assert "0 lost [], 1 repeated ['w2']" in said(planted)


def test_an_event_sent_again_on_a_new_connection_is_found() -> None:
    again = seen(connection(LIVE[:5]), connection(LIVE[4:], after=LIVE[4].id))
    assert "got 1.5 text.delta behind 1.5" in said(evidence(again))


def test_an_answer_that_was_started_anew_is_found_where_it_had_to_go_on() -> None:
    again = logged(
        *OPENING,
        *words(0, 3),
        AttemptSuperseded(step=1, from_sequence=3),
        *words(0, TOKENS),
        *ENDING,
    )
    assert "1 attempts were superseded" in said(written(again))


def test_a_doubled_coarse_event_is_found_in_the_log() -> None:
    live = logged(*OPENING, *words(0, TOKENS), completed(), *ENDING)
    assert "stored 2 times" in said(written(live))


def test_a_coarse_event_that_a_reader_got_twice_is_found() -> None:
    twice = seen(connection([*LIVE[:1], *LIVE]))
    assert "repeated ['1.1 turn.started']" in said(evidence(twice))


def test_a_coarse_event_that_a_reader_never_got_is_found() -> None:
    assert "missing ['1.1 turn.started']" in said(reread(without(0)))


def test_a_coarse_event_that_was_never_stored_is_found() -> None:
    kept = tuple(event for event in LOG.events if event.event.kind != "usage.recorded")
    assert "not stored ['1.10 usage.recorded']" in said(evidence(log=stored(events=kept)))


def test_another_text_than_the_stored_one_is_found() -> None:
    live = logged(*OPENING, *words(0, TOKENS), completed("w0 w1 "), *ENDING[1:])
    planted = reread(live)
    assert "I3" in found(planted)
    assert "seen as" in said(planted)


def test_a_wrong_answer_is_found() -> None:
    wrong = replace(LOG.messages[1], content=ANSWER.replace("w3 ", ""))
    assert "differs at character 10" in said(
        evidence(log=stored(messages=(LOG.messages[0], wrong)))
    )


def test_a_second_answer_is_found() -> None:
    second = StoredMessage(STRANGER, TURN, "assistant", ANSWER)
    assert "has 2 answers" in said(evidence(log=stored(messages=(*LOG.messages, second))))


def test_a_turn_that_ended_twice_is_found() -> None:
    failed = TurnFailed(code="worker_lost", detail="")
    live = [*LIVE, *logged(failed, first=len(LIVE) + 1)]
    planted = written(live)
    assert "I1" in found(planted)
    assert "has 2 end events" in said(planted)
    assert "came behind the end" in said(planted)


def test_a_turn_that_never_ended_is_found() -> None:
    open_turn = StoredTurn(TURN, 1, MESSAGE, None)
    planted = evidence(
        seen(connection(LIVE[:-1]), finished=False),
        log=stored(turns=(open_turn,), events=LOG.events[:-1]),
    )
    assert {"I1", "I3"} <= found(planted)
    assert "never ended" in said(planted)
    assert "never saw the end" in said(planted)


def test_a_turn_that_failed_is_found() -> None:
    failed = replace(LOG.turns[0], outcome="failed", error_code="tool_lost")
    assert "survival" in found(evidence(log=stored(turns=(failed,))))


def test_a_call_that_came_to_nothing_before_a_word_may_be_billed() -> None:
    twice = replace(LOG, chat_usage={TURN: 2})
    assert "I2" in found(evidence(log=twice))
    assert "I2" not in found(evidence(log=twice, sent=replace(SENT, lost=1)))


def test_a_piece_that_a_provider_lost_is_mended_and_one_that_we_lost_is_found() -> None:
    live = logged(*OPENING, *words(0, 2), *words(3, TOKENS), *ENDING)
    lacking = written(live)
    assert "pieces before the completed text" in said(lacking)
    torn = replace(lacking, sent=[replace(SENT, torn=True)])
    assert not check(torn)
    assert check(replace(torn, seen=[seen(connection(live[:-2]), finished=True)]))


def test_a_failure_that_the_fault_allows_is_an_end_and_another_is_found() -> None:
    sent = replace(SENT, may_end=frozenset({"model_unavailable", "deadline_exceeded"}))
    for outcome, code, allowed in (
        ("failed", "model_unavailable", True),
        ("deadline_exceeded", None, True),
        ("failed", "internal", False),
        ("failed", None, False),
        ("stopped", None, False),
        (None, None, True),
    ):
        ended = replace(LOG.turns[0], outcome=outcome, error_code=code)
        planted = evidence(sent=sent, log=stored(turns=(ended,)))
        assert ("survival" not in found(planted)) is allowed, (outcome, code)
    assert not check(evidence(sent=sent))


def test_an_accepted_message_without_a_turn_is_found() -> None:
    planted = evidence(log=StoredLog(CONVERSATION))
    assert "accepted, and has 0 turns" in said(planted)


def test_a_message_with_two_turns_is_found() -> None:
    second = StoredTurn(STRANGER, 2, MESSAGE, "completed")
    planted = evidence(log=stored(turns=(*LOG.turns, second)))
    assert "accepted, and has 2 turns" in said(planted)
    assert "a turn that nobody was told of" in said(planted)


def test_copies_that_were_told_of_two_turns_are_found() -> None:
    torn = replace(SENT, told=frozenset({TURN, STRANGER}))
    assert "told of 2 turns" in said(evidence(sent=torn))


def test_a_zombies_token_behind_the_completed_text_is_found() -> None:
    late = logged(*OPENING, *words(0, TOKENS), completed(), TextDelta(step=1, text="w9 "))
    live = late + logged(*ENDING[1:], first=len(late) + 1)
    assert "came behind its text's end" in said(written(live))


def test_another_conversations_event_is_found() -> None:
    foreign = LoggedEvent(
        id=EventId(1, 3), at=AT, turn_id=STRANGER, event=TextDelta(step=1, text="secret")
    )
    planted = reread([*LIVE[:2], foreign, *LIVE[3:]])
    assert "I4" in found(planted)


def test_a_second_side_effect_is_found() -> None:
    asked = replace(SENT, notes=1)
    assert not check(evidence(sent=asked, log=replace(LOG, notes={MESSAGE: 1})))
    assert "published 2 notes" in said(evidence(sent=asked, log=replace(LOG, notes={MESSAGE: 2})))
    assert "published 0 notes" in said(evidence(sent=asked))


def test_a_second_bill_is_found() -> None:
    assert "I2" in found(evidence(log=replace(LOG, chat_usage={TURN: 2})))


def test_a_second_model_call_is_found() -> None:
    assert not list(asked_once({MESSAGE: 1}))
    assert "2 model calls" in "\n".join(map(str, asked_once({MESSAGE: 2})))


def test_a_late_reader_that_missed_something_is_found() -> None:
    live = [event_of(frame) for frame in connection(LIVE).frames]
    for left in range(len(LIVE)):
        rest = [event for event in LOG.events if left == 0 or event.id > LIVE[left - 1].id]
        assert not list(resumed_anywhere("late", live[:left], rest, LOG))
        if rest:
            assert list(resumed_anywhere("late", live[:left], rest[1:], LOG))
