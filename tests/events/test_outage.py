"""Redis away, emptied, restarted, stalled or full: turns finish, readers lose nothing."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

from domain.fold import Folded, fold
from domain.ports.events import LogWriter
from models.payloads.events import (
    Event,
    EventId,
    LoggedEvent,
    StepStarted,
    TextCompleted,
    ToolStarted,
    TurnCompleted,
)
from models.payloads.turn import Outcome
from tests.events.following import Following, following
from tests.events.scene import Scene, delta, eventually
from tests.events.server import RedisServer


async def begin(scene: Scene, writer: LogWriter) -> None:
    await writer.publish([scene.opened(1)])
    writer.send(delta("Before. "))


async def finish(scene: Scene, writer: LogWriter, text: str) -> EventId:
    completed = TextCompleted(step=1, text=text, message_id=uuid4())
    done = TurnCompleted(outcome=Outcome.COMPLETED)
    sealed = await writer.seal(completed, done)
    scene.store.commit(*sealed)
    await writer.publish(sealed)
    return sealed[-1].id


async def keep(scene: Scene, writer: LogWriter, key: str, event: Event) -> LoggedEvent:
    """Append an event, then commit it."""
    logged = await writer.append(key, event)
    scene.store.commit(logged)
    return logged


def check(scene: Scene, reader: Following) -> Folded:
    """The reader holds the stored log; its ids only rose."""
    assert reader.ids == sorted(set(reader.ids))
    held = reader.folded
    assert held == fold(scene.store.events[i] for i in sorted(scene.store.events))
    return held


@contextmanager
def stalled(server: RedisServer) -> Iterator[None]:
    os.kill(server.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(server.pid, signal.SIGCONT)


async def test_a_flush_mid_answer_repairs_itself(scene: Scene) -> None:
    async with following(scene.feed, scene.key) as reader, scene.writing() as writer:
        await begin(scene, writer)
        await reader.reaches(EventId(1, 2))
        await scene.redis.flushall()
        # Silence is enough: the writer notices, and says the whole text again.
        await reader.until(lambda seen: seen[-1].kind == "text.snapshot")
        writer.send(delta("After."))
        await reader.until(lambda seen: seen[-1].kind == "text.delta")
        assert reader.folded.texts == {(1, 1): "Before. After."}
        async with following(scene.feed, scene.key) as late:
            await late.until(lambda seen: b"After" in seen[-1].data)
            assert late.folded.texts == reader.folded.texts
        last = await finish(scene, writer, "Before. After.")
        await reader.reaches(last)
    check(scene, reader)


async def test_a_restart_mid_answer_goes_on_where_it_was(
    own_scene: Scene, own_server: RedisServer
) -> None:
    scene = own_scene
    async with following(scene.feed, scene.key) as reader, scene.writing() as writer:
        await begin(scene, writer)
        await reader.reaches(EventId(1, 2))
        own_server.kill()
        writer.send(delta("Unheard. "))
        await keep(scene, writer, "a", ToolStarted(step=1, call_id="c", name="calculator"))
        await reader.until(lambda seen: seen[-1].kind == "tool.started")
        own_server.start()
        await reader.until(lambda seen: seen[-1].kind == "text.snapshot")
        assert reader.folded.texts == {(1, 1): "Before. Unheard. "}
        last = await finish(scene, writer, "Before. Unheard. End.")
        await reader.reaches(last)
    check(scene, reader)


async def test_a_turn_without_any_redis_is_read_from_the_store(
    own_scene: Scene, own_server: RedisServer
) -> None:
    scene = own_scene
    own_server.kill()
    async with following(scene.feed, scene.key, turn_id=scene.turn_id(1)) as reader:
        async with scene.writing() as writer:
            await begin(scene, writer)
            await keep(scene, writer, "a", StepStarted(step=1))
        async with scene.writing(step=2, activity="think:2") as writer:
            await finish(scene, writer, "Before. ")
        await reader.ended()
    held = check(scene, reader)
    assert held.outcomes == {1: Outcome.COMPLETED}


async def test_parallel_tools_without_redis_take_different_numbers(
    own_scene: Scene, own_server: RedisServer
) -> None:
    scene = own_scene
    async with scene.writing(activity="tool:1") as one, scene.writing(activity="tool:2") as two:
        own_server.kill()
        for index in range(3):
            for writer in (one, two):
                key = f"{writer is one}:{index}"
                event = ToolStarted(step=1, call_id=key, name="calculator")
                await keep(scene, writer, key, event)
    assert len(scene.store.events) == 6


async def test_a_full_redis_degrades_the_stream_and_not_the_turn(
    own_scene: Scene, own_server: RedisServer
) -> None:
    scene = own_scene
    async with following(scene.feed, scene.key, turn_id=scene.turn_id(1)) as reader:
        async with scene.writing() as writer:
            await begin(scene, writer)
            await reader.reaches(EventId(1, 2))
            await scene.redis.config_set("maxmemory", "1")
            writer.send(delta("Unheard. "))
            await keep(scene, writer, "a", StepStarted(step=1))
            last = await finish(scene, writer, "Before. Unheard. ")
        await reader.ended()
    assert reader.ids[-1] == last
    check(scene, reader)


async def test_a_redis_that_has_room_again_gets_what_it_missed(
    own_scene: Scene, own_server: RedisServer
) -> None:
    scene = own_scene
    async with following(scene.feed, scene.key) as reader, scene.writing() as writer:
        await begin(scene, writer)
        await reader.reaches(EventId(1, 2))
        await scene.redis.config_set("maxmemory", "1")
        writer.send(delta("Unheard. "))
        await keep(scene, writer, "a", StepStarted(step=1))
        await scene.redis.config_set("maxmemory", "0")
        await reader.until(lambda seen: seen[-1].kind == "text.snapshot")
        writer.send(delta("Heard."))
        await reader.until(lambda seen: seen[-1].kind == "text.delta")
        assert reader.folded.texts == {(1, 1): "Before. Unheard. Heard."}
        await reader.reaches(await finish(scene, writer, "Before. Unheard. Heard."))
    check(scene, reader)


async def test_a_stalled_redis_shows_nothing_twice(
    own_scene: Scene, own_server: RedisServer
) -> None:
    scene = own_scene
    async with following(scene.feed, scene.key) as reader, scene.writing() as writer:
        await begin(scene, writer)
        await reader.reaches(EventId(1, 2))
        with stalled(own_server):
            # It lies in Redis's socket, and must not count when Redis wakes up.
            await keep(scene, writer, "a", ToolStarted(step=1, call_id="c", name="calculator"))
        last = await finish(scene, writer, "Before. ")
        await reader.reaches(last)
    check(scene, reader)
    live = [event.event.kind for event in await scene.live()]
    assert live.count("tool.started") == 1


async def test_a_redis_loaded_from_an_older_copy_is_not_believed(
    own_scene: Scene, own_server: RedisServer
) -> None:
    scene = own_scene
    async with following(scene.feed, scene.key) as reader:
        async with scene.writing() as writer:
            await begin(scene, writer)
            await reader.reaches(EventId(1, 2))
            await scene.redis.save()
            for index in range(3):
                writer.send(delta("Later. "))
                await reader.reaches(EventId(1, 3 + index))
            own_server.kill()
        own_server.start()
        await eventually(scene.live_ids, lambda ids: ids == ["1.1", "1.2"])
        async with scene.writing(attempt=2) as second:
            assert (second.text, second.cursor) == ("", None)
            second.send(delta("Again."))
            await reader.until(lambda seen: b"Again" in seen[-1].data)
            await reader.reaches(await finish(scene, second, "Again."))
    check(scene, reader)


async def test_the_end_of_a_turn_is_shown_although_redis_forgot_and_the_turn_is_over(
    scene: Scene,
) -> None:
    over = False

    async def current() -> bool:
        return not over

    reading = following(scene.feed, scene.key, turn_id=scene.turn_id(1))
    async with reading as reader, scene.writing(is_current=current) as writer:
        await begin(scene, writer)
        await reader.reaches(EventId(1, 2))
        sealed = await writer.seal(TurnCompleted(outcome=Outcome.COMPLETED))
        scene.store.commit(*sealed)
        over = True
        await scene.redis.flushall()
        await writer.publish(sealed)
        await reader.ended()
    check(scene, reader)
