"""Parsing, wherever it runs."""

from typing import Protocol

from domain.parsing.document import ParsedDocument


class Parser(Protocol):
    async def parse(self, media_type: str, data: bytes) -> ParsedDocument:
        """Raises what `domain.parsing.document.parse` does, and InvalidError
        document_parse_timeout or document_parse_failed. Never harms its caller."""
