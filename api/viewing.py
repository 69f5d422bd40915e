"""How often links are opened: counted here, and written down every few seconds."""

import asyncio
from collections import Counter
from typing import Final
from uuid import UUID

import structlog

from domain.ports.shares import Shares
from models.errors import AppError
from models.payloads.scope import Scope

# A link that is read by thousands is one write in so long, and no reader waits for it.
PAUSE: Final = 2.0  # seconds
# That are waiting to be written; what is opened beyond them is not counted.
MOST: Final = 10_000

log = structlog.get_logger(__name__)


class Views:
    """A process that dies takes a few seconds' views with it: they are for people's eyes."""

    def __init__(self, pause: float = PAUSE) -> None:
        self._pause = pause
        self._counts: Counter[tuple[Scope, UUID]] = Counter()
        self._writing: asyncio.Task[None] | None = None

    def opened(self, shares: Shares, scope: Scope, share_id: UUID) -> None:
        if len(self._counts) >= MOST:
            return
        self._counts[scope, share_id] += 1
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write(shares))

    async def _write(self, shares: Shares) -> None:
        while self._counts:
            await asyncio.sleep(self._pause)
            counts, self._counts = self._counts, Counter()
            spaces: dict[Scope, dict[UUID, int]] = {}
            for (scope, share_id), count in counts.items():
                spaces.setdefault(scope, {})[share_id] = count
            for scope, views in spaces.items():
                try:
                    await shares.viewed(scope, views)
                except AppError as error:
                    log.warning("share.views_lost", code=error.code, links=len(views))
