"""Where the bytes of documents lie."""

from typing import Protocol

from models.payloads.ingestion import DocumentKey


class Originals(Protocol):
    """One object for each version of each document, under a key that begins with its
    organisation and space. UnavailableError("originals_unavailable")."""

    async def put(self, key: DocumentKey, data: bytes) -> str:
        """Store them, again if need be; gives the object's name, to keep with the row."""

    async def get(self, name: str) -> bytes:
        """NotFoundError("original_missing")."""

    async def remove(self, name: str) -> None:
        """One that is gone is fine."""
