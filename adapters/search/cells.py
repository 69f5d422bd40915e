"""Cells: passages that are near each other, so that a large space need not be read whole."""

from collections.abc import Mapping
from typing import Final

from adapters.store.session import Session

_CHANGED: Final = """
UPDATE space_cell SET passages = space_cell.passages + new.more
FROM unnest($2::int[], $3::int[]) AS new (cell, more)
WHERE space_cell.space_id = $1 AND space_cell.cell = new.cell
"""
_FORGET: Final = "DELETE FROM space_cell WHERE space_id = $1"


async def forget(session: Session) -> None:
    """Whoever calls has put all codes into cell 0."""
    await session.fetch(_FORGET, session.scope.space_id)


async def changed(session: Session, counts: Mapping[int, int]) -> None:
    """So many passages more, or fewer, in these cells."""
    await session.fetch(_CHANGED, session.scope.space_id, list(counts), list(counts.values()))
