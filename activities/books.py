"""What the attempts of a step leave behind them when they come to nothing, or turn elsewhere."""

from collections.abc import Callable
from dataclasses import dataclass

import structlog

from activities.accounting import Tariff
from domain.fallback import Models
from domain.ports.meters import Meters
from domain.ports.transcript import Transcript, UsageEntry
from models.payloads.chat import ChatRequest
from models.payloads.scope import TurnKey

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Books:
    """Of one step."""

    transcript: Transcript
    meters: Meters
    tariff: Tariff
    turn: TurnKey
    step: int
    agent: str
    asked: ChatRequest
    models: Models
    charge: Callable[[UsageEntry], None]
    """To whose turn it is."""

    async def lost(self, attempt: int, model: str, text: str) -> None:
        """An attempt cost tokens of that model and led to nothing but this text."""
        usage = self.tariff.estimated(self.asked, text)
        entry = self.tariff.entry(self.agent, model, usage)
        # One attempt may lose an answer of each.
        which = ":fallback" if model == self.models.fallback else ""
        cause = f"step:{self.step}:attempt:{attempt}{which}"
        await self.transcript.account(self.turn, cause, entry)
        self.charge(entry)

    def turned(self, why: str) -> None:
        """The fallback is asked."""
        self.meters.fell_back(why)
        log.warning(
            "model.fallback", model=self.models.own, fallback=self.models.fallback, error=why
        )
