"""Parsing, wherever it runs."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from domain.ports.knowledge import Metadata, NewPassage, NewPicture
from models.payloads.knowledge import Chunking


@dataclass(frozen=True, slots=True)
class ParsedDocument:
    """`title` is the document's own, empty when it has none. `pages` is 0 where there are none."""

    title: str
    passages: Sequence[NewPassage]
    pictures: Sequence[NewPicture] = ()
    metadata: Metadata = field(default_factory=Metadata)
    pages: int = 0


class Parser(Protocol):
    async def parse(
        self, media_type: str, data: bytes, *, name: str = "", chunking: Chunking | None = None
    ) -> ParsedDocument:
        """Raises what `domain.parsing.document.parse` does, and InvalidError
        document_parse_timeout or document_parse_failed. Never harms its caller."""
