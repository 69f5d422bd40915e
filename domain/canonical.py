"""One form for arguments that mean the same, and its hash: what a verdict is bound to."""

import hashlib
import json
import math
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from domain.tools.tool import ArgumentsError

# Arguments nest by hand: deeper ones are an attempt on whoever reads them.
DEEPEST: Final = 32


def canonical(arguments: Mapping[str, Any]) -> bytes:
    """JSON with sorted keys and no spaces, the same before and after a stay in the database.
    ArgumentsError for what the database would not take, or nobody could read."""
    text = json.dumps(_plain(arguments, 0), sort_keys=True, separators=(",", ":"), allow_nan=False)
    return text.encode()


def digest(arguments: Mapping[str, Any]) -> str:
    """SHA-256 of the canonical form, hexadecimal."""
    return hashlib.sha256(canonical(arguments)).hexdigest()


def _plain(value: object, depth: int) -> object:
    if depth > DEEPEST:
        raise ArgumentsError(f"Arguments nest more than {DEEPEST} deep.")
    match value:
        case None | bool():
            return value
        case int() | float():
            return _number(value)
        case str():
            return _text(value)
        case Mapping():
            return {_text(str(key)): _plain(part, depth + 1) for key, part in value.items()}
        case list() | tuple():
            return [_plain(part, depth + 1) for part in value]
        case _:
            raise ArgumentsError(f"Arguments hold a {type(value).__name__}, which is no JSON.")


def _text(value: str) -> str:
    """As the store writes it: Postgres has neither NUL nor halves of surrogate pairs."""
    return value.replace("\0", "\ufffd").encode("utf-8", "replace").decode()


def _number(value: float) -> float:
    if isinstance(value, int):
        if not -(2**63) <= value < 2**64:
            raise ArgumentsError("Arguments hold a number of more than 64 bits.")
        return value
    if not math.isfinite(value):
        raise ArgumentsError("Arguments hold a number that JSON cannot write.")
    # jsonb writes what 1e16 stands for in decimals, and knows no negative zero.
    return int(Decimal(repr(value))) if value.is_integer() else value
