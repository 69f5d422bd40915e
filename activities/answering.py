"""One attempt at one answer: streamed to readers until it ends or is halted."""

import asyncio
import time
from collections.abc import Callable
from contextlib import aclosing

from temporalio import activity

from activities.books import Books
from activities.failures import handed_over
from domain.fallback import left_of
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

Said = ResponseStarted | TextPart | ReasoningPart

# Finishes that explain an answer without text.
_CUT = frozenset({Finish.LENGTH, Finish.CONTENT_FILTER, Finish.CANCELLED})
# Attempts at taking a kept response up, in an outage of its provider, before it is given up.
_MOST_TAKEN_UP = 5


class Answering:
    """Takes up what an earlier attempt left: the provider's response where it is kept, else the
    readers are told to drop the lost text. Asks the agent's other model where its own fails."""

    def __init__(
        self,
        model: ChatModel,
        request: ChatRequest,
        writer: LogWriter,
        step: int,
        stop: asyncio.Event,
        books: Books,
        gate: Callable[[str], Valve] = lambda _: Open(),
    ) -> None:
        """`gate` makes what stands between a stream and its readers, from the text that they
        hold."""
        self._model = model
        self._request = request
        self._books = books
        self._models = books.models
        self._writer = writer
        self._step = step
        self._stop = stop
        self._texts: list[str] = [writer.text] if writer.text else []
        self._said = list(self._texts)
        self._cursor = writer.cursor if writer.cursor and writer.cursor.response_id else None
        self.model = (writer.cursor and writer.cursor.model) or books.models.own
        """Who is asked, or wrote what readers hold."""
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
            await self._begin_again()
        failed: ModelError | None = None
        while True:
            try:
                return self._sound(await self._stream(resume))
            except ModelError as error:
                if resume is not None and error.code == "response_lost":
                    await self._begin_again()
                else:
                    await self._ask_other(error, resume, failed)
                    failed = error
            resume = None

    async def _begin_again(self) -> None:
        """Withdraw what an earlier attempt said, and choose who is asked in this one."""
        attempt = activity.info().attempt
        if self._texts:
            await self._books.lost(attempt - 1, self.model, self.text)
        await self._withdraw()
        self._turn_to(self._models.first(attempt, self.model), "attempts")

    async def _ask_other(
        self, error: ModelError, resume: Cursor | None, failed: ModelError | None
    ) -> None:
        """Turn to the other model within this attempt; raises when it is not for that one to
        mend, or has failed too."""
        if _comes_back(error, resume):
            raise error
        await self._give_up(error)
        if failed is not None:
            raise left_of(failed, error)
        other = self._models.other(self.model, error, activity.info().attempt)
        if other is None or (self._progress and error.retryable):
            raise error
        if self._texts and resume is None:
            # Only another attempt can withdraw what this one has shown.
            raise ModelError(error.detail, code=error.code, retryable=True) from error
        await self._withdraw()
        self._turn_to(other, error.code)

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
                await self._books.lost(activity.info().attempt, self.model, "".join(self._said))
        elif not (self._progress and error.retryable) or error.code == "model_empty":
            await self._cancel_at_provider()
            self._leave_word()
            await self._books.lost(activity.info().attempt, self.model, "".join(self._said))

    async def _withdraw(self) -> None:
        """What readers hold is no beginning of what is asked for now."""
        self._cursor = None
        self._progress = False
        self._said.clear()
        if not self._texts:
            return
        self._texts.clear()
        await self._writer.append(
            f"superseded:{self._step}:{activity.info().attempt}",
            AttemptSuperseded(step=self._step, from_sequence=self._writer.first_sequence),
        )

    def _turn_to(self, model: str, why: str) -> None:
        if model == self.model:
            return
        self.model = model
        self._leave_word()
        if model == self._models.fallback:
            self._books.turned(why)

    def _leave_word(self) -> None:
        """The next attempt asks afresh, and begins with whom this one asked last."""
        self._writer.mark(Cursor(response_id="", model=self._named()))

    def _named(self) -> str:
        """In cursors, where nothing stands for the agent's own model."""
        return "" if self.model == self._models.own else self.model

    def _signed(self, part: Said) -> Said:
        """With who says it, for the attempt that takes it up."""
        named = self._named()
        if part.cursor is None or not named:
            return part
        cursor = part.cursor.model_copy(update={"model": named})
        return part.model_copy(update={"cursor": cursor})

    async def _stream(self, resume: Cursor | None) -> Reply:
        self._asked_at = time.monotonic()
        self._valve = self._gate(self.text)
        request = self._request.model_copy(update={"model": self.model})
        async with aclosing(self._model.stream(request, resume)) as parts:
            async for part in parts:
                if isinstance(part, Reply):
                    return part if part.model else part.model_copy(update={"model": self.model})
                self._take(self._signed(part), resumed=resume is not None)
        raise ModelGarbledError("The model's stream ended before its answer did.")

    def _take(self, part: Said, *, resumed: bool) -> None:
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
