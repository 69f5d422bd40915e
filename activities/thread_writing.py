"""One look at a turn, and what of it is written where somebody asked."""

import asyncio
import hashlib
from collections.abc import AsyncGenerator, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from temporalio import activity

from domain.answer_progress import AnswerProgress
from domain.ports.conversations import Turns
from domain.ports.events import EventReader
from domain.ports.notifying import Posted
from domain.ports.threads import Shown, Threads
from domain.wire import WireEvent
from models.errors import AppError, NotFoundError
from models.payloads.slack import SlackAnswer, SlackLook

# Failures in a row that an attempt bears before it gives its slot back and is tried again later.
MOST_FAILURES: Final = 6
LONGEST_PAUSE: Final = 30.0  # seconds
# Looks after which a turn that nothing was ever heard of is given up: some hour of them.
UNHEARD: Final = 40
# Seconds that an attempt reads before it changes what another one wrote, and of nothing after which
# it has read what there was.
CATCHING_UP: Final = 2.0
STILL: Final = 0.2
_ERASED: Final = Shown(note="The conversation was deleted.")


class _NobodyLeftError(Exception):
    """The thread, the app or the conversation is gone."""


@dataclass(frozen=True, slots=True)
class Pace:
    """In seconds."""

    gap: float = 1.5
    """Between two changes, where one answer is written: Slack lets 50 a minute through for each
    workspace, so each of several waits that many times as long."""
    quiet: float = 5.0
    """Of nothing, before it is looked whether anything can still come."""
    patience: float = 60.0
    """Of nothing, before the slot is given back: a person may let us wait for days."""
    longest: float = 600.0
    """Of one look."""


class Writing:
    def __init__(
        self,
        threads: Threads,
        feed: EventReader,
        turns: Turns,
        pace: Pace,
        answer: SlackAnswer,
        beside: Callable[[], int],
    ) -> None:
        """`beside` counts the answers that are being written in this workspace."""
        self._threads = threads
        self._feed = feed
        self._turns = turns
        self._pace = pace
        self._answer = answer
        self._beside = beside
        self._progress = AnswerProgress(answer.turn.turn_id, answer.position)
        self._at = answer.after
        self._digest = answer.shown
        self._posted: Posted | None = None
        self._failures = 0
        self._news = asyncio.Event()
        self._over = asyncio.Event()
        """Nothing more comes, or nobody wants it any more: gaps and pauses are cut short."""
        self._stopped = False
        self._at_work = True

    def stop(self) -> None:
        self._stopped = True
        self._news.set()
        self._over.set()

    async def run(self) -> SlackLook:
        reading = asyncio.create_task(self._read())
        try:
            done = await self._write(reading)
        except _NobodyLeftError:
            done = True
        finally:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)
        return SlackLook(done=done, shown=self._digest)

    async def _write(self, reading: "asyncio.Task[None]") -> bool:
        """True when all is said; False when it is to be looked at again."""
        clock = asyncio.get_running_loop().time
        ends, heard = clock() + self._pace.longest, clock()
        while not self._stopped:
            if reading.done():
                reading.result()
            self._news.clear()
            over, shown = self._progress.ended, self._progress.shown()
            if _digest(shown) != self._digest:
                heard = clock()
                if not await self._told(shown):
                    continue
            if over:
                return True
            if await self._waited():
                continue
            await self._check()
            if clock() > ends or clock() - heard > self._pace.patience:
                return self._unheard()
        return True

    async def _told(self, shown: Shown) -> bool:
        """False: see again what there is to say. _NobodyLeftError when nobody hears it."""
        try:
            if self._posted is None:
                self._posted = await self._begin(shown)
                return False
            if not await self._threads.show(self._answer.turn, self._posted, shown):
                raise _NobodyLeftError
        except AppError as error:
            await self._bear(error)
            return False
        self._digest = _digest(shown)
        self._failures = 0
        return True

    async def _begin(self, shown: Shown) -> Posted:
        turn, thread = self._answer.turn, self._answer.thread
        begun = await self._threads.begin(turn, thread, shown)
        if begun is None:
            raise _NobodyLeftError
        if begun.shows:
            self._digest = _digest(shown)
        else:
            await self._catch_up()
        return begun.posted

    async def _catch_up(self) -> None:
        """What stands there may be ahead of what was read: nobody should see it shrink."""
        with suppress(TimeoutError):
            async with asyncio.timeout(CATCHING_UP):
                while await self._heard(STILL):
                    self._news.clear()

    async def _heard(self, seconds: float) -> bool:
        try:
            async with asyncio.timeout(seconds):
                await self._news.wait()
        except TimeoutError:
            return False
        return True

    async def _waited(self) -> bool:
        """Until there is something to change and Slack may be asked again; False after a while of
        nothing."""
        with suppress(TimeoutError):
            async with asyncio.timeout(self._pace.gap * max(1, self._beside())):
                await self._over.wait()
        return await self._heard(self._pace.quiet)

    async def _bear(self, error: AppError) -> None:
        """What Slack asks for, or longer each time; the text goes on growing meanwhile."""
        self._failures += 1
        pause = error.retry_after or min(2.0**self._failures / 2, LONGEST_PAUSE)
        if not error.retryable or self._failures >= MOST_FAILURES or pause > LONGEST_PAUSE:
            raise error  # with its wait, which the next attempt keeps
        activity.logger.info("slack.answer_delayed %s %.1f s", error.code, pause)
        await asyncio.sleep(pause)

    async def _check(self) -> None:
        """Whether anything can still come: not when the conversation is erased."""
        turn = self._answer.turn
        try:
            self._at_work = await self._turns.at_work(turn.scope, turn.conversation_id)
        except NotFoundError:
            if self._posted is not None:
                with suppress(AppError):
                    await self._threads.show(turn, self._posted, _ERASED)
            raise _NobodyLeftError from None

    def _unheard(self) -> bool:
        """A message that never had a turn, or whose turn was cleared before it was shown."""
        lost = not (self._progress.heard or self._at_work) and self._answer.looks >= UNHEARD
        if lost:
            activity.logger.warning("slack.answer_unheard %s", self._answer.turn.turn_id)
        return lost

    async def _read(self) -> None:
        async for event in self._events():
            if self._progress.apply(event):
                self._news.set()
            if self._progress.ended:
                self._over.set()
                return

    async def _events(self) -> AsyncGenerator[WireEvent, None]:
        """The log from where the turn begins. A feed ends at its own limits as well: go on."""
        turn = self._answer.turn
        while True:
            async for event in self._feed.follow(turn.log, self._at, turn_id=turn.turn_id):
                self._at = event.id
                yield event


def _digest(shown: Shown) -> str:
    return hashlib.sha256(repr(shown).encode()).hexdigest()[:16]
