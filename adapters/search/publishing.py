"""A document into the index, and out of it: inside the transaction that makes it so."""

from collections.abc import Sequence
from functools import partial
from typing import Any, Final
from uuid import UUID

from adapters.search import cells, codes, words
from adapters.search.space import SpaceState, keep, locked
from adapters.search.standing import STANDING
from adapters.search.thinking import thought
from adapters.store.session import Session
from domain import bm25, lexical
from models.errors import ConflictError

# Passages cut into words at a time, a tenth of a second's work.
_BATCH: Final = 500

# As they are embedded: a passage seldom says what it is about.
_PASSAGES: Final = f"""
SELECT p.id, p.text, {STANDING} AS heading
FROM passage p JOIN document d ON d.space_id = p.space_id AND d.id = p.document_id
WHERE p.space_id = $1 AND p.document_id = $2 AND p.version = $3
ORDER BY p.index
"""  # noqa: S608 - made of our own parts
_COUNT: Final = """
SELECT count(*) AS passages FROM passage
WHERE space_id = $1 AND document_id = $2 AND version = $3
"""
# The models that every passage has a vector of.
_MODELS: Final = """
SELECT v.model
FROM passage p JOIN passage_vector v ON v.space_id = p.space_id AND v.passage_id = p.id
WHERE p.space_id = $1 AND p.document_id = $2 AND p.version = $3
GROUP BY v.model HAVING count(*) = $4
ORDER BY v.model
"""
_ADD: Final = """
INSERT INTO indexed_document
    (space_id, organisation_id, document_id, version, numbers, terms, length)
VALUES ($1, $2, $3, $4, $5, $6, $7)
"""
_REMOVE: Final = """
DELETE FROM indexed_document WHERE space_id = $1 AND document_id = $2
RETURNING numbers, terms, length
"""


async def publish(session: Session, document_id: UUID, version: int) -> None:
    """Take what is live of the document out of the index and put this version in: whoever
    searches sees all of the one or all of the other. The document's row is locked.

    ConflictError ingestion_incomplete when there is no passage, or a vector of the space's model
    is missing.
    """
    state = await locked(session)
    model = await _model(session, document_id, version, state)
    await _take_out(session, document_id, state)
    await _put_in(session, document_id, version, state, model)
    await cells.divide(session, state.passages)
    state.model = model
    await keep(session, state)


async def withdraw(session: Session, document_id: UUID) -> None:
    """Take the document out of the index: every word, number and code. Before its passages are
    deleted; nothing happens when none of it is in the index."""
    state = await locked(session)
    if await _take_out(session, document_id, state):
        # The last one: the next document begins anew, by whichever model.
        await keep(session, state if state.passages else SpaceState())


async def _model(session: Session, document_id: UUID, version: int, state: SpaceState) -> str:
    """The space's model; of the first document, whichever it has been embedded by."""
    key = session.scope.space_id, document_id, version
    row = await session.first(_COUNT, *key)
    if row is not None and row["passages"]:
        models = [found["model"] for found in await session.fetch(_MODELS, *key, row["passages"])]
        if state.model in models or (state.model is None and models):
            return state.model or models[0]
    raise ConflictError("Passages or their vectors are missing.", code="ingestion_incomplete")


async def _take_out(session: Session, document_id: UUID, state: SpaceState) -> bool:
    row = await session.first(_REMOVE, session.scope.space_id, document_id)
    if row is None:
        return False
    numbers: list[int] = row["numbers"]
    await words.remove(session, numbers, row["terms"])
    await codes.remove(session, numbers)
    state.passages -= len(numbers)
    state.terms -= row["length"]
    state.given_back(numbers)
    return True


async def _put_in(
    session: Session, document_id: UUID, version: int, state: SpaceState, model: str
) -> None:
    scope = session.scope
    rows = await session.fetch(_PASSAGES, scope.space_id, document_id, version)
    numbers = state.given(len(rows))
    terms: set[str] = set()
    length = 0
    for start in range(0, len(rows), _BATCH):
        some, theirs = rows[start : start + _BATCH], numbers[start : start + _BATCH]
        lists, size = await thought(session, partial(_cut, some, theirs))
        await words.add(session, lists)
        await codes.add(session, theirs, [row["id"] for row in some], model)
        terms.update(term for term, _ in lists)
        length += size
    state.passages += len(rows)
    state.terms += length
    await session.fetch(
        _ADD,
        *(scope.space_id, scope.organisation_id, document_id, version),
        *(numbers, sorted(terms), length),
    )


def _cut(rows: Sequence[Any], numbers: Sequence[int]) -> tuple[dict[tuple[str, int], bytes], int]:
    """Posting lists of these passages, and their length in terms together."""
    counted = [lexical.counted(row["text"], row["heading"]) for row in rows]
    passages = [
        (number, frequencies, length)
        for number, (frequencies, length) in zip(numbers, counted, strict=True)
    ]
    return bm25.packed(passages), sum(length for _, length in counted)
