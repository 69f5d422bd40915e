"""A space's index as a whole: locked by whoever changes it."""

from dataclasses import dataclass, field
from typing import Final

from adapters.store.session import Session

# More that are given back are lost, and posting lists a little less dense for it. The row is
# written with every publication: 16 KB at most.
MOST_FREE: Final = 4_096

_CREATE: Final = """
INSERT INTO space_index (space_id, organisation_id) VALUES ($1, $2) ON CONFLICT DO NOTHING
"""
_LOCK: Final = """
SELECT model, passages, terms, next_number, free FROM space_index WHERE space_id = $1 FOR UPDATE
"""
_KEEP: Final = """
UPDATE space_index SET model = $2, passages = $3, terms = $4, next_number = $5, free = $6
WHERE space_id = $1
"""


@dataclass(slots=True)
class SpaceState:
    """The row, while its lock is held."""

    model: str | None = None
    passages: int = 0
    terms: int = 0
    next_number: int = 0
    free: list[int] = field(default_factory=list)

    def given(self, count: int) -> list[int]:
        """Numbers for so many passages: used ones first."""
        numbers, self.free = self.free[:count], self.free[count:]
        fresh = count - len(numbers)
        numbers += range(self.next_number, self.next_number + fresh)
        self.next_number += fresh
        return numbers

    def given_back(self, numbers: list[int]) -> None:
        self.free = sorted([*self.free, *numbers])[:MOST_FREE]


async def locked(session: Session) -> SpaceState:
    """Made when it is not there. The document's row is locked before it, everywhere."""
    scope = session.scope
    row = await session.first(_LOCK, scope.space_id)
    if row is None:
        await session.fetch(_CREATE, scope.space_id, scope.organisation_id)
        row = await session.first(_LOCK, scope.space_id)
    return SpaceState(**dict(row or {}))


async def keep(session: Session, state: SpaceState) -> None:
    await session.fetch(
        _KEEP,
        session.scope.space_id,
        *(state.model, state.passages, state.terms, state.next_number, state.free),
    )
