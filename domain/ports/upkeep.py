"""What keeps documents going when a process died in between."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Protocol

from models.payloads.ingestion import IngestionStart


class DocumentUpkeep(Protocol):
    """Of all spaces: told ids alone. Several workers may do it at once."""

    async def stalled(self, idle: timedelta, limit: int) -> Sequence[IngestionStart]:
        """Ingestions of documents that wait, and with which nothing has happened for so long;
        those forgotten longest first."""

    async def taken_up(self, start: IngestionStart) -> None:
        """Its ingestion was started again: it is the last in line now."""

    async def remove_originals(self, limit: int) -> int:
        """Remove what no document has any more; gives how many were tried."""
