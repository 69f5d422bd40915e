"""List prices of models, USD per million tokens. New prices get a new version below.

Source: OpenAI's and Google's list prices as published, December 2025; standard tier, text.
"""

from decimal import Decimal
from typing import Final, NamedTuple

PRICE_VERSION: Final = "2025-12"


class Price(NamedTuple):
    """`cached` is None where cached tokens cost what others do."""

    input: Decimal
    cached: Decimal | None
    output: Decimal
    above: int = 0
    """Holds for calls with more input tokens than this."""


def _price(asked: str, cached: str | None, answered: str, *, above: int = 0) -> Price:
    kept = None if cached is None else Decimal(cached)
    return Price(Decimal(asked), kept, Decimal(answered), above)


FREE = _price("0", None, "0")

# By exact name; a dated snapshot (`gpt-4o-2024-11-20`) costs what its name does.
PRICES: Final[dict[str, tuple[Price, ...]]] = {
    "gpt-4o": (_price("2.50", "1.25", "10.00"),),
    "gpt-4o-2024-05-13": (_price("5.00", None, "15.00"),),
    "gpt-4o-mini": (_price("0.15", "0.075", "0.60"),),
    "gpt-4.1": (_price("2.00", "0.50", "8.00"),),
    "gpt-4.1-mini": (_price("0.40", "0.10", "1.60"),),
    "gpt-4.1-nano": (_price("0.10", "0.025", "0.40"),),
    "gpt-5": (_price("1.25", "0.125", "10.00"),),
    "gpt-5-chat-latest": (_price("1.25", "0.125", "10.00"),),
    "gpt-5-codex": (_price("1.25", "0.125", "10.00"),),
    "gpt-5-mini": (_price("0.25", "0.025", "2.00"),),
    "gpt-5-nano": (_price("0.05", "0.005", "0.40"),),
    "gpt-5-pro": (_price("15.00", None, "120.00"),),
    "gpt-5.1": (_price("1.25", "0.125", "10.00"),),
    "gpt-5.1-chat-latest": (_price("1.25", "0.125", "10.00"),),
    "gpt-5.1-codex": (_price("1.25", "0.125", "10.00"),),
    "gpt-5.1-codex-mini": (_price("0.25", "0.025", "2.00"),),
    "gpt-5.2": (_price("1.75", "0.175", "14.00"),),
    "gpt-5.2-chat-latest": (_price("1.75", "0.175", "14.00"),),
    "gpt-5.2-pro": (_price("21.00", None, "168.00"),),
    "o1": (_price("15.00", "7.50", "60.00"),),
    "o1-mini": (_price("1.10", "0.55", "4.40"),),
    "o1-pro": (_price("150.00", None, "600.00"),),
    "o3": (_price("2.00", "0.50", "8.00"),),
    "o3-mini": (_price("1.10", "0.55", "4.40"),),
    "o3-pro": (_price("20.00", None, "80.00"),),
    "o4-mini": (_price("1.10", "0.275", "4.40"),),
    "text-embedding-3-small": (_price("0.02", None, "0"),),
    "text-embedding-3-large": (_price("0.13", None, "0"),),
    "text-embedding-ada-002": (_price("0.10", None, "0"),),
    "gemini-2.0-flash": (_price("0.10", "0.025", "0.40"),),
    "gemini-2.0-flash-lite": (_price("0.075", None, "0.30"),),
    "gemini-2.5-pro": (
        _price("1.25", "0.125", "10.00"),
        _price("2.50", "0.25", "15.00", above=200_000),
    ),
    "gemini-2.5-flash": (_price("0.30", "0.03", "2.50"),),
    "gemini-2.5-flash-lite": (_price("0.10", "0.01", "0.40"),),
    "gemini-embedding-001": (_price("0.15", None, "0"),),
}

# Models that run on one's own machine, whatever follows the name.
FREE_NAMES: Final = ("offline", "smollm2")
