"""What a model call costs by list price."""

import re
from decimal import Decimal
from typing import Final
from uuid import UUID

from domain.ports.transcript import UsageEntry
from domain.prices import FREE, FREE_NAMES, PRICE_VERSION, PRICES, Price
from models.payloads.chat import Usage

__all__ = ["PRICE_VERSION", "cost", "priced"]

MILLION: Final = Decimal(1_000_000)
# OpenAI's snapshots carry a date, Google's a number.
SNAPSHOT: Final = re.compile(r"-(\d{4}-\d{2}-\d{2}|\d{3})$")


def cost(model: str, usage: Usage) -> Decimal | None:
    """Give the cost in USD, exact; None when the table does not know the model."""
    price = _price_of(model, usage.input_tokens)
    if price is None:
        return None
    # Cached tokens are part of the input; a provider that counts them apart must not pay us.
    cached = min(usage.cached_tokens, usage.input_tokens)
    cached_price = price.input if price.cached is None else price.cached
    total = (
        (usage.input_tokens - cached) * price.input
        + cached * cached_price
        + usage.output_tokens * price.output
    )
    return total / MILLION


def priced(kind: str, model: str, usage: Usage, user_id: UUID | None = None) -> UsageEntry:
    """For the books: a call of this kind that no agent made, by list price."""
    return UsageEntry(
        model=model,
        kind=kind,
        usage=usage,
        first_token_ms=None,
        cost_usd=cost(model, usage),
        price_version=PRICE_VERSION,
        user_id=user_id,
    )


def _price_of(model: str, input_tokens: int) -> Price | None:
    # Gateways put the provider in front: `openai/gpt-4o`. A dimension behind costs nothing.
    name = model.rpartition("/")[2].partition("#")[0].lower()
    if name.startswith(FREE_NAMES):
        return FREE
    tiers = PRICES.get(name) or PRICES.get(SNAPSHOT.sub("", name)) or ()
    fitting = [price for price in tiers if input_tokens > price.above or not price.above]
    return max(fitting, key=lambda price: price.above, default=None)
