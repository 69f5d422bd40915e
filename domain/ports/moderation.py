"""Whether somebody else's classifier objects to a text."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Moderation:
    flagged: bool
    categories: tuple[str, ...] = ()


class Moderator(Protocol):
    async def look(self, text: str) -> Moderation:
        """ModelError when it cannot be asked; the caller decides what that means."""
