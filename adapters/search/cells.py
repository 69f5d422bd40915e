"""Cells: passages that are near each other, so that a large space need not be read whole."""

from collections.abc import Mapping
from functools import partial
from typing import Final

import numpy as np

from adapters.search.thinking import thought
from adapters.search.vector import written
from adapters.store.session import Session
from domain.clustering import Centres, Codes, Labels, clustered

# Up to here a space has no cells, and all its codes are read: 0.3 ms for a thousand.
UNDIVIDED: Final = 70_000
# A cell that has more is divided into cells of about half as many: a few milliseconds' work,
# whenever a document makes one too large.
MOST: Final = 1_024
AIM: Final = 512
# New cells at once: more are made of these. Each division stays below a second of work.
_PARTS: Final = 32
# Rows and centres in a statement.
_ROWS: Final = 5_000
_CENTRES: Final = 64
# bit_send: how many bits, then the bits.
_HEADER: Final = 4

_CHANGED: Final = """
UPDATE space_cell SET passages = space_cell.passages + new.more
FROM unnest($2::int[], $3::int[]) AS new (cell, more)
WHERE space_cell.space_id = $1 AND space_cell.cell = new.cell
"""
_EMPTY: Final = "DELETE FROM space_cell WHERE space_id = $1 AND passages <= 0"
_FORGET: Final = "DELETE FROM space_cell WHERE space_id = $1"
_OVERFULL: Final = """
SELECT cell FROM space_cell WHERE space_id = $1 AND passages > $2 ORDER BY cell
"""
_NEXT: Final = "SELECT max(cell) + 1 AS cell FROM space_cell WHERE space_id = $1"
_READ: Final = """
SELECT number, bit_send(bits) AS bits FROM passage_code
WHERE space_id = $1 AND cell = $2 ORDER BY number
"""
_MOVE: Final = """
UPDATE passage_code SET cell = new.cell FROM unnest($2::int[], $3::int[]) AS new (number, cell)
WHERE passage_code.space_id = $1 AND passage_code.number = new.number
"""
_ADD: Final = """
INSERT INTO space_cell (space_id, cell, passages)
SELECT $1, new.* FROM unnest($2::int[], $3::int[]) AS new
"""
_ADD_CENTRES: Final = """
INSERT INTO cell_centre (space_id, cell, centre)
SELECT $1, new.* FROM unnest($2::int[], $3::halfvec[]) AS new
"""
_REMOVE: Final = "DELETE FROM space_cell WHERE space_id = $1 AND cell = $2"


async def forget(session: Session) -> None:
    """Whoever calls has put all codes into cell 0."""
    await session.fetch(_FORGET, session.scope.space_id)


async def changed(session: Session, counts: Mapping[int, int]) -> None:
    """So many passages more, or fewer, in these cells. In a space without cells: nothing."""
    space = session.scope.space_id
    cells = sorted(counts)
    await session.fetch(_CHANGED, space, cells, [counts[cell] for cell in cells])
    if any(count < 0 for count in counts.values()):
        await session.fetch(_EMPTY, space)


async def divide(session: Session, passages: int) -> None:
    """Divide what has become too large, in a space of so many passages."""
    if passages <= UNDIVIDED:
        return
    row = await session.first(_NEXT, session.scope.space_id)
    fresh = row["cell"] if row is not None else None
    if fresh is None:
        fresh = 1 + await _divide(session, 0, 1)
    while overfull := await session.fetch(_OVERFULL, session.scope.space_id, MOST):
        for one in overfull:
            fresh += await _divide(session, one["cell"], fresh)


async def _divide(session: Session, cell: int, fresh: int) -> int:
    """Into new cells from the number `fresh` on; how many."""
    space = session.scope.space_id
    rows = await session.fetch(_READ, space, cell)
    codes = np.frombuffer(b"".join(row["bits"][_HEADER:] for row in rows), np.uint8)
    labels, centres = await thought(session, partial(_clustered, codes.reshape(len(rows), -1)))
    numbers = [row["number"] for row in rows]
    for start in range(0, len(rows), _ROWS):
        moved = (labels[start : start + _ROWS] + fresh).tolist()
        await session.fetch(_MOVE, space, numbers[start : start + _ROWS], moved)
    await session.fetch(_REMOVE, space, cell)
    await session.take_vectors()
    sizes = np.bincount(labels, minlength=len(centres)).tolist()
    for start in range(0, len(centres), _CENTRES):
        some = centres[start : start + _CENTRES]
        cells = list(range(fresh + start, fresh + start + len(some)))
        await session.fetch(_ADD, space, cells, sizes[start : start + _CENTRES])
        await session.fetch(_ADD_CENTRES, space, cells, [written(one) for one in some])
    return len(centres)


def _clustered(codes: Codes) -> tuple[Labels, Centres]:
    """The same codes are always divided in the same way."""
    parts = max(2, round(len(codes) / AIM))
    # With more to come a part may be too large still, but never the whole.
    most = MOST if parts <= _PARTS else len(codes) // 2
    return clustered(codes, min(parts, _PARTS), most, seed=len(codes))
