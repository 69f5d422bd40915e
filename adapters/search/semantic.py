"""The semantic stream: codes compared by their bits, then the nearest by their whole vectors."""

from typing import Any, Final
from uuid import UUID

from adapters.search.cells import UNDIVIDED
from adapters.search.filtering import Allowed
from adapters.search.vector import Vector, signs, written
from adapters.store.session import Session
from domain.ports.search import Candidate
from models.errors import ConflictError
from models.tables.documents import DIMENSION

# So many more candidates than wanted are compared by their whole vectors, 6 µs each: recall@10 of
# 0.97 and more in every space measured (ADR 18), where 180 in all gave 0.96.
_SPARE: Final = 250
_FACTOR: Final = 2
# A larger space is divided: of it the nearest cells are read that have so many passages together,
# which takes no longer than reading all of the largest that is not.
PROBED: Final = UNDIVIDED
# Filters that leave so few are answered from these rows alone.
FEW: Final = 2_000

_STATE: Final = "SELECT model, passages, next_number FROM space_index WHERE space_id = $1"

# Everything is read through the space's own index entries. LATERAL with OFFSET keeps the planner
# at one look for each candidate, whatever it thinks of the tables' sizes.
_SEARCH: Final = """
WITH near AS MATERIALIZED (
    SELECT c.passage_id, c.bits <~> $6::bit({dimension}) AS distance
    FROM {source}
    ORDER BY distance
    LIMIT $4
)
SELECT near.passage_id, -(whole.embedding <#> $2::halfvec) AS score
FROM near CROSS JOIN LATERAL (
    SELECT v.embedding FROM passage_vector v
    WHERE v.space_id = $1 AND v.passage_id = near.passage_id AND v.model = $3
    OFFSET 0
) AS whole
ORDER BY score DESC, near.passage_id
LIMIT $5
"""
_ALL: Final = "passage_code c WHERE c.space_id = $1"
_LISTED: Final = f"{_ALL} AND c.number = ANY($7::int[])"
_MASKED: Final = f"{_ALL} AND get_bit($7::bytea, c.number) = 1"
_PROBED: Final = """(
        SELECT cell FROM (
            SELECT s.cell, sum(s.passages) OVER (
                ORDER BY m.centre <#> $2::halfvec, s.cell
            ) - s.passages AS before
            FROM space_cell s JOIN cell_centre m ON m.space_id = $1 AND m.cell = s.cell
            WHERE s.space_id = $1
        ) AS ranked
        WHERE before < $7
    ) AS probed
    CROSS JOIN LATERAL (
        SELECT passage_id, number, bits FROM passage_code
        WHERE space_id = $1 AND cell = probed.cell OFFSET 0
    ) AS c"""
_PROBED_MASKED: Final = f"{_PROBED} WHERE get_bit($8::bytea, c.number) = 1"


def _statement(source: str) -> str:
    return _SEARCH.format(dimension=DIMENSION, source=source)


EXACT: Final = _statement(_ALL)
LISTED: Final = _statement(_LISTED)
MASKED: Final = _statement(_MASKED)
CELLS: Final = _statement(_PROBED)
CELLS_MASKED: Final = _statement(_PROBED_MASKED)


async def search(
    session: Session, vector: Vector, model: str, limit: int, allowed: Allowed | None
) -> list[Candidate]:
    """ConflictError embedding_model_changed."""
    state = await session.first(_STATE, session.scope.space_id)
    if state is None or state["model"] is None:
        return []
    if state["model"] != model:
        raise ConflictError(
            "The space's vectors are another model's.", code="embedding_model_changed"
        )
    await session.take_vectors()
    plan = _Plan(vector, model, limit)
    if state["passages"] > UNDIVIDED:
        found = await _in_cells(session, plan, state, allowed)
        if len(found) >= limit:
            return found
    # Whatever the cells gave: this gives all that there is.
    return await _exact(session, plan, state, allowed)


class _Plan:
    """What all statements take."""

    def __init__(self, vector: Vector, model: str, limit: int) -> None:
        near = _SPARE + _FACTOR * limit
        self._values = (written(vector), model, near, limit, signs(vector))

    async def run(self, session: Session, statement: str, *more: object) -> list[Candidate]:
        rows = await session.fetch(statement, session.scope.space_id, *self._values, *more)
        return [Candidate(UUID(int=row["passage_id"].int), row["score"]) for row in rows]


async def _in_cells(
    session: Session,
    plan: _Plan,
    state: Any,  # noqa: ANN401 - a driver's record
    allowed: Allowed | None,
) -> list[Candidate]:
    """The fewer the filters leave, the more is read; nothing when that would be nearly all."""
    if allowed is None:
        return await plan.run(session, CELLS, PROBED)
    left = len(allowed.numbers)
    reach = PROBED * state["passages"] // max(left, 1)
    if left <= FEW or reach > state["passages"] // 2:
        return []
    return await plan.run(session, CELLS_MASKED, reach, allowed.bits(state["next_number"]))


async def _exact(
    session: Session,
    plan: _Plan,
    state: Any,  # noqa: ANN401 - a driver's record
    allowed: Allowed | None,
) -> list[Candidate]:
    if allowed is None:
        return await plan.run(session, EXACT)
    if len(allowed.numbers) <= FEW:
        return await plan.run(session, LISTED, allowed.numbers.tolist())
    return await plan.run(session, MASKED, allowed.bits(state["next_number"]))
