"""Where the bytes of documents lie."""

from typing import Protocol


class Originals(Protocol):
    """Objects under names that begin with their organisation and space. No name is used twice:
    what is removed late is never somebody else's. UnavailableError("originals_unavailable")."""

    async def put(self, name: str, data: bytes) -> None:
        """Store them, whole or not at all; in two minutes at most."""

    async def get(self, name: str) -> bytes:
        """NotFoundError("original_missing")."""

    async def remove(self, name: str) -> None:
        """One that is gone is fine."""
