"""What calls to a model used and cost."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal

from domain.ports.transcript import UsageEntry
from models.payloads.chat import ChatRequest, Usage
from models.payloads.turn import Spent


def spent(entries: Iterable[UsageEntry]) -> Spent:
    """Of a turn's budgets, by these calls."""
    made = tuple(entries)
    return Spent(
        tokens=sum(e.usage.input_tokens + e.usage.output_tokens for e in made),
        cost_usd=sum((e.cost_usd or Decimal(0) for e in made), Decimal(0)),
    )


@dataclass(frozen=True, slots=True)
class Tariff:
    """How usage is counted and priced."""

    count: Callable[[str], int]
    """Tokens of a text."""
    cost: Callable[[str, Usage], Decimal | None]
    """US dollars of a call to a model; None when its price is unknown."""
    version: str
    """Of the prices."""

    def estimated(self, request: ChatRequest, text: str) -> Usage:
        """What an answer that was broken off used: its provider does not tell."""
        count = self.count
        read = count(request.instructions) + sum(count(part.content) for part in request.messages)
        return Usage(input_tokens=read, output_tokens=count(text))

    def entry(
        self, agent: str | None, model: str, usage: Usage, first_token_ms: int | None = None
    ) -> UsageEntry:
        """For the books: a call of the agent's to that model; None where no agent made it."""
        return UsageEntry(
            model=model,
            kind="chat",
            usage=usage,
            first_token_ms=first_token_ms,
            cost_usd=self.cost(model, usage),
            price_version=self.version,
            agent=agent,
        )
