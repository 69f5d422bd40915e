"""One attempt at one answer: streamed to readers until it ends or is halted."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import aclosing

from temporalio import activity

from activities.failures import handed_over
from domain.ports.events import LogWriter
from domain.ports.model import ChatModel
from domain.safety.valve import Open, Valve
from models.errors import (
    ModelError,
    ModelGarbledError,
    ModelOverloadedError,
    ModelUnavailableError,
    StaleAttemptError,
)
from models.payloads.chat import (
    ChatRequest,
    Cursor,
    ReasoningPart,
    Reply,
    ResponseStarted,
    TextPart,
)
from models.payloads.events import AttemptSuperseded, ReasoningDelta, TextDelta
from models.payloads.turn import Finish

# Finishes that explain an answer without text.
_CUT = frozenset({Finish.LENGTH, Finish.CONTENT_FILTER, Finish.CANCELLED})
# Attempts at taking a kept response up, in an outage of its provider, before it is given up.
_MOST_TAKEN_UP = 5
# Written over a cursor that leads nowhere, so that the next attempt asks afresh.
_NOWHERE = Cursor(response_id="")


class Answering:
    """Takes up what an earlier attempt left: the provider's response where it is kept, else the
    readers are told to drop the lost text."""

    def __init__(
        self,
        model: ChatModel,
        request: ChatRequest,
        writer: LogWriter,
        step: int,
        stop: asyncio.Event,
        lost: Callable[[int, str], Awaitable[None]],
        gate: Callable[[str], Valve] = lambda _: Open(),
    ) -> None:
        """`lost` accounts for an attempt that cost tokens and led to nothing, by its number and
        the text that it had. `gate` makes what stands between a stream and its readers, from the
        text that they hold."""
        self._model = model
        self._request = request
        self._writer = writer
        self._step = step
        self._stop = stop
        self._lost = lost
        self._texts: list[str] = [writer.text] if writer.text else []
        self._said = list(self._texts)
        self._cursor = writer.cursor if writer.cursor and writer.cursor.response_id else None
        self._gate = gate
        self._valve: Valve = Open()
        self._asked_at = 0.0
        self._progress = False
        self.first_token_ms: int | None = None
        """From this attempt's call to its first token; None before, and when it resumed."""

    @property
    def text(self) -> str:
        """What readers hold of this answer."""
        return "".join(self._texts)

    async def run(self) -> Reply | None:
        """The whole answer, or None when a person stopped it."""
        consuming = asyncio.create_task(self._consume())
        signs = [asyncio.create_task(event.wait()) for event in (self._stop, self._writer.halted)]
        leaving = asyncio.create_task(activity.wait_for_worker_shutdown())
        # A kept response goes on without us: hand it over at once instead of draining it.
        others = [*signs, leaving] if self._resumable() else signs
        try:
            await asyncio.wait({consuming, *others}, return_when=asyncio.FIRST_COMPLETED)
            if consuming.done():
                return consuming.result()
        finally:
            for task in (consuming, *signs, leaving):
                task.cancel()
            await asyncio.gather(consuming, *signs, leaving, return_exceptions=True)
        if self._stop.is_set() or self._writer.stopped:
            await self._cancel_at_provider()
            return None
        if self._writer.halted.is_set():
            raise StaleAttemptError("A newer attempt writes this answer.")
        raise handed_over()

    def _resumable(self) -> bool:
        return self._model.resumable and self._request.background

    async def _consume(self) -> Reply:
        resume = self._cursor if self._resumable() else None
        if resume is None:
            await self._supersede()
        try:
            return self._sound(await self._stream(resume))
        except ModelError as error:
            if resume is not None and error.code == "response_lost":
                await self._supersede()
                return self._sound(await self._stream(None))
            if not _comes_back(error, resume):
                await self._give_up(error)
            raise

    def _sound(self, reply: Reply) -> Reply:
        """An answer that says nothing and was not cut short is none."""
        if reply.text or reply.calls or reply.finish in _CUT:
            return reply
        # Once more is worth a try, not a dozen times.
        raise ModelGarbledError(
            "The model answered nothing.",
            code="model_empty",
            retryable=activity.info().attempt < 2,
        )

    async def _give_up(self, error: ModelError) -> None:
        """Leave the response behind when it leads nowhere; a broken connection is taken up."""
        if self._cursor is None:
            if self._progress:
                await self._lost(activity.info().attempt, "".join(self._said))
        elif not self._progress or error.code == "model_empty":
            await self._cancel_at_provider()
            self._writer.mark(_NOWHERE)
            await self._lost(activity.info().attempt, "".join(self._said))

    async def _supersede(self) -> None:
        """Withdraw what an earlier attempt said: this one starts the answer again."""
        self._cursor = None
        if not self._texts:
            return
        attempt = activity.info().attempt
        await self._lost(attempt - 1, self.text)
        self._texts.clear()
        self._said.clear()
        await self._writer.append(
            f"superseded:{self._step}:{attempt}",
            AttemptSuperseded(step=self._step, from_sequence=self._writer.first_sequence),
        )

    async def _stream(self, resume: Cursor | None) -> Reply:
        self._asked_at = time.monotonic()
        self._valve = self._gate(self.text)
        async with aclosing(self._model.stream(self._request, resume)) as parts:
            async for part in parts:
                if isinstance(part, Reply):
                    return part
                self._take(part, resumed=resume is not None)
        raise ModelGarbledError("The model's stream ended before its answer did.")

    def _take(self, part: ResponseStarted | TextPart | ReasoningPart, *, resumed: bool) -> None:
        self._cursor = part.cursor or self._cursor
        if isinstance(part, ResponseStarted):
            self._writer.mark(part.cursor)
            return
        self._progress = True
        if self.first_token_ms is None and not resumed:
            self.first_token_ms = round((time.monotonic() - self._asked_at) * 1_000)
        if isinstance(part, TextPart):
            self._said.append(part.text)
        for shown in self._valve.take(part):
            self._show(shown)

    def _show(self, part: TextPart | ReasoningPart) -> None:
        if isinstance(part, TextPart):
            self._texts.append(part.text)
            self._writer.send(TextDelta(step=self._step, text=part.text), part.cursor)
        else:
            self._writer.send(ReasoningDelta(step=self._step, text=part.text), part.cursor)

    async def _cancel_at_provider(self) -> None:
        if self._cursor is not None and self._resumable():
            await self._model.cancel(self._cursor)


def _comes_back(error: ModelError, resume: Cursor | None) -> bool:
    """A provider that was away for a moment still has what it kept: asking anew would cost a
    second answer, and take back what readers hold."""
    away = isinstance(error, ModelUnavailableError | ModelOverloadedError)
    return resume is not None and away and activity.info().attempt <= _MOST_TAKEN_UP
