"""How many streams a user may hold open at once, over all edges."""

from typing import Protocol
from uuid import UUID


class Place(Protocol):
    async def give_back(self) -> None:
        """Let another stream have it. Never raises; a place that its edge could not give back is
        free again half a minute later."""


class StreamPlaces(Protocol):
    async def take(self, organisation_id: UUID, user_id: UUID) -> Place:
        """LimitError("too_many_streams"). With the count out of reach, everybody is let in."""
