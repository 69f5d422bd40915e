"""A turn in the store: claimed once, committed once, ended once."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest

from domain.ports.transcript import ClaimedTurn, StepContext
from domain.wire import encode
from models.errors import (
    AppError,
    ConflictError,
    InvalidError,
    NotFoundError,
    StaleAttemptError,
)
from models.payloads.chat import Role
from models.payloads.events import START, EventId, TextDelta, TurnStarted
from models.payloads.turn import CallStatus, Claim, Outcome
from models.states import ConversationState
from tests.store.stage import Stage, together

WIDE = 100_000


async def test_a_claim_numbers_the_turn_and_stores_what_opens_it(stage: Stage) -> None:
    message, claimed = await stage.begin("What now?")

    assert claimed == ClaimedTurn(taken=False, number=1, events=claimed.events)
    assert [event.id for event in claimed.events] == [EventId(1, 1)]
    assert list(await stage.events.after(stage.log, START, None, 10)) == list(claimed.events)
    page = await stage.conversations.messages(
        stage.scope, stage.conversation_id, limit=10, cursor=None
    )
    assert [(found.role, found.content) for found in page.items] == [(Role.USER, "What now?")]
    assert await stage.turns.open_turn(stage.scope, stage.conversation_id) == message.turn_id


async def test_of_fifty_copies_one_owner_gets_the_message(stage: Stage) -> None:
    message = stage.message()

    answers = await together(50, lambda index: stage.claim(message, f"run-{index}"))

    assert sorted(answer.taken for answer in answers) == [False] + [True] * 49
    assert await stage.sql("SELECT 1 FROM turn WHERE id = $1", message.turn_id) != []
    [row] = await stage.sql(
        "SELECT turn_counter FROM conversation WHERE id = $1", stage.conversation_id
    )
    assert row["turn_counter"] == 1


async def test_the_same_owner_is_answered_the_same_again(stage: Stage) -> None:
    message = stage.message()

    answers = await together(10, lambda _: stage.claim(message))

    assert answers == [answers[0]] * 10
    await stage.close(message)
    assert (await stage.claim(message)).closed
    assert (await stage.claim(message, "another run")).taken


async def test_one_message_id_is_two_messages_in_two_conversations(stage: Stage) -> None:
    message, _ = await stage.begin("first")
    stage.conversation_id = uuid4()
    await stage.create()

    again = await stage.claim(stage.message("second", message_id=message.message_id))

    assert not again.taken
    assert again.number == 1


async def test_a_claim_needs_its_conversation_its_parent_and_its_text(stage: Stage) -> None:
    with pytest.raises(InvalidError) as parent:
        await stage.claim(stage.message(parent_id=uuid4()))
    assert parent.value.code == "parent_unknown"
    with pytest.raises(NotFoundError) as text:
        await stage.claim(stage.message(None))
    assert text.value.code == "message_text_missing"
    await stage.conversations.delete(stage.scope, stage.conversation_id)
    with pytest.raises(NotFoundError) as conversation:
        await stage.begin()
    assert conversation.value.code == "conversation_not_found"


async def test_an_archived_conversation_takes_no_message_and_ends_its_turn(stage: Stage) -> None:
    message, claimed = await stage.begin()
    await stage.conversations.update(stage.scope, stage.conversation_id, archived=True)

    with pytest.raises(ConflictError) as refused:
        await stage.begin()

    assert refused.value.code == "conversation_archived"
    assert await stage.claim(message) == claimed


@pytest.mark.parametrize("reason", ["archived", "text", "parent", "all"])
async def test_a_message_that_nothing_could_claim_gets_its_turn_when_it_ends(
    stage: Stage, reason: str
) -> None:
    before = await stage.exchange("one", "two")
    message = stage.message(
        None if reason in {"text", "all"} else "three",
        parent_id=uuid4() if reason in {"parent", "all"} else None,
    )
    archived = reason in {"archived", "all"}
    await stage.conversations.update(stage.scope, stage.conversation_id, archived=archived)
    with pytest.raises(AppError):
        await stage.claim(message)

    claimed = await stage.claim(message, late=True)

    assert (claimed.taken, claimed.number) == (False, 2)
    assert await stage.claim(message, late=True) == claimed
    assert await stage.claim(message) == claimed
    await stage.close(message, Outcome.FAILED, error_code="conversation_archived")
    view = await stage.turns.view(stage.scope, stage.conversation_id, message.turn_id)
    assert view is not None
    assert view.outcome is Outcome.FAILED
    page = await stage.conversations.messages(
        stage.scope, stage.conversation_id, limit=9, cursor=None
    )
    text = "" if message.content is None else "three"
    assert [found.content for found in page.items] == ["one", "two", text]
    found = await stage.conversations.get(stage.scope, stage.conversation_id)
    assert (found.state is ConversationState.ARCHIVED) is archived
    assert (await stage.claim(before, "another run", late=True)).taken


async def test_a_deleted_conversation_takes_no_late_message_either(stage: Stage) -> None:
    message = stage.message()
    await stage.conversations.delete(stage.scope, stage.conversation_id)

    with pytest.raises(NotFoundError) as gone:
        await stage.claim(message, late=True)

    assert gone.value.code == "conversation_not_found"


async def test_long_text_waits_for_its_claim_and_is_shown_whole(stage: Stage) -> None:
    text = "long " * 5_000
    message = stage.message(None)
    key = stage.scope, stage.conversation_id, message.message_id
    assert await stage.turns.keep_text(*key, text, "hash") == "hash"
    assert await stage.turns.keep_text(*key, "another body", "another") == "hash"

    claimed = await stage.claim(message)

    [started] = claimed.events
    assert isinstance(started.event, TurnStarted)
    assert started.event.text == text
    assert await stage.turns.keep_text(*key, "another body", "another") == "hash"
    assert await stage.sql("SELECT 1 FROM stored_text WHERE message_id = $1", key[2]) == []
    assert await stage.claim(message) == claimed


async def test_a_message_never_gets_the_text_of_another_body(stage: Stage) -> None:
    message = stage.message(None)
    key = stage.scope, stage.conversation_id, message.message_id
    await stage.turns.keep_text(*key, "their words", "another")

    with pytest.raises(NotFoundError) as missing:
        await stage.claim(message)

    assert missing.value.code == "message_text_missing"


async def test_of_fifty_bodies_under_one_id_one_stands(stage: Stage) -> None:
    key = stage.scope, stage.conversation_id, uuid4()

    told = await together(50, lambda index: stage.turns.keep_text(*key, None, f"body {index % 5}"))

    [row] = await stage.sql("SELECT body_hash FROM stored_text WHERE message_id = $1", key[2])
    assert told == [row["body_hash"]] * 50


async def test_a_claim_leaves_nothing_of_a_message_on_its_way(stage: Stage) -> None:
    for _ in range(25):
        message = stage.message()
        key = stage.scope, stage.conversation_id, message.message_id

        await asyncio.gather(
            stage.claim(message), stage.turns.keep_text(*key, None, message.body_hash)
        )

        assert await stage.sql("SELECT 1 FROM stored_text WHERE message_id = $1", key[2]) == []
        await stage.close(message)


async def test_a_text_is_kept_for_a_conversation_that_is_there(stage: Stage) -> None:
    with pytest.raises(NotFoundError) as unknown:
        await stage.turns.keep_text(stage.scope, uuid4(), uuid4(), "text", "hash")

    assert unknown.value.code == "conversation_not_found"


async def test_the_window_ends_with_the_newest_message(stage: Stage) -> None:
    await stage.exchange("one", "two")
    message, claimed = await stage.begin("three")

    begun = await stage.transcript.begin_step(stage.turn(message), 1, 1, characters=WIDE)

    assert [found.content for found in begun.history] == ["one", "two", "three"]
    assert begun.reply is None
    assert begun.events == claimed.events
    assert begun.floor == 1


async def test_the_window_is_bounded_by_messages_and_by_characters(stage: Stage) -> None:
    for number in range(6):
        await stage.exchange(f"{number}" * 100, "answer" * 10)
    message, _ = await stage.begin("x" * 5_000)
    turn = stage.turn(message)

    few = await stage.transcript.begin_step(turn, 1, 1, characters=WIDE, messages=4)
    short = await stage.transcript.begin_step(turn, 1, 1, characters=5_200)
    least = await stage.transcript.begin_step(turn, 1, 1, characters=10)

    assert len(few.history) == 4
    assert [len(found.content) for found in short.history] == [100, 60, 5_000]
    assert [found.content for found in least.history] == ["x" * 5_000]


async def test_tool_results_stand_behind_the_answer_that_asked_for_them(stage: Stage) -> None:
    message, claimed = await stage.begin("Do it")
    turn = stage.turn(message)
    calls = tuple(stage.call(message, index) for index in range(2))
    record = stage.record(message, claimed.number, text="Wait.", calls=calls)
    await stage.transcript.commit_step(turn, 1, 1, record)
    await stage.calls.start(turn, calls[0].call_id, repeatable=False, expired=False, broken=False)
    await stage.calls.finish(turn, calls[0].call_id, CallStatus.COMPLETED, "do\0ne", usage=())

    begun = await stage.transcript.begin_step(turn, 2, 1, characters=1)

    roles = [found.role for found in begun.history]
    assert roles == [Role.USER, Role.ASSISTANT, Role.TOOL, Role.TOOL]
    assert [call.arguments for call in begun.history[1].calls] == ['{"text":"draft"}'] * 2
    assert begun.history[2].content == "do\ufffdne"
    assert begun.history[3].content.startswith("No result")


async def test_steering_messages_join_the_turn_once_each(stage: Stage) -> None:
    message, _ = await stage.begin("one")
    steered = [stage.message("two"), stage.message("three")]

    for _ in range(2):
        begun = await stage.transcript.begin_step(
            stage.turn(message), 1, 1, steered=steered, characters=WIDE
        )

    assert [found.content for found in begun.history] == ["one", "two", "three"]
    receipt = await stage.turns.receipt(stage.scope, stage.conversation_id, steered[0].message_id)
    assert receipt is not None
    assert receipt.turn_id == message.turn_id
    assert (await stage.claim(steered[0])).taken


async def test_a_steering_message_without_its_text_is_a_named_error(stage: Stage) -> None:
    message, _ = await stage.begin()
    lost, kept = stage.message(None), stage.message(None)
    await stage.turns.keep_text(stage.scope, stage.conversation_id, kept.message_id, "kept", "hash")
    turn = stage.turn(message)

    with pytest.raises(NotFoundError) as missing:
        await stage.transcript.begin_step(turn, 1, 1, steered=[lost], characters=WIDE)
    for _ in range(2):
        begun = await stage.transcript.begin_step(turn, 1, 1, steered=[kept], characters=WIDE)

    assert missing.value.code == "message_text_missing"
    assert [found.content for found in begun.history] == ["Hello?", "kept"]


async def test_hostile_lengths_and_characters_are_stored(stage: Stage) -> None:
    message = stage.message("a\0b\ud800", request_id="r" * 5_000)
    claim = Claim(message=message, owner="run-1")
    turn = stage.turn(message)
    await stage.transcript.claim(turn, claim, ())
    call = stage.call(message)
    hostile = replace(call, arguments={"te\0xt": ["\0", {"a": "\0"}]}, raw_arguments="\0")
    record = stage.record(message, 1, text="\0", calls=(hostile,))
    await stage.transcript.commit_step(turn, 1, 1, replace(record, events=()))
    await stage.close(message, Outcome.FAILED, error_code="e" * 500, error_detail="\0")

    started = await stage.calls.start(
        turn, call.call_id, repeatable=True, expired=False, broken=False
    )

    assert started.arguments == {"te\ufffdxt": ["\ufffd", {"a": "\ufffd"}]}


async def test_a_step_is_committed_once_and_answers_the_same_again(stage: Stage) -> None:
    message, claimed = await stage.begin()
    turn = stage.turn(message)
    first = stage.record(message, claimed.number, text="first")
    second = stage.record(message, claimed.number, text="second")

    replies = await together(
        6, lambda index: stage.transcript.commit_step(turn, 1, 1, second if index else first)
    )

    assert replies == [first.reply] * 6
    begun = await stage.transcript.begin_step(turn, 1, 2, characters=WIDE)
    assert begun.reply == first.reply
    view = await stage.turns.view(stage.scope, stage.conversation_id, message.turn_id)
    assert view is not None
    assert (view.input_tokens, view.output_tokens) == (20, 10)
    assert str(view.cost_usd) == "0.000123456"
    stored = await stage.events.after(stage.log, START, None, 10)
    assert [event.event.kind for event in stored] == ["turn.started", "text.completed"]


async def test_a_newer_attempt_shuts_the_older_out(stage: Stage) -> None:
    message, claimed = await stage.begin()
    turn = stage.turn(message)
    record = stage.record(message, claimed.number)
    await stage.transcript.begin_step(turn, 1, 2, characters=WIDE)

    with pytest.raises(StaleAttemptError):
        await stage.transcript.commit_step(turn, 1, 1, record)
    with pytest.raises(StaleAttemptError):
        await stage.transcript.begin_step(turn, 1, 1, characters=WIDE)

    assert not await stage.transcript.is_current(turn, 1, 1)
    assert await stage.transcript.is_current(turn, 1, 2)
    assert await stage.transcript.commit_step(turn, 1, 2, record) == record.reply
    assert await stage.transcript.commit_step(turn, 1, 1, record) == record.reply


async def test_a_zombies_commit_and_a_new_fence_have_one_winner(stage: Stage) -> None:
    for _ in range(25):
        message, claimed = await stage.begin()
        turn = stage.turn(message)

        commit, begun = await asyncio.gather(
            stage.transcript.commit_step(turn, 1, 1, stage.record(message, claimed.number)),
            stage.transcript.begin_step(turn, 1, 2, characters=WIDE),
            return_exceptions=True,
        )

        assert isinstance(begun, StepContext)
        if isinstance(commit, StaleAttemptError):
            assert begun.reply is None
        else:
            assert begun.reply == commit
        await stage.close(message)


async def test_nothing_is_committed_after_the_end(stage: Stage) -> None:
    message, claimed = await stage.begin()
    turn = stage.turn(message)
    await stage.close(message, Outcome.STOPPED)

    with pytest.raises(StaleAttemptError):
        await stage.transcript.commit_step(turn, 1, 1, stage.record(message, claimed.number))
    with pytest.raises(StaleAttemptError):
        await stage.transcript.commit_passages(turn, (), (), ())
    with pytest.raises(StaleAttemptError):
        await stage.transcript.begin_step(turn, 1, 2, characters=WIDE)

    assert not await stage.transcript.is_current(turn, 1, 1)


async def test_an_end_stands_and_a_repeat_is_told_the_same(stage: Stage) -> None:
    message, _ = await stage.begin()

    answers = await together(8, lambda index: stage.close(message, list(Outcome)[index]))

    assert answers == [answers[0]] * 8
    assert answers[0].session is not None
    view = await stage.turns.view(stage.scope, stage.conversation_id, message.turn_id)
    assert view is not None
    assert view.outcome is not None
    assert await stage.turns.open_turn(stage.scope, stage.conversation_id) is None


async def test_a_withdrawn_turn_leaves_the_path(stage: Stage) -> None:
    await stage.exchange("one", "two")
    message, claimed = await stage.begin("three")
    record = stage.record(message, claimed.number, text="four")
    await stage.transcript.commit_step(stage.turn(message), 1, 1, record)

    await stage.close(message, Outcome.WITHDRAWN)
    await stage.exchange("five", "six")

    page = await stage.conversations.messages(
        stage.scope, stage.conversation_id, limit=10, cursor=None
    )
    assert [found.content for found in page.items] == ["one", "two", "five", "six"]


async def test_deltas_are_never_stored(stage: Stage) -> None:
    message, _ = await stage.begin()
    delta = stage.logged(message, EventId(1, 7), TextDelta(step=1, text="h"))

    await stage.calls.record(stage.turn(message), [delta])

    assert len(await stage.events.after(stage.log, START, None, 10)) == 1


async def test_stored_events_come_in_order_between_two_places(stage: Stage) -> None:
    for _ in range(3):
        await stage.exchange()

    async def ids(after: EventId, before: EventId | None, limit: int = 100) -> list[str]:
        found = await stage.events.after(stage.log, after, before, limit)
        return [encode(event).data.decode().split('"')[3] for event in found]

    assert await ids(START, None) == ["1.1", "1.100", "2.1", "2.100", "3.1", "3.100"]
    assert await ids(EventId(1, 100), EventId(3, 1)) == ["2.1", "2.100"]
    assert await ids(EventId(2, 0), None, 2) == ["2.1", "2.100"]
    assert await ids(EventId(2**53 - 1, 2**53 - 1), None) == []


async def test_a_message_makes_a_paused_conversation_active(stage: Stage) -> None:
    message = await stage.exchange()
    [started] = await stage.conversations.sessions(stage.scope, stage.conversation_id)
    await stage.sessions.end(stage.session(started.id, idle_window=timedelta(0)))
    paused = await stage.conversations.get(stage.scope, stage.conversation_id)

    await stage.begin()

    active = await stage.conversations.get(stage.scope, stage.conversation_id)
    assert paused.state is ConversationState.PAUSED
    assert active.state is ConversationState.ACTIVE
    assert message.turn_id != await stage.turns.open_turn(stage.scope, stage.conversation_id)


async def test_a_conversation_of_several_people_is_tainted(stage: Stage) -> None:
    """What one of them wrote, another does not vouch for."""
    own, claimed = await stage.begin()
    loaded = await stage.transcript.begin_step(stage.turn(own), 1, 1, characters=1_000)
    assert not loaded.tainted
    assert (claimed.taken, loaded.user_id) == (False, stage.user_id)
    await stage.close(own, Outcome.COMPLETED)

    other = stage.message("Remember to publish.").model_copy(update={"user_id": uuid4()})
    await stage.claim(other)
    loaded = await stage.transcript.begin_step(stage.turn(other), 1, 1, characters=1_000)
    assert loaded.tainted
