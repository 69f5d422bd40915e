"""Passages that tools find in the middle of a turn, with marks that go on from those it has."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from adapters.store.passages import still_there
from adapters.store.repository import Repository
from adapters.store.session import Session
from adapters.store.step import stale, unknown_turn
from adapters.store.stored import clean, dump
from domain.ports.transcript import Passage
from models.payloads.scope import TurnKey
from models.payloads.sources import Source

# Each step loads them all; no answer cites so many.
MOST_MARKS = 500

# Searches that run side by side wait here, so that no mark is given twice.
_LOCK = """
SELECT outcome FROM turn
WHERE space_id = $1 AND conversation_id = $2 AND id = $3 FOR NO KEY UPDATE
"""
_KEEP = f"""
WITH offered AS (
    SELECT p.place, p.source, p.text
    FROM jsonb_to_recordset($4::jsonb) AS p(place integer, source jsonb, text text)
), had AS (
    SELECT q.mark, q.source ->> 'passage_id' AS passage_id FROM turn_passage q
    WHERE q.space_id = $1 AND q.turn_id = $3
), fresh AS (
    SELECT o.*, (SELECT coalesce(max(mark), 0) FROM had)
        + row_number() OVER (ORDER BY o.place) AS mark
    FROM offered o
    WHERE NOT EXISTS (SELECT FROM had h WHERE h.passage_id = o.source ->> 'passage_id')
), kept AS (
    INSERT INTO turn_passage (space_id, organisation_id, turn_id, mark, source, text)
    SELECT $1, $2, $3, mark, jsonb_set(source, '{{mark}}', to_jsonb(mark)), text
    FROM fresh WHERE mark <= {MOST_MARKS}
)
SELECT o.place, coalesce(h.mark, f.mark)::integer AS mark
FROM offered o
LEFT JOIN had h ON h.passage_id = o.source ->> 'passage_id'
LEFT JOIN fresh f ON f.place = o.place AND f.mark <= {MOST_MARKS}
"""  # noqa: S608 - made of our own parts
_OF = """
SELECT source, text FROM turn_passage WHERE space_id = $1 AND turn_id = $2 ORDER BY mark
"""


class PostgresCitings(Repository):
    async def keep(self, turn: TurnKey, passages: Sequence[Passage]) -> Sequence[Passage]:
        once = list({passage.source.passage_id: passage for passage in passages}.values())

        async def work(session: Session) -> Sequence[Passage]:
            space = turn.scope.space_id
            row = await session.first(_LOCK, space, turn.conversation_id, turn.turn_id)
            if row is None:
                raise unknown_turn()
            if row["outcome"] is not None:
                raise stale()
            offered = _offered(once, await still_there(session, once))
            rows = await session.fetch(
                _KEEP, space, turn.scope.organisation_id, turn.turn_id, dump(offered)
            )
            marks = {row["place"]: row["mark"] or 0 for row in rows}
            return [_marked(passage, marks.get(place, 0)) for place, passage in enumerate(once)]

        return await self._run(turn.scope, work)

    async def of(self, turn: TurnKey) -> Sequence[Passage]:
        async def work(session: Session) -> Sequence[Passage]:
            rows = await session.fetch(_OF, turn.scope.space_id, turn.turn_id)
            return [Passage(Source.model_validate(row["source"]), row["text"]) for row in rows]

        return await self._run(turn.scope, work)


def _offered(once: Sequence[Passage], there: Sequence[Passage]) -> list[dict[str, Any]]:
    """By their places; those of deleted documents get no mark."""
    kept = {passage.source.passage_id for passage in there}
    return [
        {
            "place": place,
            "source": passage.source.model_dump(mode="json"),
            "text": clean(passage.text),
        }
        for place, passage in enumerate(once)
        if passage.source.passage_id in kept
    ]


def _marked(passage: Passage, mark: int) -> Passage:
    return replace(passage, source=passage.source.model_copy(update={"mark": mark}))
