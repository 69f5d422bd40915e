"""The runs of the agents that a conversation's turns called: they are erased with it."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from adapters.store.session import Session
from domain.teams import DEEPEST, MEMBER_PREFIX
from models.ids import child_run_id

# A run's id follows from its call's, so that no row needs to name its caller.
_CALLS: Final = """
SELECT k.turn_id, k.call_id FROM turn t
JOIN tool_call k ON k.space_id = $1 AND k.turn_id = t.id AND starts_with(k.name, $3)
WHERE t.space_id = $1 AND t.conversation_id = ANY($2)
"""
# Open turns are locked before their conversations, as everywhere.
_LOCK_TURNS: Final = """
SELECT FROM turn WHERE space_id = $1 AND conversation_id = ANY($2) AND outcome IS NULL
ORDER BY id FOR UPDATE
"""
_ERASE: Final = """
DELETE FROM conversation WHERE space_id = $1 AND id = ANY($2) AND kind = 'run'
"""


async def called_runs(session: Session, conversation_id: UUID) -> Sequence[UUID]:
    """However deep; before their calls are erased."""
    space, found, callers = session.scope.space_id, list[UUID](), [conversation_id]
    for _ in range(DEEPEST):
        rows = await session.fetch(_CALLS, space, callers, MEMBER_PREFIX)
        callers = [child_run_id(row["turn_id"], row["call_id"]) for row in rows]
        if not callers:
            break
        found += callers
    return found


async def erase_runs(session: Session, runs: Sequence[UUID]) -> None:
    if runs:
        await session.fetch(_LOCK_TURNS, session.scope.space_id, list(runs))
        await session.fetch(_ERASE, session.scope.space_id, list(runs))
