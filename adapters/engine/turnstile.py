"""Let few through at once, by key; the rest wait a moment, or are told to come again."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass


class CrowdedError(Exception):
    """Too many wait already, or the wait took too long."""


@dataclass(slots=True)
class _Gate:
    free: asyncio.Semaphore
    inside: int = 0
    """Those that wait and those that are through."""


class Turnstile:
    """`width` are let through at once under one key, `longest` may be there in all; nobody waits
    for more than `patience` seconds."""

    def __init__(self, width: int, longest: int, patience: float) -> None:
        self._width = width
        self._longest = longest
        self._patience = patience
        self._gates: dict[str, _Gate] = {}

    @asynccontextmanager
    async def through(self, key: str) -> AsyncIterator[None]:
        """CrowdedError when it is not this one's turn in time."""
        gate = self._gates.setdefault(key, _Gate(asyncio.Semaphore(self._width)))
        if gate.inside >= self._longest:
            raise CrowdedError
        gate.inside += 1
        try:
            await self._wait(gate)
            try:
                yield
            finally:
                gate.free.release()
        finally:
            gate.inside -= 1
            if not gate.inside:
                self._gates.pop(key, None)

    async def _wait(self, gate: _Gate) -> None:
        if not gate.free.locked():
            await gate.free.acquire()  # at once: nobody waits before us
            return
        try:
            async with asyncio.timeout(self._patience):
                await gate.free.acquire()
        except TimeoutError:
            raise CrowdedError from None
