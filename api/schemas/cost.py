"""Money as callers read it."""

from decimal import Decimal
from typing import Annotated

from pydantic import PlainSerializer


def _written(cost: Decimal) -> str:
    """Never `0E-9`, which is how Python writes nothing to nine places."""
    return format(cost, "f")


Cost = Annotated[Decimal, PlainSerializer(_written, return_type=str)]
"""US dollars, as text: no float holds them."""
