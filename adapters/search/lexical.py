"""The lexical stream: posting lists of the query's terms, scored here."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from adapters.search.filtering import Allowed
from adapters.store.session import Session
from domain.bm25 import Extent, Listing, best
from domain.ports.search import Candidate

# Bytes of posting lists that are scored in the event loop: a millisecond or two. More goes to a
# thread.
_INLINE: Final = 250_000

# One statement, so one round trip. The space's row comes with each list, and alone when no term
# is known.
_READ: Final = """
SELECT i.passages, i.terms, i.next_number, p.term, p.block, p.data
FROM space_index i LEFT JOIN posting p ON p.space_id = $1 AND p.term = ANY($2::text[])
WHERE i.space_id = $1
"""
_PASSAGES: Final = """
SELECT number, passage_id FROM passage_code WHERE space_id = $1 AND number = ANY($2::int[])
"""


async def search(
    session: Session, asked: Mapping[str, int], limit: int, allowed: Allowed | None
) -> list[Candidate]:
    rows = await session.fetch(_READ, session.scope.space_id, list(asked))
    if sum(len(row["data"] or b"") for row in rows) > _INLINE:
        found = await asyncio.to_thread(_scored, rows, asked, limit, allowed)
    else:
        found = _scored(rows, asked, limit, allowed)
    if not found:
        return []
    named = await session.fetch(_PASSAGES, session.scope.space_id, [number for number, _ in found])
    ids = {row["number"]: UUID(int=row["passage_id"].int) for row in named}
    return [Candidate(ids[number], score) for number, score in found if number in ids]


def _scored(
    rows: Sequence[Any], asked: Mapping[str, int], limit: int, allowed: Allowed | None
) -> list[tuple[int, float]]:
    listings = [
        Listing(row["term"], row["block"], row["data"]) for row in rows if row["data"] is not None
    ]
    if not listings:
        return []
    extent = Extent(rows[0]["passages"], rows[0]["terms"], rows[0]["next_number"])
    mask = None if allowed is None else allowed.mask(extent.next_number)
    return best(listings, asked, extent, limit, mask)
