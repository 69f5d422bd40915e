"""Readers: from any place, live and stored as one, to a definite end."""

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack
from types import AsyncGeneratorType
from typing import Any
from uuid import uuid4

import pytest

from adapters.events import mailbox, replay
from domain import wire
from domain.fold import fold
from domain.ports.events import LogWriter
from models.payloads.events import (
    LARGEST,
    START,
    AttemptSuperseded,
    Event,
    EventId,
    LoggedEvent,
    SessionSummarised,
    StepStarted,
    TextCompleted,
    TurnCompleted,
)
from models.payloads.turn import Outcome
from tests.events.following import following
from tests.events.scene import Scene, delta, eventually, no, yes
from tests.waiting import until

ANSWER = ("The ", "answer ", "is ", "4.")


def the_end(text: str = "".join(ANSWER)) -> tuple[Event, Event]:
    completed = TextCompleted(step=1, text=text, message_id=uuid4())
    return completed, TurnCompleted(outcome=Outcome.COMPLETED, message_id=completed.message_id)


async def end(scene: Scene, writer: LogWriter, text: str = "".join(ANSWER)) -> LoggedEvent:
    """Seal, commit and publish the end of a turn."""
    sealed = await writer.seal(*the_end(text))
    scene.store.commit(*sealed)
    await writer.publish(sealed)
    return sealed[-1]


async def say(writer: LogWriter, *words: str) -> None:
    """Send words, each in an append of its own."""
    for word in words:
        writer.send(delta(word))
        await writer.seal()


async def a_turn(scene: Scene, number: int = 1) -> LoggedEvent:
    opening = scene.opened(number)
    async with scene.writing(number=number) as writer:
        await writer.publish([opening])
        await say(writer, *ANSWER)
        return await end(scene, writer)


async def test_a_reader_gets_a_turn_live_and_whole(scene: Scene) -> None:
    async with following(scene.feed, scene.key) as reader:
        last = await a_turn(scene)
        await reader.reaches(last.id)
    assert reader.logged == await scene.live()
    assert reader.folded == fold(scene.store.events.values())


async def test_a_reader_resumes_from_every_place_that_was_ever_sent(scene: Scene) -> None:
    for number in (1, 2):
        last = await a_turn(scene, number)
    live = await scene.live()
    for place in [START, *(event.id for event in live)]:
        async with following(scene.feed, scene.key, place) as reader:
            reader.seen += []
            if place < last.id:
                await reader.reaches(last.id)
            assert reader.logged == [event for event in live if event.id > place]


async def test_a_reader_of_a_trimmed_log_gets_the_rest_from_the_store(scene: Scene) -> None:
    for number in (1, 2, 3, 4):
        last = await a_turn(scene, number)
    async with following(scene.feed, scene.key, EventId(1, 2)) as reader:
        await reader.reaches(last.id)
    stored = [event for id_, event in scene.store.events.items() if id_ > EventId(1, 2)]
    assert reader.folded.coarse == fold(stored).coarse
    assert [id_.turn for id_ in reader.ids] == sorted(id_.turn for id_ in reader.ids)
    assert sum(event.kind == "text.delta" for event in reader.seen) == 2 * len(ANSWER)


async def test_a_reader_a_week_later_gets_everything_from_the_store(scene: Scene) -> None:
    await a_turn(scene)
    last = await a_turn(scene, 2)
    await scene.redis.delete(*scene.names.keys)
    async with following(scene.feed, scene.key) as reader:
        await reader.reaches(last.id)
    assert reader.logged == list(scene.store.events.values())


async def test_superseded_text_is_never_replayed(scene: Scene) -> None:
    opening = scene.opened(1)
    async with scene.writing() as writer:
        await writer.publish([opening])
        await say(writer, "wrong ", "words ")
    async with scene.writing(attempt=2) as writer:
        superseded = AttemptSuperseded(step=1, from_sequence=writer.first_sequence)
        await writer.append("superseded:2", superseded)
        await say(writer, *ANSWER)
        last = await end(scene, writer)
    async with following(scene.feed, scene.key) as late:
        await late.reaches(last.id)
    assert "wrong" not in str(late.seen)
    async with following(scene.feed, scene.key, EventId(1, 2)) as between:
        await between.reaches(last.id)
    assert "words" not in str(between.seen)
    assert between.seen[0].kind == "attempt.superseded"


async def test_superseded_text_stays_away_in_the_next_turn_too(scene: Scene) -> None:
    opening = scene.opened(1)
    async with scene.writing() as writer:
        await writer.publish([opening])
        await say(writer, "wrong")
    async with scene.writing(attempt=2) as writer:
        await writer.append("s", AttemptSuperseded(step=1, from_sequence=2))
        await end(scene, writer)
    last = await a_turn(scene, 2)
    async with following(scene.feed, scene.key) as reader:
        await reader.reaches(last.id)
    assert "wrong" not in str(reader.seen)


async def test_a_reader_fills_a_gap_in_what_it_hears(scene: Scene) -> None:
    opening = scene.opened(1)
    async with following(scene.feed, scene.key) as reader, scene.writing() as writer:
        await writer.publish([opening])
        await reader.reaches(opening.id)
        # An append whose message this reader does not get.
        channel = next(iter(scene.feed._hub._channels.values()))
        boxes, channel.mailboxes = channel.mailboxes, set()
        await say(writer, "unheard ")
        await eventually(scene.live_ids, lambda ids: len(ids) == 2)
        async with following(scene.feed, scene.key) as other:
            await other.reaches(EventId(1, 2))
            channel.mailboxes |= boxes
            await say(writer, "heard")
            await reader.reaches(EventId(1, 3))
    assert reader.folded.texts == {(1, 1): "unheard heard"}


async def test_a_reader_that_falls_behind_reads_the_log_instead_of_what_waits(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mailbox, "MESSAGES", 3)
    opening = scene.opened(1)
    async with scene.writing() as writer:
        await writer.publish([opening])
        slow = scene.feed.follow(scene.key, START, turn_id=scene.turn_id(1))
        seen = [await anext(slow)]
        await say(writer, *ANSWER)
        await end(scene, writer)
        box = next(iter(next(iter(scene.feed._hub._channels.values())).mailboxes))
        await until(lambda: box.again)
        assert box.take() is None
        seen += [event async for event in slow]
    assert [wire.decode(event.data) for event in seen] == await scene.live()


async def test_an_event_larger_than_what_may_wait_is_passed_on_all_the_same(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mailbox, "BYTES", 10)
    async with following(scene.feed, scene.key) as reader:
        last = await a_turn(scene)
        await reader.reaches(last.id)
    assert reader.logged == await scene.live()


@pytest.mark.parametrize("forgotten", [False, True])
async def test_a_long_log_is_read_page_by_page(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, *, forgotten: bool
) -> None:
    monkeypatch.setattr(replay, "LIVE", 2)
    monkeypatch.setattr(replay, "STORED", 2)
    for number in (1, 2, 3):
        last = await a_turn(scene, number)
    expected = await scene.live()
    if forgotten:
        expected = list(scene.store.events.values())
        await scene.redis.delete(*scene.names.keys)
    elif expected[0].id.turn > 1:
        expected = [event for event in scene.store.events.values() if event.id.turn == 1] + expected
    async with following(scene.feed, scene.key) as reader:
        await reader.reaches(last.id)
    assert reader.logged == expected


async def test_a_crowd_asks_the_store_a_few_at_a_time(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    last = await a_turn(scene)
    await scene.redis.delete(*scene.names.keys)
    at_once = most = 0
    ask, full = scene.store.after, asyncio.Event()

    async def counted(*asked: Any) -> Sequence[LoggedEvent]:  # noqa: ANN401 - passed through
        nonlocal at_once, most
        at_once += 1
        most = max(most, at_once)
        if at_once == replay.STORED_READS:
            full.set()
        try:
            # However slowly they come, as many are here at once as may be.
            await full.wait()
            await asyncio.sleep(0)
            return await ask(*asked)
        finally:
            at_once -= 1

    monkeypatch.setattr(scene.store, "after", counted)
    async with AsyncExitStack() as stack:
        crowd = [
            await stack.enter_async_context(following(scene.feed, scene.key)) for _ in range(40)
        ]
        for reader in crowd:
            await reader.reaches(last.id)
    assert most == replay.STORED_READS


async def test_a_reader_of_one_turn_ends_with_it(scene: Scene) -> None:
    async with following(scene.feed, scene.key, turn_id=scene.turn_id(1)) as reader:
        last = await a_turn(scene)
        await reader.ended()
    assert reader.ids[-1] == last.id


@pytest.mark.parametrize("forgotten", [False, True])
async def test_a_reader_of_a_turn_that_is_over_ends_at_once(
    scene: Scene, *, forgotten: bool
) -> None:
    last = await a_turn(scene)
    await a_turn(scene, 2)
    if forgotten:
        await scene.redis.delete(*scene.names.keys)
    for place in (START, EventId(1, 3), last.id, EventId(2, 1)):
        async with following(scene.feed, scene.key, place, turn_id=scene.turn_id(1)) as reader:
            await reader.ended()
        assert all(event.id <= last.id or place >= last.id for event in reader.seen)


async def test_a_reader_until_idle_ends_with_everything(scene: Scene) -> None:
    last = await a_turn(scene)
    for place in (START, last.id, EventId(7, 7)):
        async with following(scene.feed, scene.key, place, idle=yes) as reader:
            await reader.ended()
        live = await scene.live()
        assert reader.ids == [event.id for event in live if event.id > place]


async def test_idleness_is_asked_again_after_a_turn(scene: Scene) -> None:
    ended = False

    async def idle() -> bool:
        return ended

    async with following(scene.feed, scene.key, idle=idle) as reader:
        opening = scene.opened(1)
        async with scene.writing() as writer:
            await writer.publish([opening])
            await reader.reaches(opening.id)
            ended = True
            last = await end(scene, writer, "x")
        await reader.ended()
    assert reader.ids[-1] == last.id


async def test_what_was_committed_while_idle_was_asked_is_not_missed(scene: Scene) -> None:
    opening = scene.opened(1)
    async with scene.writing() as writer:
        await writer.publish([opening])
        sealed = await writer.seal(*the_end())

    async def idle() -> bool:
        scene.store.commit(*sealed)
        return True

    async with following(scene.feed, scene.key, idle=idle) as reader:
        await reader.ended()
    assert reader.ids == [opening.id, *(event.id for event in sealed)]


async def test_a_reader_ends_when_its_time_is_over(scene: Scene) -> None:
    async with asyncio.timeout(10):
        assert [e async for e in scene.feed.follow(scene.key, START, idle=no, at_most=0.1)] == []


async def test_a_cursor_beyond_everything_gets_nothing_until_something_is_newer(
    scene: Scene,
) -> None:
    await a_turn(scene)
    async with following(scene.feed, scene.key, EventId(2, 1)) as reader:
        last = await a_turn(scene, 2)
        await reader.reaches(last.id)
        assert reader.ids[0] == EventId(2, 2)
    async with following(scene.feed, scene.key, EventId(LARGEST, LARGEST), idle=yes) as reader:
        await reader.ended()
    assert reader.seen == []


async def test_readers_hear_their_own_conversation_only(scene: Scene) -> None:
    other = Scene(scene.redis, scene.log, scene.feed, scene.key, scene.store)
    space = scene.key.scope.model_copy(update={"space_id": uuid4()})
    other.key = scene.key.model_copy(update={"scope": space})
    async with following(scene.feed, other.key) as stranger:
        async with following(scene.feed, scene.key) as reader:
            async with scene.writing() as writer:
                await say(writer, "secret")
            await reader.until(bool)
        async with other.writing() as writer:
            await writer.append("x", StepStarted(step=1))
        await stranger.until(bool)
    assert [event.kind for event in stranger.seen] == ["step.started"]


async def test_a_notice_reaches_readers_between_turns(scene: Scene) -> None:
    last = await a_turn(scene)
    summary = SessionSummarised(session_id=uuid4(), number=1, title="t", summary="s")
    notice = LoggedEvent(id=EventId(2, 1), at=last.at, event=summary)
    async with following(scene.feed, scene.key, last.id) as reader:
        scene.store.commit(notice)
        await scene.log.announce(scene.key, [notice])
        await reader.reaches(notice.id)
        await a_turn(scene, 3)
        await reader.reaches(EventId(3, 7))
    assert reader.logged[0] == notice
    assert len(reader.ids) == 8


async def test_a_turn_whose_end_was_not_published_is_complete_before_the_next(
    scene: Scene,
) -> None:
    opening = scene.opened(1)
    async with scene.writing() as writer:
        await writer.publish([opening])
        sealed = await writer.seal(*the_end())
        async with following(scene.feed, scene.key) as reader:
            await reader.reaches(opening.id)
            scene.store.commit(*sealed)
            await a_turn(scene, 2)
            await reader.reaches(EventId(2, 1))
    assert [event.id for event in sealed] == reader.ids[1:3]


async def test_a_channel_is_left_after_its_last_reader(scene: Scene) -> None:
    async def listeners() -> int:
        return int((await scene.redis.pubsub_numsub(scene.names.channel))[0][1])

    async with following(scene.feed, scene.key), following(scene.feed, scene.key):
        await eventually(listeners, lambda count: count == 1)
    await eventually(listeners, lambda count: count == 0)


async def test_a_reader_holds_nothing_of_what_it_was_given(scene: Scene) -> None:
    last = await a_turn(scene)
    reading = scene.feed.follow(scene.key, START)
    async for event in reading:
        if event.id == last.id:
            break
    assert isinstance(reading, AsyncGeneratorType)
    assert reading.ag_frame is not None
    held = reading.ag_frame.f_locals
    assert held["rest"] == []
    assert "batch" not in held
    await reading.aclose()
