"""Make a question that leans on its conversation stand alone, when that pays."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

import structlog

from activities.accounting import Tariff
from activities.asking import whole
from activities.outcome import in_time
from domain.ports.model import ChatModel
from domain.ports.transcript import UsageEntry
from domain.query import (
    Standalone,
    asks_several_things,
    leans_on_history,
    parsed,
    rewriting,
)
from models.errors import AppError
from models.payloads.chat import StoredMessage

# A fast model needs some 0.5 s; a reader waits for all of it.
WITHIN = timedelta(seconds=1.5)

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Enhanced:
    """What to search for. `rewritten` is false where the message's own words are; `error` is why
    that is so though it should not be."""

    question: Standalone
    rewritten: bool = False
    usage: UsageEntry | None = None
    error: str | None = None


class Enhancer:
    """Over a fast model. Nothing that goes wrong is raised: then the message's own words do."""

    def __init__(self, model: ChatModel, tariff: Tariff, *, within: timedelta = WITHIN) -> None:
        self._model = model
        self._tariff = tariff
        self._within = within

    def pays(self, message: str, *, has_history: bool) -> bool:
        """Whether asking the model is worth its time, by rules alone."""
        if asks_several_things(message):
            return True
        return has_history and leans_on_history(message)

    async def enhance(self, history: Sequence[StoredMessage], message: str) -> Enhanced:
        """The question as it would be asked alone; the rules are not looked at."""
        own = Standalone(message)
        request = rewriting(self._model.name, history, message)
        try:
            async with in_time(self._within, "enhancement_timeout"):
                reply = await whole(self._model, request)
        except AppError as error:
            log.warning("enhancement.failed", code=error.code)
            return Enhanced(own, error=error.code)
        usage = self._tariff.entry(None, reply.model or self._model.name, reply.usage)
        try:
            question = parsed(reply.text)
        except AppError as error:
            log.warning("enhancement.unread", code=error.code)
            return Enhanced(own, usage=usage, error=error.code)
        rewritten = question.query != " ".join(message.split())
        return Enhanced(question, rewritten=rewritten, usage=usage)

    async def enhance_lazily(
        self,
        recent: Callable[[], Awaitable[Sequence[StoredMessage]]],
        message: str,
        *,
        has_history: bool,
    ) -> Enhanced:
        """As `enhance`, where it pays; the history is loaded only then."""
        if not self.pays(message, has_history=has_history):
            return Enhanced(Standalone(message))
        history: Sequence[StoredMessage] = ()
        if has_history:
            try:
                async with in_time(self._within, "history_timeout"):
                    history = await recent()
            except AppError as error:
                return Enhanced(Standalone(message), error=error.code)
        return await self.enhance(history, message)
