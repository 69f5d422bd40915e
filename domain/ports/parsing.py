"""Parsing, wherever it runs."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from domain.ports.knowledge import NewPassage


@dataclass(frozen=True, slots=True)
class ParsedDocument:
    """`title` is the document's own, empty when it has none."""

    title: str
    passages: Sequence[NewPassage]


class Parser(Protocol):
    async def parse(self, media_type: str, data: bytes) -> ParsedDocument:
        """Raises what `domain.parsing.document.parse` does, and InvalidError
        document_parse_timeout or document_parse_failed. Never harms its caller."""
