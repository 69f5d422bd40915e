"""One form for arguments that mean the same, and its hash: what a verdict is bound to."""

import hashlib
import json
from decimal import Decimal
from typing import Any


def canonical(arguments: dict[str, Any]) -> bytes:
    """JSON with sorted keys and no spaces, the same before and after a stay in the database."""
    text = json.dumps(_plain(arguments), sort_keys=True, separators=(",", ":"), allow_nan=False)
    return text.encode()


def digest(arguments: dict[str, Any]) -> str:
    """SHA-256 of the canonical form, hexadecimal."""
    return hashlib.sha256(canonical(arguments)).hexdigest()


def _plain(value: object) -> object:
    match value:
        case float() if value.is_integer():
            # jsonb writes what 1e16 stands for in decimals, and knows no negative zero.
            return int(Decimal(repr(value)))
        case str():
            # As the store writes it: Postgres has neither NUL nor halves of surrogate pairs.
            return value.replace("\0", "\ufffd").encode("utf-8", "replace").decode()
        case dict():
            return {_plain(key): _plain(part) for key, part in value.items()}
        case list() | tuple():
            return [_plain(part) for part in value]
        case _:
            return value
