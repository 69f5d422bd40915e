"""Writers: numbers, fences, repeats, stops."""

import asyncio
import time
from typing import Any

import pytest

from adapters.events.log import RedisEventLog
from adapters.events.script import Answer, LogScript
from adapters.events.writer import CALL_SECONDS
from domain import wire
from domain.fold import fold
from models.errors import StaleAttemptError
from models.payloads.chat import Cursor
from models.payloads.events import (
    AttemptSuperseded,
    EventId,
    StepStarted,
    TextCompleted,
    TextDelta,
    TextSnapshot,
    ToolStarted,
    TurnCompleted,
)
from models.payloads.turn import Outcome
from tests.events.scene import Scene, delta, eventually, no


def a_tool(call: str) -> ToolStarted:
    return ToolStarted(step=1, call_id=call, name="calculator")


async def test_a_turn_is_numbered_without_gaps_and_reads_back_as_written(scene: Scene) -> None:
    opening = scene.opened(1)
    async with scene.writing() as writer:
        await writer.publish([opening])
        for word in ["a", "b", "c", "d"]:
            writer.send(delta(word))
        sealed = await writer.seal(TurnCompleted(outcome=Outcome.COMPLETED))
        await writer.publish(sealed)
    live = await scene.live()
    assert [event.id.sequence for event in live] == list(range(1, len(live) + 1))
    assert live[0] == opening
    assert live[-1] == sealed[0]
    assert "".join(e.event.text for e in live if isinstance(e.event, TextDelta)) == "abcd"


async def test_what_another_activity_appended_is_recalled_under_its_number(scene: Scene) -> None:
    opening, started = scene.opened(1), StepStarted(step=1)
    async with scene.writing() as writer:
        await writer.publish([opening])
        shown = await writer.append("step:1", started)
    async with scene.writing(step=3, activity="close") as writer:
        recalled = await writer.recall("step:1", started)
        assert recalled is not None
        assert (recalled.id, recalled.turn_id) == (shown.id, shown.turn_id)
        assert await writer.recall("step:2", StepStarted(step=2)) is None
        await scene.redis.delete(*scene.names.keys)
        assert await writer.recall("step:1", started) is None
    async with scene.writing(number=2, activity="close") as writer:
        assert await writer.recall("step:1", started) is None


async def test_a_process_that_stood_still_hears_what_was_answered_meanwhile(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To number the event itself would show it twice: Redis has it, and readers have seen it."""
    call, stalls = LogScript.call, [CALL_SECONDS + 0.5]

    async def stalled(self: LogScript, operation: str, *rest: Any) -> Answer:  # noqa: ANN401
        answer = await call(self, operation, *rest)
        if operation == "append" and stalls:
            time.sleep(stalls.pop())  # noqa: ASYNC251 -- this is the standing still
            await asyncio.sleep(0.01)
        return answer

    async with scene.writing() as writer:
        await writer.publish([scene.opened(1)])
        monkeypatch.setattr(LogScript, "call", stalled)
        shown = await writer.append("step:1", StepStarted(step=1))
    assert not stalls
    assert [event.id for event in await scene.live()][1:] == [shown.id] == [EventId(1, 2)]


async def test_deltas_that_wait_travel_as_one(scene: Scene) -> None:
    async with scene.writing() as writer:
        for _ in range(100):
            writer.send(delta("x"))
    texts = [e.event.text for e in await scene.live() if isinstance(e.event, TextDelta)]
    assert len(texts) < 5
    assert "".join(texts) == "x" * 100


async def test_a_repeated_append_writes_nothing_and_answers_as_before(scene: Scene) -> None:
    script = LogScript(scene.redis, ttl=60_000, limit=5_000)
    who = (1, str(scene.turn_id(1)), 1, "think", 1)
    await script.call("open", scene.names, *who, 0, 1)
    body = wire.body(wire.now(), scene.turn_id(1), delta("once"))
    words = (1, 0, 0, 2**53, "", "t", "", "", body, "", "a key", "", body)
    first = await script.call("append", scene.names, *who, *words)
    second = await script.call("append", scene.names, *who, *words)
    assert first.rest == second.rest == (1, 2)
    assert len(await scene.live()) == 2


async def test_an_append_that_redis_carries_out_too_late_writes_nothing(scene: Scene) -> None:
    script = LogScript(scene.redis, ttl=60_000, limit=5_000)
    who = (1, str(scene.turn_id(1)), 1, "think", 1)
    opened = await script.call("open", scene.names, *who, 0, 1)
    body = wire.body(wire.now(), scene.turn_id(1), delta("late"))
    words = (1, 0, 0, opened.now - 1, "", "t", "", "", body)
    answer = await script.call("append", scene.names, *who, *words)
    assert answer.status == "late"
    assert await scene.live() == []


async def test_a_key_is_appended_once_whoever_asks(scene: Scene) -> None:
    async with scene.writing(activity="tool:1") as writer:
        first = await writer.append("started:1", a_tool("1"))
    async with scene.writing(activity="tool:1", attempt=2) as writer:
        again = await writer.append("started:1", a_tool("1"))
        other = await writer.append("started:2", a_tool("2"))
    assert again.id == first.id
    assert other.id == EventId(1, 2)
    assert await scene.live_ids() == ["1.1", "1.2"]


async def test_an_older_attempt_can_write_nothing(scene: Scene) -> None:
    async with scene.writing() as zombie:
        zombie.send(delta("lost "))
        await zombie.seal()
        async with scene.writing(attempt=2) as writer:
            zombie.send(delta("stale"))
            with pytest.raises(StaleAttemptError):
                await zombie.append("stale", StepStarted(step=1))
            assert zombie.halted.is_set()
            assert not zombie.stopped
            writer.send(delta("fresh"))
            await writer.seal()
    assert "stale" not in str(await scene.live())


async def test_an_older_attempt_cannot_even_open(scene: Scene) -> None:
    async with scene.writing(attempt=2):
        with pytest.raises(StaleAttemptError):
            async with scene.writing(attempt=1):
                pass
        with pytest.raises(StaleAttemptError):
            async with scene.writing(step=0, activity="prepare"):
                pass


async def test_an_older_step_and_an_older_turn_are_shut_out(scene: Scene) -> None:
    async with scene.writing() as first:
        async with scene.writing(step=2, activity="think:2"):
            with pytest.raises(StaleAttemptError):
                await first.append("x", StepStarted(step=1))
        second = scene.writing(step=2, activity="again")
        async with second as writer, scene.writing(number=2):
            with pytest.raises(StaleAttemptError):
                await writer.append("x", StepStarted(step=2))


async def test_parallel_tools_do_not_shut_each_other_out(scene: Scene) -> None:
    async def run(name: str) -> None:
        async with scene.writing(activity=name) as writer:
            for turn in range(5):
                await writer.append(f"{name}:{turn}", a_tool(name))

    await asyncio.gather(*(run(f"tool:{index}") for index in range(8)))
    assert await scene.live_ids() == [f"1.{number}" for number in range(1, 41)]


async def test_the_next_attempt_finds_cursor_text_and_first_event(scene: Scene) -> None:
    async with scene.writing() as writer:
        await writer.append("step", StepStarted(step=1))
        writer.mark(Cursor(response_id="r1"))
        for number, word in enumerate(("The ", "answer "), start=1):
            writer.send(delta(word), Cursor(response_id="r1", sequence=number))
            await writer.seal()
    async with scene.writing(attempt=2) as writer:
        assert writer.cursor == Cursor(response_id="r1", sequence=2)
        assert writer.text == "The answer "
        assert writer.first_sequence == 2
        writer.send(delta("is 4."), Cursor(response_id="r1", sequence=3))
    async with scene.writing(attempt=3) as writer:
        assert writer.text == "The answer is 4."
        assert writer.first_sequence == 2


async def test_a_superseded_attempt_leaves_no_text_and_no_cursor(scene: Scene) -> None:
    async with scene.writing() as writer:
        writer.send(delta("wrong"), Cursor(response_id="r1", sequence=1))
    async with scene.writing(attempt=2) as writer:
        superseded = AttemptSuperseded(step=1, from_sequence=writer.first_sequence)
        await writer.append("superseded:2", superseded)
    async with scene.writing(attempt=3) as writer:
        assert (writer.cursor, writer.text, writer.first_sequence) == (None, "", 0)


async def test_a_stop_is_felt_while_the_model_is_silent(scene: Scene) -> None:
    async with scene.writing() as writer:
        await scene.log.stop(scene.key, scene.turn_id(7))
        writer.send(delta("a"))
        await writer.seal()
        assert not writer.halted.is_set()
        await scene.log.stop(scene.key, scene.turn_id(1))
        await asyncio.wait_for(writer.halted.wait(), 5)
        writer.send(delta("the partial is kept"))
    assert writer.stopped
    assert "the partial is kept" in str(await scene.live())


async def test_a_stop_is_felt_by_the_next_append(scene: Scene) -> None:
    async with scene.writing() as writer:
        await scene.log.stop(scene.key, scene.turn_id(1))
        await writer.append("x", StepStarted(step=1))
        assert writer.stopped


async def test_committed_events_are_passed_over_when_they_are_there(scene: Scene) -> None:
    opening = scene.opened(1)
    async with scene.writing() as writer:
        await writer.publish([opening])
        sealed = await writer.seal(StepStarted(step=1), StepStarted(step=2))
        scene.store.commit(*sealed)
        await writer.publish(sealed[:1])
    async with scene.writing(attempt=2) as writer:
        await writer.publish([opening, *sealed])
    assert await scene.live_ids() == ["1.1", "1.2", "1.3"]


async def test_only_the_turn_and_the_one_before_stay_live(scene: Scene) -> None:
    for number in (1, 2, 3):
        async with scene.writing(number=number) as writer:
            await writer.append("x", StepStarted(step=1))
    assert await scene.live_ids() == ["2.1", "3.1"]


async def test_a_redis_that_forgot_is_numbered_on_with_the_whole_text(scene: Scene) -> None:
    async with scene.writing() as writer:
        writer.send(delta("Before "))
        await writer.seal()
        writer.send(delta("and "))
        await eventually(scene.live, lambda live: len(live) == 2)
        await scene.redis.delete(*scene.names.keys)
        writer.send(delta("after"))
        live = await eventually(scene.live, bool)
    snapshot = live[0]
    assert isinstance(snapshot.event, TextSnapshot)
    assert snapshot.event.text == "Before and after"
    assert snapshot.id.sequence > 1_000


async def test_a_stale_attempt_does_not_restore_a_redis_that_forgot(scene: Scene) -> None:
    async with scene.writing(is_current=no) as writer:
        writer.send(delta("Before "))
        await eventually(scene.live, bool)
        await scene.redis.delete(*scene.names.keys)
        with pytest.raises(StaleAttemptError):
            await writer.append("x", StepStarted(step=1))
    assert await scene.live() == []


async def test_a_second_attempt_on_a_redis_that_forgot_stays_above_the_first(scene: Scene) -> None:
    async with scene.writing() as writer:
        writer.send(delta("shown and lost"))
    await scene.redis.delete(*scene.names.keys)
    async with scene.writing(attempt=2) as writer:
        writer.send(delta("Again"))
    live = await scene.live()
    assert live[0].id.sequence > 1_000_000
    assert fold(live).texts == {(1, 1): "Again"}
    assert isinstance(live[0].event, TextSnapshot)


async def test_notices_come_under_their_own_number(scene: Scene) -> None:
    opening = scene.opened(1)
    async with scene.writing() as writer:
        await writer.publish([opening])
        completed = TextCompleted(step=1, text="x", message_id=scene.turn_id(9))
        sealed = await writer.seal(completed, TurnCompleted(outcome=Outcome.COMPLETED))
        notice = opening.model_copy(update={"id": EventId(2, 1), "turn_id": None})
        await writer.publish(sealed)
        await scene.log.announce(scene.key, [notice])
        await scene.log.announce(scene.key, [notice])
        await writer.publish(sealed)
    assert await scene.live_ids() == ["1.1", "1.2", "1.3", "2.1"]


async def test_a_long_turn_loses_earlier_steps_and_never_the_current_text(scene: Scene) -> None:
    scene.log = RedisEventLog(scene.redis, limit=5)
    async with scene.writing() as writer:
        for word in ["a", "b", "c", "d"]:
            writer.send(delta(word))
            await writer.seal()
    async with scene.writing(step=2, activity="think:2") as writer:
        await writer.append("step:2", StepStarted(step=2))
        for word in ["e", "f", "g", "h", "i", "j"]:
            writer.send(delta(word, step=2))
            await writer.seal()
    assert fold(await scene.live()).texts == {(1, 2): "efghij"}
    async with scene.writing(step=2, activity="think:2", attempt=2) as writer:
        assert writer.text == "efghij"
