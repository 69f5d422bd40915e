"""An entry of the audit trail, in the transaction of what it tells of."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from adapters.store.session import Session
from adapters.store.stored import dump

_RECORD = """
INSERT INTO audit (space_id, organisation_id, id, user_id, action, subject_id, details)
VALUES ($1, $2, $3, $4, $5, $6, $7::jsonb)
"""


_RECORDED = "SELECT FROM audit WHERE space_id = $1 AND id = $2"


async def recorded(session: Session, entry: UUID) -> bool:
    """A try before this one has done it, and its answer was lost."""
    return await session.first(_RECORDED, session.scope.space_id, entry) is not None


async def record(
    session: Session,
    entry: UUID,
    action: str,
    subject: UUID,
    *,
    by: UUID | None,
    details: Mapping[str, Any],
) -> None:
    """Last in its transaction: it locks the head of the space's trail. One that is run again
    names the same entry, which then stands already."""
    scope = session.scope
    await session.fetch(
        *(_RECORD, scope.space_id, scope.organisation_id),
        *(entry, by, action, subject, dump(dict(details))),
    )
