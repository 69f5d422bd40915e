"""What a turn retrieved, kept for its steps and its sources."""

from collections.abc import Sequence
from uuid import UUID

from adapters.store.session import Session
from adapters.store.step import stale, unknown_turn
from adapters.store.stored import (
    COLLIDED,
    INSERT_USAGE,
    clean,
    dump,
    event_columns,
    insert_events,
    refuse_collision,
    usage_json,
)
from domain.ports.transcript import Passage, UsageEntry
from models.payloads.events import LoggedEvent
from models.payloads.scope import TurnKey

_LOCK = """
SELECT outcome FROM turn
WHERE space_id = $1 AND conversation_id = $2 AND id = $3 FOR NO KEY UPDATE
"""
# A deletion that is going on is waited for, and one that comes waits for us and takes the copies
# too: nothing of a deleted document is kept behind its back.
_STILL_THERE = """
SELECT id FROM document WHERE space_id = $1 AND id = ANY($2::uuid[]) FOR KEY SHARE
"""
# The first retrieval stands whole: two attempts' passages never mix.
_KEEP = f"""
WITH holder AS (
    SELECT user_id, agent FROM turn
    WHERE space_id = $1 AND conversation_id = $3 AND id = $4
        AND NOT EXISTS (SELECT FROM turn_passage q WHERE q.space_id = $1 AND q.turn_id = $4)
        AND NOT EXISTS (SELECT FROM event e WHERE e.space_id = $1 AND e.conversation_id = $3
            AND e.turn_number = turn.number AND e.kind = 'retrieval.completed')
), kept AS (
    INSERT INTO turn_passage (space_id, organisation_id, turn_id, mark, source, text)
    SELECT $1, $2, $4, p.mark, p.source, p.text
    FROM holder, jsonb_to_recordset($5::jsonb) AS p(mark integer, source jsonb, text text)
), used AS ({INSERT_USAGE.format(turn="$4", entries="$6")}
), logged AS ({insert_events(7, "holder,")})
SELECT {COLLIDED} FROM holder
"""  # noqa: S608 - made of our own parts


async def commit_passages(
    session: Session,
    turn: TurnKey,
    passages: Sequence[Passage],
    usage: Sequence[UsageEntry],
    events: Sequence[LoggedEvent],
) -> None:
    """Keep them once; StaleAttemptError when the turn has ended. Those of documents that were
    deleted meanwhile are left out."""
    row = await session.first(_LOCK, turn.scope.space_id, turn.conversation_id, turn.turn_id)
    if row is None:
        raise unknown_turn()
    if row["outcome"] is not None:
        raise stale()
    documents = [
        {
            "mark": passage.source.mark,
            "source": passage.source.model_dump(mode="json"),
            "text": clean(passage.text),
        }
        for passage in await still_there(session, passages)
    ]
    kept = await session.fetch(
        _KEEP,
        turn.scope.space_id,
        turn.scope.organisation_id,
        turn.conversation_id,
        turn.turn_id,
        dump(documents),
        usage_json(
            turn.turn_id, [(f"retrieval:{index}", entry) for index, entry in enumerate(usage)]
        ),
        *event_columns(events),
    )
    refuse_collision(kept, events)


async def still_there(session: Session, passages: Sequence[Passage]) -> list[Passage]:
    """Without those whose documents have been deleted. Pages that were fetched for one turn are
    in no collection, and nobody deletes them."""
    kept = [passage.source.document_id for passage in passages if passage.source.collection]
    if not kept:
        return list(passages)
    rows = await session.fetch(_STILL_THERE, session.scope.space_id, kept)
    there = {UUID(int=row["id"].int) for row in rows}
    return [
        passage
        for passage in passages
        if not passage.source.collection or passage.source.document_id in there
    ]
