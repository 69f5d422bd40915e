"""How long a provider may say nothing."""

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import TypeVar

from models.errors import ModelQuietError

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds of silence allowed. Only tokens break it: no bytes, pings or unknown events."""

    first_token: float = 60.0
    between_tokens: float = 20.0


class Silence:
    """How much longer the provider may say nothing. Our reader's own time does not count."""

    def __init__(self, patience: Patience) -> None:
        self._patience = patience
        self._left = patience.first_token
        self._clock = asyncio.get_running_loop().time

    def broken(self) -> None:
        """A token came."""
        self._left = self._patience.between_tokens

    def began_again(self) -> None:
        """The model thinks: what it says next may take as long as its first token."""
        self._left = self._patience.first_token

    def shorten(self, seconds: float) -> None:
        self._left = min(self._left, seconds)

    async def during(self, awaitable: Awaitable[T]) -> T:
        started = self._clock()
        try:
            async with asyncio.timeout(self._left):
                return await awaitable
        except TimeoutError as error:
            raise ModelQuietError("The model said nothing for too long.") from error
        finally:
            self._left -= self._clock() - started
