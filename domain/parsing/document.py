"""One file's bytes to passages. Run it in a child: a file may be made to do harm."""

from collections.abc import Callable, Mapping

from domain.chunking import chunk
from domain.parsing import html, kinds, markdown, plain, tabular
from domain.parsing.decoding import decode
from domain.parsing.limits import PASSAGES, TEXT_BYTES
from domain.parsing.structure import StructuredText
from domain.ports.parsing import ParsedDocument
from models.errors import InvalidError, TooLargeError
from models.payloads.knowledge import Chunking

_READERS: Mapping[str, Callable[[str], StructuredText]] = {
    kinds.TEXT: plain.read,
    kinds.MARKDOWN: markdown.read,
    kinds.HTML: html.read,
    kinds.CSV: tabular.read,
}


def parse(media_type: str, data: bytes, chunking: Chunking | None = None) -> ParsedDocument:
    """Read and cut one file. `media_type` is what `kinds.detect` gave.

    UnsupportedError document_encoding_unknown, TooLargeError document_too_long, InvalidError
    document_without_text.
    """
    structured = _READERS[media_type](decode(data))
    if len(structured.text.encode()) > TEXT_BYTES:
        raise TooLargeError(
            f"The file's text is longer than {TEXT_BYTES:,} bytes.", code="document_too_long"
        )
    passages = chunk(structured, chunking or Chunking())
    if not passages:
        raise InvalidError("No text was found in the file.", code="document_without_text")
    if len(passages) > PASSAGES:
        raise TooLargeError(
            f"The file falls into {len(passages):,} passages; {PASSAGES:,} is the limit.",
            code="document_too_long",
        )
    return ParsedDocument(structured.title, passages)
