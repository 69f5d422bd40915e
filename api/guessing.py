"""Strangers with links: so many readings, and so many wrong guesses, a minute from one address."""

import ipaddress
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

from models.errors import LimitError

# Nobody mistypes a link so often. Chance is what keeps secrets: this keeps guesses from being
# work for Postgres.
GUESSES: Final = 20
# An office behind one address; a long conversation's page takes Postgres 60 ms.
READINGS: Final = 300
WINDOW: Final = 60.0  # seconds
# Remembered at once; beyond that the oldest is forgotten: 2 MB.
ADDRESSES: Final = 10_000


class PerAddress:
    """Counted in each process: with several, so many times as much is let through."""

    def __init__(
        self,
        most: int,
        code: str,
        window: float = WINDOW,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._most = most
        self._code = code
        self._window = window
        self._clock = clock
        self._counts: OrderedDict[str, tuple[float, int]] = OrderedDict()

    def check(self, address: str) -> None:
        """LimitError of the code while it has had its share."""
        until, count = self._counts.get(_neighbourhood(address), (0.0, 0))
        left = until - self._clock()
        if count >= self._most and left > 0:
            raise LimitError(
                "Too much of this came from your address.", code=self._code, retry_after=left
            )

    def count(self, address: str) -> None:
        place = _neighbourhood(address)
        until, count = self._counts.get(place, (0.0, 0))
        now = self._clock()
        if until <= now:
            until, count = now + self._window, 0
            self._counts.pop(place, None)
        self._counts[place] = until, count + 1
        if len(self._counts) > ADDRESSES:
            self._counts.popitem(last=False)


def _neighbourhood(address: str) -> str:
    """Whoever has one address of IPv6 has the 2**64 beside it."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address[:64]
    if found.version == 4:
        return str(found)
    return str(ipaddress.ip_network((found, 64), strict=False))
