"""Vectors as Postgres reads them."""

from collections.abc import Sequence

from models.errors import ModelGarbledError
from models.tables.documents import DIMENSION


def literal(vector: Sequence[float]) -> str:
    """pgvector's text form. Half precision keeps three digits: five are enough on the way."""
    if len(vector) != DIMENSION:
        raise ModelGarbledError(
            f"A vector has {len(vector)} dimensions; the store keeps {DIMENSION}."
        )
    return f"[{','.join([f'{number:.5g}' for number in vector])}]"
