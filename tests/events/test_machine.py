"""Whatever happens in whatever order, every reader ends with the stored log."""

import asyncio
from collections.abc import Iterator
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)
from redis.asyncio import Redis

from adapters.events import writer
from adapters.events.connection import connect
from tests.events.machine import Conversation, run
from tests.events.server import RedisServer

WORDS = st.sampled_from(["four ", "is ", "even ", "\u2028", "né "])


class EventLogMachine(RuleBasedStateMachine):
    """Rules are what happens; Conversation holds what must be true then."""

    loop: ClassVar[asyncio.Runner]
    redis: ClassVar[Redis]
    talk: Conversation

    @initialize()
    def arrive(self) -> None:
        async def begin() -> None:
            self.talk = Conversation.on(self.redis)
            await self.talk.join()
            await self.talk.begin_turn()

        run(self.loop, begin)

    def teardown(self) -> None:
        async def end() -> None:
            try:
                if self.talk.thinking is None and self.talk.tools:
                    await self.talk.begin_step()
                if self.talk.thinking is not None:
                    await self.talk.end_turn(published=True)
            finally:
                await self.talk.close()

        run(self.loop, end)

    @property
    def thinks(self) -> bool:
        return self.talk.thinking is not None

    @property
    def acts(self) -> bool:
        """The step's thinking is done and the turn goes on."""
        return not self.thinks and self.talk.sealed[-1].event.kind != "turn.completed"

    @precondition(lambda self: self.thinks)
    @rule(words=WORDS, flush=st.booleans())
    def say(self, words: str, *, flush: bool) -> None:
        run(self.loop, lambda: self.talk.say(words, flush=flush))

    @precondition(lambda self: self.thinks)
    @rule()
    def supersede(self) -> None:
        run(self.loop, self.talk.supersede)

    @precondition(lambda self: self.thinks)
    @rule()
    def resume(self) -> None:
        run(self.loop, self.talk.resume)

    @precondition(lambda self: self.thinks)
    @rule(published=st.booleans())
    def end_step(self, *, published: bool) -> None:
        run(self.loop, lambda: self.talk.end_step(published=published))

    @precondition(lambda self: self.thinks)
    @rule(published=st.booleans())
    def end_turn(self, *, published: bool) -> None:
        run(self.loop, lambda: self.talk.end_turn(published=published))

    @precondition(lambda self: self.acts)
    @rule(name=st.sampled_from("ab"))
    def run_tool(self, name: str) -> None:
        run(self.loop, lambda: self.talk.run_tool(name))

    @precondition(lambda self: self.talk.tools)
    @rule(data=st.data())
    def finish_tool(self, data: Any) -> None:  # noqa: ANN401  # Hypothesis names no type for it
        activity = data.draw(st.sampled_from(sorted(self.talk.tools)))
        run(self.loop, lambda: self.talk.finish_tool(activity))

    @precondition(lambda self: self.acts)
    @rule()
    def begin_step(self) -> None:
        run(self.loop, self.talk.begin_step)

    @precondition(lambda self: not self.thinks and not self.acts)
    @rule()
    def begin_turn(self) -> None:
        run(self.loop, self.talk.begin_turn)

    @precondition(lambda self: self.talk.zombies)
    @rule(data=st.data())
    def zombie_writes(self, data: Any) -> None:  # noqa: ANN401  # as above
        index = data.draw(st.integers(0, len(self.talk.zombies) - 1))
        zombie = self.talk.zombies.pop(index)
        run(self.loop, lambda: self.talk.zombie_writes(zombie))

    @rule()
    def lose_the_next_reply(self) -> None:
        self.talk.script.repeat = True

    @rule()
    def flush_redis(self) -> None:
        run(self.loop, self.talk.forget)

    @rule(data=st.data())
    def reconnect(self, data: Any) -> None:  # noqa: ANN401  # as above
        reader = self.talk.readers[data.draw(st.integers(0, len(self.talk.readers) - 1))]
        run(self.loop, lambda: self.talk.reconnect(reader))

    @precondition(lambda self: len(self.talk.readers) < 4)
    @rule()
    def join(self) -> None:
        run(self.loop, self.talk.join)

    @precondition(lambda self: len(self.talk.readers) < 4)
    @rule(place=st.integers(0, 100))
    def return_to_any_place(self, place: int) -> None:
        run(self.loop, lambda: self.talk.return_to(self.talk.readers[0], place))


@pytest.fixture
def machine(
    own_server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> Iterator[type[EventLogMachine]]:
    # Time stands still between rules: what writers do now and then, they do at once.
    monkeypatch.setattr(writer, "TICK_SECONDS", 0.005)
    with asyncio.Runner() as loop:
        EventLogMachine.loop = loop
        EventLogMachine.redis = connect(own_server.url)
        yield EventLogMachine
        loop.run(EventLogMachine.redis.aclose())


def test_every_reader_ends_with_the_stored_log(machine: type[EventLogMachine]) -> None:
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=60,
            stateful_step_count=40,
            # Without shrinking a failure is told within seconds; add it to look for a small one.
            phases=[Phase.reuse, Phase.generate],
            report_multiple_bugs=False,
            suppress_health_check=list(HealthCheck),
        ),
    )
