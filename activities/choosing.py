"""Ask a fast model who answers, and how, where rules do not say it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import structlog

from activities.accounting import Tariff
from activities.asking import whole
from activities.outcome import in_time
from domain.choosing import asking, offered, parsed
from domain.ports.model import ChatModel
from domain.ports.transcript import UsageEntry
from domain.routing import Choice
from models.errors import AppError
from models.payloads.agent import Agent

# A fast model needs some 0.5 s; a reader waits for all of it.
WITHIN = timedelta(seconds=1.5)

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Chosen:
    """`choice` is None where the model could not be asked or understood."""

    choice: Choice | None
    usage: UsageEntry | None = None


class Chooser:
    """Nothing that goes wrong is raised: then the default answers, plainly."""

    def __init__(self, model: ChatModel, tariff: Tariff, *, within: timedelta = WITHIN) -> None:
        self._model = model
        self._tariff = tariff
        self._within = within

    async def choose(self, message: str, agents: Sequence[Agent], default: str) -> Chosen:
        """One of the agents, `default` when none clearly fits."""
        some = offered(agents, default)
        try:
            async with in_time(self._within, "choice_timeout"):
                reply = await whole(self._model, asking(self._model.name, message, some, default))
        except AppError as error:
            log.warning("choice.failed", code=error.code)
            return Chosen(None)
        usage = self._tariff.entry(None, reply.model or self._model.name, reply.usage)
        try:
            return Chosen(parsed(reply.text, some), usage)
        except AppError as error:
            log.warning("choice.unread", code=error.code)
            return Chosen(None, usage)
