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
    return _encode(f"{_micros(created_at)}:{row_id.hex}")


def read_moment(cursor: str) -> tuple[datetime, UUID]:
    """InvalidError("cursor_invalid") for what is not from here."""

    def read(first: str, second: str) -> tuple[datetime, UUID]:
        return _moment(first), UUID(hex=second)

    return _read(cursor, read)


def found_cursor(titled: bool, created_at: datetime, row_id: UUID) -> str:  # noqa: FBT001 - a part of the place
    """The place of a row among those that a search found: by titles, then by time."""
    return _encode(f"{int(titled)}:{_micros(created_at)}:{row_id.hex}")


def read_found(cursor: str) -> tuple[bool, datetime, UUID]:
    def read(first: str, rest: str) -> tuple[tuple[bool, datetime], UUID]:
        second, _, third = rest.partition(":")
        return ({"0": False, "1": True}[first], _moment(second)), UUID(hex=third)

    (titled, created_at), row_id = _read(cursor, read)
    return titled, created_at, row_id


def position_cursor(position: int, row_id: UUID) -> str:
    """The place of a message on its path."""
    return _encode(f"{position}:{row_id.hex}")


def read_position(cursor: str) -> int:
    return _read_place(cursor)[0]


def read_message(cursor: str) -> UUID:
    """The message that a path goes on from."""
    return _read_place(cursor)[1]


def _read_place(cursor: str) -> tuple[int, UUID]:
    return _read(cursor, lambda first, second: (_whole(first), UUID(hex=second)))


def page(items: Sequence[Item], limit: int, cursor: Callable[[Item], str]) -> Page[Item]:
    """Make a page of what was read, one more than asked for if there is more."""
    if len(items) <= limit:
        return Page(items=items, next_cursor=None)
    return Page(items=items[:limit], next_cursor=cursor(items[limit - 1]))


def bounded(limit: int) -> int:
    return max(1, min(limit, MOST))


_MICROSECOND = datetime.resolution


def _micros(moment: datetime) -> int:
    return (moment - datetime.fromtimestamp(0, UTC)) // _MICROSECOND


def _moment(micros: str) -> datetime:
    return datetime.fromtimestamp(0, UTC) + _whole(micros) * _MICROSECOND


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
    except (ValueError, KeyError, OverflowError, binascii.Error) as error:
        raise InvalidError("This cursor is not from here.", code="cursor_invalid") from error


def _decoded(cursor: str) -> str:
    if len(cursor) > _LONGEST:
        raise ValueError("longer than any of ours")
    padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
    return base64.b64decode(padded, altchars=b"-_", validate=True).decode()
