"""One file's bytes to passages. Run it in a child: a file may be made to do harm."""

from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence

from domain.chunking import chunk
from domain.parsing import embedded, html, kinds, plain, tabular
from domain.parsing.decoding import decode
from domain.parsing.limits import PASSAGES, PICTURES, TEXT_BYTES
from domain.parsing.structure import StructuredText
from domain.ports.knowledge import NewPassage, NewPicture
from domain.ports.parsing import ParsedDocument
from models.errors import InvalidError, TooLargeError
from models.payloads.knowledge import Chunking

_READERS: Mapping[str, Callable[[str], StructuredText]] = {
    kinds.TEXT: plain.read,
    kinds.MARKDOWN: embedded.read,
    kinds.HTML: html.read,
    kinds.CSV: tabular.read,
}


def read(media_type: str, data: bytes) -> StructuredText:
    """Text, Markdown, HTML or CSV. UnsupportedError document_encoding_unknown."""
    return _READERS[media_type](decode(data))


def parse(media_type: str, data: bytes, chunking: Chunking | None = None) -> ParsedDocument:
    """Read and cut one file. `media_type` is what `kinds.detect` gave.

    UnsupportedError document_encoding_unknown, TooLargeError document_too_long, InvalidError
    document_without_text.
    """
    return cut(read(media_type, data), chunking or Chunking())


def cut(structured: StructuredText, chunking: Chunking) -> ParsedDocument:
    """To passages and pictures. TooLargeError document_too_long, InvalidError
    document_without_text when there is neither text nor picture."""
    if len(structured.text.encode()) > TEXT_BYTES:
        raise TooLargeError(
            f"The file's text is longer than {TEXT_BYTES:,} bytes.", code="document_too_long"
        )
    passages = chunk(structured, chunking)
    if not passages and not structured.images:
        raise InvalidError("No text was found in the file.", code="document_without_text")
    if len(passages) > PASSAGES:
        raise TooLargeError(
            f"The file falls into {len(passages):,} passages; {PASSAGES:,} is the limit.",
            code="document_too_long",
        )
    return ParsedDocument(
        title=structured.title,
        passages=passages,
        pictures=list(_pictures(structured, passages)),
        metadata=structured.metadata,
        pages=structured.pages,
        unread_pages=tuple(structured.unread_pages),
    )


def _pictures(document: StructuredText, passages: Sequence[NewPassage]) -> Iterator[NewPicture]:
    starts = [passage.start for passage in passages]
    for index, image in enumerate(document.images[:PICTURES]):
        # One without a caption belongs to the passage that it stands in, or after.
        within = None if image.position is None else bisect_right(starts, image.position) - 1
        yield NewPicture(
            index=index,
            data=image.data,
            caption=image.caption,
            width=image.width,
            height=image.height,
            page=image.page,
            passage=None if within is None or not passages else passages[max(within, 0)].index,
        )
