"""Pictures by what they look like: a space's are few enough to compare them all."""

from typing import Any, Final
from uuid import UUID

from adapters.search.filtering import condition
from adapters.search.vector import Vector, written
from adapters.store.session import Session
from domain.ports.search import PictureHit
from models.payloads.knowledge import Filters

# Models' dimensions differ, and Postgres may look at a row's vector before its model: only rows
# of the right model get as far as the distance.
_SEARCH: Final = """
SELECT p.id, p.document_id, d.title, p.caption, p.page, d.collection,
    1 - (p.vector <=> $2::halfvec) AS score
FROM (
    SELECT * FROM picture WHERE space_id = $1 AND model = $3 AND vector IS NOT NULL OFFSET 0
) AS p
JOIN document d ON d.space_id = $1 AND d.id = p.document_id AND d.live_version = p.version
WHERE vector_dims(p.vector) = $4{filters}
ORDER BY score DESC, p.id
LIMIT $5
"""


async def search(
    session: Session, vector: Vector, model: str, limit: int, filters: Filters | None
) -> list[PictureHit]:
    clauses, values = condition(filters or Filters(), 6)
    await session.take_vectors()
    rows = await session.fetch(
        _SEARCH.format(filters=clauses),
        *(session.scope.space_id, written(vector), model, len(vector), limit),
        *values,
    )
    return [_hit(row) for row in rows]


def _hit(row: Any) -> PictureHit:  # noqa: ANN401 - a driver's record
    return PictureHit(
        picture_id=UUID(int=row["id"].int),
        document_id=UUID(int=row["document_id"].int),
        title=row["title"],
        caption=row["caption"],
        page=row["page"],
        score=float(row["score"]),
        collection=row["collection"],
    )
