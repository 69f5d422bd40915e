"""Documents of so many pages in each format, for the readers to be timed on."""

import random
import zlib
from collections.abc import Callable, Mapping
from email.message import EmailMessage
from io import BytesIO

import docx
import openpyxl
import pptx

from domain.parsing import kinds

# What a page of text has, and of a sheet.
PAGE_LINES = 40
PAGE_ROWS = 50
_WORDS = (  # noqa: SIM905 - as a list it is a page long
    "brand voice colour market launch campaign audience message channel budget quarter growth "
    "customer product price story trust design review partner region summer media report team"
).split()


class _Writer:
    """The same words in every run."""

    def __init__(self) -> None:
        self._random = random.Random(7)  # noqa: S311 - to be repeated, not to be secret

    def line(self, words: int = 11) -> str:
        return " ".join(self._random.choices(_WORDS, k=words)).capitalize() + "."

    def title(self) -> str:
        return " ".join(self._random.choices(_WORDS, k=3)).capitalize()

    def paragraphs(self) -> list[str]:
        return [" ".join(self.line() for _ in range(5)) for _ in range(PAGE_LINES // 5)]

    def row(self) -> list[str]:
        return [self.title(), *(f"{self._random.random() * 1e4:.2f}" for _ in range(5))]


def _pdf(pages: int) -> bytes:
    """Headings, two columns, and a table with lines on each page."""
    writer = _Writer()
    contents = [_page(writer) for _ in range(pages)]
    kids = " ".join(f"{10 + 2 * index} 0 R" for index in range(pages))
    objects = {
        1: b"<</Type/Catalog/Pages 2 0 R>>",
        2: f"<</Type/Pages/Count {pages}/Kids[{kids}]>>".encode(),
        3: b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    }
    for index, content in enumerate(contents):
        packed = zlib.compress(content.encode())
        objects[10 + 2 * index] = (
            f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents {11 + 2 * index} 0 R"
            "/Resources<</Font<</F1 3 0 R>>>>>>"
        ).encode()
        head = f"<</Length {len(packed)}/Filter/FlateDecode>>stream\n"
        objects[11 + 2 * index] = head.encode() + packed + b"\nendstream"
    return _file(objects)


def _page(writer: _Writer) -> str:
    parts = [f"BT /F1 18 Tf 60 780 Td ({writer.title()}) Tj ET"]
    for left in (60, 310):
        lines = " ".join(f"({writer.line(6)}) Tj 0 -13 Td" for _ in range(PAGE_LINES))
        parts.append(f"BT /F1 9 Tf {left} 750 Td {lines} ET")
    for row in range(6):
        top = 200 - 20 * row
        parts.append(f"60 {top} m 540 {top} l S")
        if row < 5:
            cells = zip((65, 225, 385), (writer.title() for _ in range(3)), strict=True)
            parts += [f"BT /F1 8 Tf {x} {top - 14} Td ({cell}) Tj ET" for x, cell in cells]
    parts += [f"{x} 200 m {x} 100 l S" for x in (60, 220, 380, 540)]
    return " ".join(parts)


def _file(objects: Mapping[int, bytes]) -> bytes:
    written = bytearray(b"%PDF-1.7\n")
    places = {}
    for number, body in objects.items():
        places[number] = len(written)
        written += f"{number} 0 obj\n".encode() + body + b"\nendobj\n"
    start, size = len(written), max(objects) + 1
    entries = [
        f"{places.get(number, 0):010} 00000 {'n' if number in places else 'f'} \n"
        for number in range(size)
    ]
    written += f"xref\n0 {size}\n{''.join(entries)}".encode()
    written += f"trailer\n<</Size {size}/Root 1 0 R>>\nstartxref\n{start}\n%%EOF\n".encode()
    return bytes(written)


def _docx(pages: int) -> bytes:
    writer, document = _Writer(), docx.Document()
    for _ in range(pages):
        document.add_heading(writer.title(), 1)
        for paragraph in writer.paragraphs():
            document.add_paragraph(paragraph)
        table = document.add_table(rows=0, cols=6)
        for _ in range(4):
            cells = table.add_row().cells
            for cell, words in zip(cells, writer.row(), strict=True):
                cell.text = words
    return _saved(document)


def _pptx(pages: int) -> bytes:
    writer, deck = _Writer(), pptx.Presentation()
    for _ in range(pages):
        slide = deck.slides.add_slide(deck.slide_layouts[1])
        slide.shapes.title.text = writer.title()
        slide.placeholders[1].text = "\n".join(writer.line(8) for _ in range(8))
    return _saved(deck)


def _xlsx(pages: int) -> bytes:
    writer, book = _Writer(), openpyxl.Workbook()
    sheet = book.active
    for _ in range(pages * PAGE_ROWS):
        sheet.append(writer.row())
    return _saved(book)


def _saved(document: object) -> bytes:
    written = BytesIO()
    document.save(written)  # type: ignore[attr-defined]  # of three libraries without types
    return written.getvalue()


def _markdown(pages: int) -> bytes:
    writer = _Writer()
    parts = ["\n\n".join([f"## {writer.title()}", *writer.paragraphs()]) for _ in range(pages)]
    return "\n\n".join(parts).encode()


def _html(pages: int) -> bytes:
    writer = _Writer()
    parts = [
        f"<h2>{writer.title()}</h2>" + "".join(f"<p>{words}</p>" for words in writer.paragraphs())
        for _ in range(pages)
    ]
    return f"<html><body><main>{''.join(parts)}</main></body></html>".encode()


def _csv(pages: int) -> bytes:
    writer = _Writer()
    return "\n".join(",".join(writer.row()) for _ in range(pages * PAGE_ROWS)).encode()


def _eml(pages: int) -> bytes:
    message = EmailMessage()
    message["From"], message["Subject"] = "ada@example.com", "Report"
    message.set_content(_markdown(pages).decode())
    return message.as_bytes()


FORMATS: Mapping[str, tuple[str, Callable[[int], bytes]]] = {
    "PDF": (kinds.PDF, _pdf),
    "DOCX": (kinds.DOCX, _docx),
    "PPTX": (kinds.PPTX, _pptx),
    "XLSX": (kinds.XLSX, _xlsx),
    "HTML": (kinds.HTML, _html),
    "Markdown": (kinds.MARKDOWN, _markdown),
    "CSV": (kinds.CSV, _csv),
    "EML": (kinds.EMAIL, _eml),
}
