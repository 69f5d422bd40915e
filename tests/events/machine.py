"""A conversation that everything happens to: the model of the event log's state machine."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import cast
from uuid import uuid4

import pytest
from redis.asyncio import Redis

from adapters.events.feed import RedisEventFeed
from adapters.events.log import RedisEventLog
from adapters.events.script import Answer, LogScript
from adapters.events.writer import RedisLogWriter
from domain.fold import coarse, fold
from domain.ports.events import LogWriter
from domain.wire import WireEvent
from models.errors import StaleAttemptError
from models.payloads.chat import Cursor
from models.payloads.events import (
    START,
    AttemptSuperseded,
    Event,
    EventId,
    LoggedEvent,
    StepStarted,
    TextCompleted,
    ToolCompleted,
    ToolStarted,
    TurnCompleted,
)
from models.payloads.turn import Outcome
from tests.events.following import Following
from tests.events.scene import Scene, Store, a_log, delta, eventually

# So few entries that a step of the machine trims.
LIMIT = 8
ZOMBIE = "written by a zombie"


class RepeatingScript(LogScript):
    """Sends a call twice when told to, as redis-py does when a reply was lost."""

    repeat = False

    async def call(self, operation: str, *arguments: object) -> Answer:
        if self.repeat and operation in {"append", "open", "restore"}:
            self.repeat = False
            await super().call(operation, *arguments)  # type: ignore[arg-type]  # passed on as given
        return await super().call(operation, *arguments)  # type: ignore[arg-type]  # passed on


@dataclass
class Attempt:
    activity: str
    number: int
    writer: LogWriter
    text: str = ""
    sent: int = 0


@dataclass
class Conversation:
    """What the activities of one conversation do, one call an action."""

    scene: Scene
    script: RepeatingScript
    turn: int = 0
    step: int = 0
    thinking: Attempt | None = None
    tools: dict[str, Attempt] = field(default_factory=dict)
    zombies: list[Attempt] = field(default_factory=list)
    readers: list[Following] = field(default_factory=list)
    current: dict[tuple[int, int, str], int] = field(default_factory=dict)
    """The attempt that Postgres believes in."""
    sealed: tuple[LoggedEvent, ...] = ()
    """Committed events of the step, perhaps not published."""
    calls: Counter[str] = field(default_factory=Counter)
    exits: AsyncExitStack = field(default_factory=AsyncExitStack)

    @classmethod
    def on(cls, redis: Redis) -> "Conversation":
        log = RedisEventLog(redis, limit=LIMIT)
        script = log._script = RepeatingScript(redis, ttl=600_000, limit=LIMIT)
        store = Store()
        feed = RedisEventFeed(redis, store)
        return cls(Scene(redis, log, feed, a_log(), store), script)

    async def close(self) -> None:
        for reader in self.readers:
            await reader.stop()
        await self.exits.aclose()
        await self.scene.feed.close()

    # Turns and steps

    async def begin_turn(self) -> None:
        self.turn, self.step = self.turn + 1, 1
        opening = self.scene.opened(self.turn)
        self.thinking = await self._open("think:1")
        await self.thinking.writer.publish([opening])

    async def begin_step(self) -> None:
        """The tools are done: think again."""
        self._leave_tools()
        self.step += 1
        self.thinking = await self._open(f"think:{self.step}")
        started = StepStarted(step=self.step)
        await self._keep(self.thinking, f"step:{self.step}", started)

    async def end_step(self, *, published: bool) -> None:
        completed = TextCompleted(step=self.step, text=self._think.text, message_id=uuid4())
        await self._seal(completed, published=published)

    async def end_turn(self, *, published: bool) -> None:
        completed = TextCompleted(step=self.step, text=self._think.text, message_id=uuid4())
        await self._seal(completed, TurnCompleted(outcome=Outcome.COMPLETED), published=published)
        await self.check()

    async def _seal(self, *events: Event, published: bool) -> None:
        think = self._think
        self.sealed = await think.writer.seal(*events)
        self.scene.store.commit(*self.sealed)
        if not published:
            # The worker dies between commit and publish: the next attempt finds the step done.
            think = await self._replace(think)
        await think.writer.publish(self.sealed)
        del self.current[self.turn, self.step, think.activity]
        self.thinking = None

    # Attempts

    @property
    def _think(self) -> Attempt:
        assert self.thinking is not None
        return self.thinking

    async def say(self, words: str, *, flush: bool) -> None:
        think = self._think
        think.sent += 1
        think.text += words
        cursor = Cursor(response_id=think.activity, sequence=think.sent)
        think.writer.send(delta(words, self.step), cursor)
        if flush:
            await think.writer.seal()

    async def supersede(self) -> None:
        """The worker died, and the provider does not keep responses."""
        think = self.thinking = await self._replace(self._think)
        if first := think.writer.first_sequence:
            event = AttemptSuperseded(step=self.step, from_sequence=first)
            await think.writer.append(f"superseded:{think.number}", event)

    async def resume(self) -> None:
        """The worker died, and the same response goes on from the cursor."""
        before = self._think.text
        think = await self._replace(self._think)
        self.thinking = think
        if think.writer.cursor is None:
            if first := think.writer.first_sequence:
                event = AttemptSuperseded(step=self.step, from_sequence=first)
                await think.writer.append(f"superseded:{think.number}", event)
            return
        think.text, think.sent = think.writer.text, think.writer.cursor.sequence
        assert before.startswith(think.text)

    async def run_tool(self, name: str) -> None:
        """A tool begins, beside those that run; or begins again after its worker died."""
        activity = f"tool:{self.step}:{name}:{self.calls[name]}"
        old = self.tools.get(activity)
        tool = await (self._open(activity) if old is None else self._replace(old))
        self.tools[activity] = tool
        started = ToolStarted(step=self.step, call_id=activity, name="calculator")
        await self._keep(tool, f"{activity}:started", started)

    async def finish_tool(self, activity: str) -> None:
        tool = self.tools.pop(activity)
        self.calls[activity.split(":")[2]] += 1
        done = ToolCompleted(step=self.step, call_id=activity, name="calculator", result="4")
        await self._keep(tool, f"{activity}:completed", done)
        del self.current[self.turn, self.step, activity]

    def _leave_tools(self) -> None:
        for activity, tool in self.tools.items():
            del self.current[self.turn, self.step, activity]
            self.zombies.append(tool)
        self.tools.clear()

    async def zombie_writes(self, zombie: Attempt) -> None:
        zombie.writer.send(delta(ZOMBIE, self.step))
        with pytest.raises(StaleAttemptError):
            await zombie.writer.append(ZOMBIE, StepStarted(step=self.step))

    async def forget(self) -> None:
        """Redis loses everything. Between two such losses every open writer has looked once, as it
        does five times a second: only so does it know how far those beside it have come."""
        attempts = [*self.tools.values(), *([self.thinking] if self.thinking else [])]
        numbers = [cast("RedisLogWriter", attempt.writer)._calls.numbers for attempt in attempts]

        async def known() -> bool:
            sequence = await self.scene.redis.hget(self.scene.names.meta, "seq")
            return all(number.told >= int(sequence or 0) for number in numbers)

        await eventually(known, bool)
        await self.scene.redis.flushall()

    # Readers

    async def join(self) -> None:
        self._follow(START, [])

    async def reconnect(self, reader: Following) -> None:
        await reader.reconnect()

    async def return_to(self, reader: Following, place: int) -> None:
        """Another tab comes back with an id that was sent once, and what it held then."""
        seen = reader.seen[: place % (len(reader.seen) + 1)]
        self._follow(seen[-1].id if seen else START, seen)

    def _follow(self, after: EventId, seen: list[WireEvent]) -> None:
        reader = Following(self.scene.feed, self.scene.key, after)
        reader.seen.extend(seen)
        reader.start()
        self.readers.append(reader)

    async def check(self) -> None:
        """At a turn's end every reader holds the stored log."""
        stored = [self.scene.store.events[i] for i in sorted(self.scene.store.events)]
        for reader in self.readers:
            await reader.reaches(stored[-1].id)
            assert reader.ids == sorted(set(reader.ids)), "ids only rise"
            missed = set(coarse(stored)) - set(coarse(reader.logged))
            extra = set(coarse(reader.logged)) - set(coarse(stored))
            assert not missed | extra, (
                missed,
                extra,
                self.readers.index(reader),
                reader.seen,
                stored,
            )
            assert coarse(reader.logged) == coarse(stored)
            assert reader.folded == fold(stored)
            assert ZOMBIE not in str(reader.seen)

    # Writers

    async def _open(self, activity: str, number: int = 1) -> Attempt:
        turn, step = self.turn, self.step
        self.current[turn, step, activity] = number

        async def is_current() -> bool:
            return self.current.get((turn, step, activity)) == number

        opening = self.scene.writing(turn, step, activity, number, is_current)
        return Attempt(activity, number, await self.exits.enter_async_context(opening))

    async def _replace(self, old: Attempt) -> Attempt:
        """A newer attempt takes over; the old one does not know."""
        self.zombies.append(old)
        return await self._open(old.activity, old.number + 1)

    async def _keep(self, attempt: Attempt, key: str, event: Event) -> None:
        """Append, then commit; what an earlier attempt committed stays."""
        logged = await attempt.writer.append(key, event)
        if logged.id not in self.scene.store.events:
            self.scene.store.commit(logged)


def run(loop: asyncio.Runner, call: Callable[[], Awaitable[None]]) -> None:
    async def bounded() -> None:
        async with asyncio.timeout(30):
            await call()

    loop.run(bounded())
