"""What is seen in pictures."""

from collections.abc import Sequence
from typing import Protocol

from domain.ports.transcript import UsageEntry
from models.payloads.chat import Usage


class PictureEmbedder(Protocol):
    """Pictures to unit vectors of `dimension` numbers."""

    name: str
    dimension: int

    async def embed(self, pictures: Sequence[bytes]) -> tuple[list[list[float]], Usage]:
        """One vector a picture (PNG or JPEG), in order. ModelError, or InvalidError
        picture_unreadable."""


class Captioner(Protocol):
    async def caption(self, picture: bytes) -> tuple[str, UsageEntry | None]:
        """One or two sentences on what a picture shows. Raises ModelError."""
