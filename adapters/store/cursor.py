"""Where a page ended, as an opaque text that only we read."""

import base64
import binascii
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import TypeVar
from uuid import UUID

from domain.ports.conversations import Page
from models.errors import InvalidError

Place = TypeVar("Place")
Item = TypeVar("Item")

# Ours have 60 to 70 characters.
_LONGEST = 200
# Pages beyond this are asked for one after the other.
MOST = 200


def moment_cursor(created_at: datetime, row_id: UUID) -> str:
    """The place of a row in lists that go by time; ids break ties."""
    micros = (created_at - datetime.fromtimestamp(0, UTC)) // _MICROSECOND
    return _encode(f"{micros}:{row_id.hex}")


def read_moment(cursor: str) -> tuple[datetime, UUID]:
    """InvalidError("cursor_invalid") for what is not from here."""

    def read(first: str, second: str) -> tuple[datetime, UUID]:
        return datetime.fromtimestamp(0, UTC) + _whole(first) * _MICROSECOND, UUID(hex=second)

    return _read(cursor, read)


def position_cursor(position: int, row_id: UUID) -> str:
    """The place of a message on its path."""
    return _encode(f"{position}:{row_id.hex}")


def read_position(cursor: str) -> int:
    position, _ = _read(cursor, lambda first, second: (_whole(first), UUID(hex=second)))
    return position


def page(items: Sequence[Item], limit: int, cursor: Callable[[Item], str]) -> Page[Item]:
    """Make a page of what was read, one more than asked for if there is more."""
    if len(items) <= limit:
        return Page(items=items, next_cursor=None)
    return Page(items=items[:limit], next_cursor=cursor(items[limit - 1]))


def bounded(limit: int) -> int:
    return max(1, min(limit, MOST))


_MICROSECOND = datetime.resolution


def _encode(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _whole(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise ValueError("not a number of ours")
    return int(text)


def _read(cursor: str, read: Callable[[str, str], tuple[Place, UUID]]) -> tuple[Place, UUID]:
    try:
        first, _, second = _decoded(cursor).partition(":")
        return read(first, second)
    except (ValueError, OverflowError, binascii.Error) as error:
        raise InvalidError("This cursor is not from here.", code="cursor_invalid") from error


def _decoded(cursor: str) -> str:
    if len(cursor) > _LONGEST:
        raise ValueError("longer than any of ours")
    padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
    return base64.b64decode(padded, altchars=b"-_", validate=True).decode()
