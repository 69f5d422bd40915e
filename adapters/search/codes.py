"""The codes of live passages: made from their vectors when they are published."""

from collections import Counter
from collections.abc import Sequence
from typing import Final
from uuid import UUID

from adapters.search import cells
from adapters.search.space import SpaceState
from adapters.store.session import Session

_ADD: Final = """
INSERT INTO passage_code (space_id, number, cell, passage_id, bits)
SELECT $1, new.number,
    coalesce((
        SELECT c.cell FROM cell_centre c WHERE c.space_id = $1
        ORDER BY c.centre <#> v.embedding LIMIT 1
    ), 0),
    v.passage_id, binary_quantize(v.embedding)
FROM unnest($2::int[], $3::uuid[]) AS new (number, passage_id)
JOIN passage_vector v ON v.space_id = $1 AND v.passage_id = new.passage_id AND v.model = $4
RETURNING cell
"""
_REMOVE: Final = """
DELETE FROM passage_code WHERE space_id = $1 AND number = ANY($2::int[]) RETURNING cell
"""
_RENEW: Final = """
UPDATE passage_code SET cell = 0, bits = binary_quantize(v.embedding)
FROM passage_vector v
WHERE passage_code.space_id = $1 AND v.space_id = $1
    AND v.passage_id = passage_code.passage_id AND v.model = $2
    AND passage_code.number >= $3 AND passage_code.number < $4
"""
# A statement's share of a space, a second's work.
_RENEWED: Final = 20_000


async def add(
    session: Session, numbers: Sequence[int], passages: Sequence[UUID], model: str
) -> None:
    """Each in the cell whose centre is nearest. Their vectors are there: whoever calls has
    looked."""
    rows = await session.fetch(_ADD, session.scope.space_id, numbers, passages, model)
    await cells.changed(session, Counter(row["cell"] for row in rows))


async def remove(session: Session, numbers: Sequence[int]) -> None:
    rows = await session.fetch(_REMOVE, session.scope.space_id, numbers)
    fewer = Counter(row["cell"] for row in rows)
    await cells.changed(session, {cell: -count for cell, count in fewer.items()})


async def renew(session: Session, model: str, state: SpaceState) -> None:
    """All of the space by another model's vectors, in cells of their own."""
    for start in range(0, state.next_number, _RENEWED):
        end = start + _RENEWED
        await session.fetch(_RENEW, session.scope.space_id, model, start, end)
    await cells.forget(session)
    await cells.divide(session, state.passages)
