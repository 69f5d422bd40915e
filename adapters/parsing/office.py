"""Word, PowerPoint and Excel files, by docling's readers: no model, and nothing fetched."""

import warnings
from collections.abc import Iterator
from io import BytesIO

from docling.backend.abstract_backend import DeclarativeDocumentBackend
from docling.backend.msexcel_backend import MsExcelDocumentBackend
from docling.datamodel.base_models import InputFormat
from docling.datamodel.document import InputDocument
from docling_core.types.doc.common.content_layer import ContentLayer
from docling_core.types.doc.document import DoclingDocument
from docling_core.types.doc.items.group import GroupItem
from docling_core.types.doc.items.text import TextItem

from adapters.parsing import package, sheets
from adapters.parsing.alternatives import PowerPoint, Word
from adapters.parsing.gallery import Gallery
from adapters.parsing.serialising import serialiser, spaced
from domain.parsing import kinds, marked
from domain.parsing.limits import SEARCHED_CELLS, SHEET_CELLS
from domain.parsing.structure import StructuredText
from models.errors import InvalidError, TooLargeError

_BACKENDS: dict[str, tuple[type[DeclarativeDocumentBackend], InputFormat]] = {
    kinds.DOCX: (Word, InputFormat.DOCX),
    kinds.PPTX: (PowerPoint, InputFormat.PPTX),
    kinds.XLSX: (MsExcelDocumentBackend, InputFormat.XLSX),
}


def read(media_type: str, data: bytes, _name: str) -> StructuredText:
    """TooLargeError document_expands or document_too_long, UnsupportedError document_unsafe,
    InvalidError document_parse_failed."""
    with package.opened(data) as archive:
        package.check(archive)
        cells = package.cells(archive) if media_type == kinds.XLSX else 0
        if cells > SHEET_CELLS:
            raise TooLargeError(
                f"The workbook has more than {SHEET_CELLS:,} cells.", code="document_too_long"
            )
        properties = package.properties(archive)
    structured = sheets.read(data) if cells > SEARCHED_CELLS else _searched(media_type, data)
    return StructuredText(
        title=structured.title or _first_heading(media_type, structured) or properties.title,
        text=structured.text,
        blocks=structured.blocks,
        page_starts=structured.page_starts,
        images=structured.images,
        metadata=properties.metadata,
        pages=structured.page_starts[-1].number if structured.page_starts else 0,
    )


def _first_heading(media_type: str, structured: StructuredText) -> str:
    """What a Word file begins with: its properties' title is often its template's."""
    first = next(iter(structured.blocks), None)
    return first.label if first and media_type == kinds.DOCX else ""


def _searched(media_type: str, data: bytes) -> StructuredText:
    """As docling finds them: tables, lists, headings, pictures."""
    gallery = Gallery()
    document = _converted(media_type, data)
    text = spaced("\n\n".join(_parts(document, media_type, gallery)))
    return marked.read(text, gallery.images)


def _converted(media_type: str, data: bytes) -> DoclingDocument:
    backend, form = _BACKENDS[media_type]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        source = InputDocument(
            path_or_stream=BytesIO(data), format=form, backend=backend, filename="file"
        )
        if not source.valid:
            raise InvalidError(
                "The file is damaged: open it, save it anew and try again.",
                code="document_parse_failed",
            )
        # As docling's own pipelines do.
        reader = source._backend  # noqa: SLF001 - it has no other name
        assert isinstance(reader, DeclarativeDocumentBackend)  # noqa: S101 - by the format
        return reader.convert()


def _parts(document: DoclingDocument, media_type: str, gallery: Gallery) -> Iterator[str]:
    """Slides and sheets are pages; a Word file has none before it is laid out."""
    writer = serialiser(document, gallery)
    if media_type == kinds.DOCX:
        yield writer.serialize().text
        return
    for number, child in enumerate(document.body.children, 1):
        item = child.resolve(document)
        yield marked.page(number)
        text = writer.serialize(item=item).text
        if media_type == kinds.XLSX and isinstance(item, GroupItem) and text.strip():
            # A sheet's name says what its numbers are.
            yield f"## {marked.caption_line(item.name)}"
        yield text
        label = "Notes: " if media_type == kinds.PPTX else ""
        yield from (label + words for words in _notes(item, document))


def _notes(item: object, document: DoclingDocument) -> Iterator[str]:
    """What the speaker says is often what the slide means; comments on cells too."""
    if not isinstance(item, GroupItem):
        return
    for child in item.children:
        within = child.resolve(document)
        if isinstance(within, TextItem) and within.content_layer is ContentLayer.NOTES:
            yield within.text
