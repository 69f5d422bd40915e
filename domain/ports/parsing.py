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
    unread_pages: Sequence[int] = ()
    """Pictures of text that nothing here could recognise; the others were read."""


class Parser(Protocol):
    async def parse(
        self, media_type: str, data: bytes, *, name: str = "", chunking: Chunking | None = None
    ) -> ParsedDocument:
        """`name` is the file's, for its extension and where a picture says nothing else.

        UnsupportedError document_encoding_unknown, document_unsafe; TooLargeError
        document_too_long, document_expands; InvalidError document_without_text, needs_ocr,
        document_encrypted, document_parse_timeout, document_parse_failed. UnavailableError
        parser_unavailable may pass. Never harms its caller."""
