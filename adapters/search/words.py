"""Posting lists in Postgres: written with a document, rewritten when it goes."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np

from adapters.store.session import Session
from domain.bm25 import BLOCK, BLOCK_BITS, without

# Rows in one statement: each stays far below the statement's time limit and a second of memory.
_BATCH: Final = 2_000

_ADD: Final = """
INSERT INTO posting (space_id, term, block, data)
SELECT $1, new.* FROM unnest($2::text[], $3::int[], $4::bytea[]) AS new
ON CONFLICT (space_id, term, block) DO UPDATE SET data = posting.data || excluded.data
WHERE posting.space_id = $1
"""
_READ: Final = """
SELECT term, block, data FROM posting
WHERE space_id = $1 AND term = ANY($2::text[]) AND block = ANY($3::int[])
"""
_REPLACE: Final = """
UPDATE posting SET data = new.data
FROM unnest($2::text[], $3::int[], $4::bytea[]) AS new (term, block, data)
WHERE posting.space_id = $1 AND posting.term = new.term AND posting.block = new.block
"""
_DROP: Final = """
DELETE FROM posting USING unnest($2::text[], $3::int[]) AS gone (term, block)
WHERE posting.space_id = $1 AND posting.term = gone.term AND posting.block = gone.block
"""


async def add(session: Session, lists: Mapping[tuple[str, int], bytes]) -> None:
    """Lengthen the lists, in the order of their keys."""
    items = list(lists.items())
    for start in range(0, len(items), _BATCH):
        some = items[start : start + _BATCH]
        await session.fetch(
            _ADD,
            session.scope.space_id,
            [term for (term, _), _ in some],
            [block for (_, block), _ in some],
            [data for _, data in some],
        )


async def remove(session: Session, numbers: Sequence[int], terms: Sequence[str]) -> None:
    """Take these passages out of the lists of these terms; an empty list goes."""
    places: dict[int, list[int]] = {}
    for number in numbers:
        places.setdefault(number >> BLOCK_BITS, []).append(number & (BLOCK - 1))
    gone = {block: np.array(some, np.uint16) for block, some in places.items()}
    for start in range(0, len(terms), _BATCH):
        some = terms[start : start + _BATCH]
        rows = await session.fetch(_READ, session.scope.space_id, some, list(gone))
        left = [
            (row["term"], row["block"], without(row["data"], gone[row["block"]])) for row in rows
        ]
        await _write(session, [one for one in left if one[2]], [one for one in left if not one[2]])


async def _write(
    session: Session, kept: list[tuple[Any, ...]], empty: list[tuple[Any, ...]]
) -> None:
    space = session.scope.space_id
    if kept:
        terms, blocks, data = zip(*kept, strict=True)
        await session.fetch(_REPLACE, space, terms, blocks, data)
    if empty:
        terms, blocks, _ = zip(*empty, strict=True)
        await session.fetch(_DROP, space, terms, blocks)
