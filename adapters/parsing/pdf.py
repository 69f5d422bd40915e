"""PDF, by pdfium: text, outline, tags, lines and pictures; no model."""

import re
import time
from collections.abc import Iterator, Mapping

import pypdfium2 as pdfium
from pypdfium2 import raw

from adapters.parsing import pdf_pictures, recognition
from adapters.parsing.gallery import Gallery
from adapters.parsing.pdf_page import sheet
from adapters.parsing.pdf_tags import levels
from domain.parsing import limits, marked
from domain.parsing.layout.document import Page, written
from domain.parsing.layout.headings import key
from domain.parsing.metadata import metadata
from domain.parsing.naming import showable
from domain.parsing.structure import StructuredText
from domain.ports.knowledge import Metadata
from models.errors import InvalidError, TooLargeError

_ENCRYPTED = (raw.FPDF_ERR_PASSWORD, raw.FPDF_ERR_SECURITY)
# Recognising a page takes seconds; what is left of a file's time must do for the rest.
_RECOGNISING_SECONDS = 30.0
_NO_TITLE = re.compile(
    r"^(?:untitled|unbenannt|slide 1|microsoft \w+ - .*|powerpoint presentation)"
    r"|\.(?:docx?|pptx?|xlsx?|indd|pdf|odt|tex|dvi|qxp|ai)$",
    re.IGNORECASE,
)
_OUTLINE_ENTRIES = 5_000
_OUTLINE_DEPTH = 6


def read(_media_type: str, data: bytes, _name: str) -> StructuredText:
    """InvalidError document_encrypted, document_parse_failed, or needs_ocr when no page has text
    and nothing here can recognise any; TooLargeError document_too_long."""
    document = _opened(data)
    if len(document) > limits.PAGES:
        raise TooLargeError(
            f"The file has {len(document):,} pages; {limits.PAGES:,} is the limit.",
            code="document_too_long",
        )
    gallery = Gallery()
    pages = list(_pages(document, gallery))
    _recognise(document, pages)
    if not any(page.text or page.sheet.words for page in pages):
        raise InvalidError(
            "The pages are pictures without text: recognise the text (OCR) and try again.",
            code="needs_ocr",
        )
    structured = marked.read(written(pages, _outline(document)), gallery.images)
    said = document.get_metadata_dict()
    return StructuredText(
        title=_title(said.get("Title", "")) or structured.title,
        text=structured.text,
        blocks=structured.blocks,
        page_starts=structured.page_starts,
        images=structured.images,
        metadata=_metadata(document, said),
        pages=len(document),
        unread_pages=[page.sheet.number for page in pages if page.pictured and not page.text],
    )


def _title(said: str) -> str:
    """Programs that print write a file's name there, or nothing of use."""
    title = showable(said[:1_000])
    return "" if _NO_TITLE.search(title) else title


def _opened(data: bytes) -> pdfium.PdfDocument:
    try:
        document = pdfium.PdfDocument(data)
        if len(document):
            return document
    except pdfium.PdfiumError as error:
        if getattr(error, "err_code", None) in _ENCRYPTED:
            raise InvalidError(
                "The file is encrypted: remove its password and try again.",
                code="document_encrypted",
            ) from error
    raise InvalidError(
        "The file is damaged or cut off: save it anew and try again.",
        code="document_parse_failed",
    )


def _pages(document: pdfium.PdfDocument, gallery: Gallery) -> Iterator[Page]:
    tagged = bool(raw.FPDFCatalog_IsTagged(document))
    for index in range(len(document)):
        try:
            page = document[index]
        except pdfium.PdfiumError:
            # One broken page of many; its number stays.
            continue
        found = Page(sheet(page, index + 1, levels(page) if tagged else {}))
        found.pictured = not found.sheet.words and pdf_pictures.any_on(page)
        found.pictures = pdf_pictures.placed(page, found.sheet, gallery)
        yield found
        page.close()


def _recognise(document: pdfium.PdfDocument, pages: list[Page]) -> None:
    """Text of pages that have none, as far as time allows."""
    started = time.monotonic()
    for page in pages:
        if page.sheet.words or time.monotonic() - started > _RECOGNISING_SECONDS:
            continue
        if not recognition.available():
            return
        page.text = marked.cleaned(recognition.text(document[page.sheet.number - 1]))


def _outline(document: pdfium.PdfDocument) -> Mapping[tuple[int, str], int]:
    """Headings by page and key. A broken outline is none."""
    found: dict[tuple[int, str], int] = {}
    try:
        for number, entry in enumerate(document.get_toc(max_depth=_OUTLINE_DEPTH)):
            destination = entry.get_dest()
            page = destination.get_index() if destination else None
            if page is not None and (title := key(entry.get_title()[:500])):
                found[page + 1, title] = min(entry.level + 1, _OUTLINE_DEPTH)
            if number >= _OUTLINE_ENTRIES:
                break
    except (pdfium.PdfiumError, UnicodeError, ValueError):
        return found
    return found


def _metadata(document: pdfium.PdfDocument, said: Mapping[str, str]) -> Metadata:
    return metadata(
        author=said.get("Author"),
        language=_language(document),
        published=[said.get("ModDate"), said.get("CreationDate")],
        keywords=said.get("Keywords") or (),
    )


def _language(document: pdfium.PdfDocument) -> str | None:
    catalogue = getattr(raw, "FPDFCatalog_GetLanguage", None)
    if catalogue is None:
        return None
    length = catalogue(document, None, 0)
    if not 2 < length < 200:
        return None
    buffer = (raw.FPDF_WCHAR * (length // 2))()
    catalogue(document, buffer, length)
    return bytes(buffer).decode("utf-16-le", "ignore").rstrip("\x00")
