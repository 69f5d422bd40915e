"""Word, PowerPoint and Excel files, made by other libraries than the one that reads them."""

from datetime import datetime
from io import BytesIO
from typing import Any

import docx
import openpyxl
import pptx
import pytest
from docx.shared import Inches
from PIL import Image as Pillow
from pptx.util import Inches as SlideInches

from adapters.parsing.document import structure
from adapters.parsing.process import ChildParser
from domain.parsing import kinds, limits
from domain.parsing.document import cut
from domain.parsing.structure import BlockKind, StructuredText
from models.errors import InvalidError, UnsupportedError
from models.payloads.knowledge import Chunking


def saved(document: Any) -> bytes:  # noqa: ANN401 - three libraries, no common type
    written = BytesIO()
    document.save(written)
    return written.getvalue()


def read(kind: str, document: Any) -> StructuredText:  # noqa: ANN401 - as above
    return structure(kind, saved(document), "a")


def a_picture(number: int = 1, side: int = 120) -> BytesIO:
    written = BytesIO()
    picture = Pillow.new("RGB", (side, side), (number * 7 % 256, number * 31 % 256, 90))
    picture.putpixel((number % side, 3), (255, 255, 255))
    picture.save(written, "PNG")
    written.seek(0)
    return written


def a_word_file() -> Any:  # noqa: ANN401 - python-docx has no types
    document = docx.Document()
    document.core_properties.author = "Ada"
    document.core_properties.keywords = "brand, voice"
    document.core_properties.modified = datetime(2025, 3, 4)  # noqa: DTZ001 - as the library wants it
    document.add_heading("Guide", 1)
    document.add_paragraph("Be warm and clear, in every word that you write for us.")
    document.add_heading("Colours", 2)
    document.add_paragraph("Blue", style="List Bullet")
    table = document.add_table(rows=2, cols=2)
    for index, words in enumerate(("Name", "Code", "Sky | blue", "#0af")):
        table.cell(index // 2, index % 2).text = words
    document.add_picture(a_picture(), width=Inches(2))
    properties = document.element.body.xpath(".//wp:docPr")[0]
    properties.set("descr", "A blue square.")
    return document


def test_a_word_file_keeps_headings_lists_tables_and_properties() -> None:
    document = read(kinds.DOCX, a_word_file())

    assert document.title == "Guide"
    assert "## Colours\n\n- Blue" in document.text
    assert "| Name | Code |" in document.text
    assert document.metadata.author == "Ada"
    assert document.metadata.keywords == ("brand", "voice")
    assert str(document.metadata.published_on) == "2025-03-04"


def test_a_word_files_picture_says_what_it_shows() -> None:
    parsed = cut(read(kinds.DOCX, a_word_file()), Chunking())

    [picture] = parsed.pictures
    assert picture.caption == "A blue square."
    assert picture.passage is not None
    assert parsed.passages[picture.passage].text == "A blue square."
    assert parsed.passages[picture.passage].heading == "Guide > Colours"


def a_deck() -> Any:  # noqa: ANN401 - python-pptx has no types
    deck = pptx.Presentation()
    for title in ("Launch", "Numbers"):
        slide = deck.slides.add_slide(deck.slide_layouts[1])
        slide.shapes.title.text = title
        slide.placeholders[1].text = f"What {title.lower()} means."
    slide.notes_slide.notes_text_frame.text = "Say it slowly."
    picture = slide.shapes.add_picture(a_picture(2), SlideInches(1), SlideInches(1))
    picture._element.nvPicPr.cNvPr.set("descr", "A chart of sales.")
    return deck


def test_slides_are_pages_with_their_notes_and_pictures() -> None:
    parsed = cut(read(kinds.PPTX, a_deck()), Chunking())

    assert parsed.pages == 2
    assert [(passage.page, passage.heading) for passage in parsed.passages] == [
        (1, "Launch"),
        (2, "Numbers"),
        (2, "Numbers"),
        (2, "Numbers"),
    ]
    assert any("Notes: Say it slowly." in passage.text for passage in parsed.passages)
    [picture] = parsed.pictures
    assert (picture.page, picture.caption) == (2, "A chart of sales.")


def a_workbook(rows: int = 3) -> Any:  # noqa: ANN401 - openpyxl has no types
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Prices"
    sheet.append(["Item", "Price"])
    for number in range(rows):
        sheet.append([f"item {number}", number * 1.5])
    other = book.create_sheet("Empty")
    other["A1"] = None
    last = book.create_sheet("Dates")
    last.append(["Day"])
    last.append([datetime(2025, 1, 2)])  # noqa: DTZ001 - a sheet's days have no zone
    return book


def test_sheets_are_pages_under_their_names() -> None:
    parsed = cut(read(kinds.XLSX, a_workbook()), Chunking())

    assert [(passage.page, passage.heading) for passage in parsed.passages] == [
        (1, "Prices"),
        (3, "Dates"),
    ]
    assert "| item 2 | 3 |" in parsed.passages[0].text
    assert "2025-01-02" in parsed.passages[1].text


def test_a_large_workbook_is_read_row_by_row(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters.parsing.office.SEARCHED_CELLS", 10)

    document = read(kinds.XLSX, a_workbook(200))

    assert "| item 199 | 298.5 |" in document.text
    assert [block.kind for block in document.blocks].count(BlockKind.TABLE) == 2
    assert "2025-01-02" in document.text
    assert cut(document, Chunking()).passages[-1].page == 3


def test_pictures_are_shrunk_bounded_and_kept_once() -> None:
    document = docx.Document()
    for number in range(limits.PICTURES + 5):
        document.add_picture(a_picture(number), width=Inches(1))
    document.add_picture(a_picture(0), width=Inches(1))
    document.add_picture(a_picture(1, side=20), width=Inches(1))
    large = BytesIO()
    Pillow.effect_noise((3_000, 2_000), 90).save(large, "JPEG")
    first = docx.Document()
    first.add_picture(large, width=Inches(2))

    many = read(kinds.DOCX, document).images
    [one] = read(kinds.DOCX, first).images

    assert len(many) == limits.PICTURES
    assert len({image.data for image in many}) == len(many)
    assert (one.width, one.height) == (1_024, 683)
    assert len(one.data) <= limits.PICTURE_BYTES


async def test_what_names_a_word_file_but_is_a_workbook_is_refused(parser: ChildParser) -> None:
    data = saved(a_workbook())

    with pytest.raises(UnsupportedError) as refused:
        kinds.detect("plan.docx", "", data)
    with pytest.raises(InvalidError) as failed:
        await parser.parse(kinds.DOCX, data)

    assert refused.value.code == "document_type_mismatch"
    assert failed.value.code == "document_parse_failed"


@pytest.mark.parametrize("length", [8_192, None])
def test_office_files_are_known_by_their_parts(length: int | None) -> None:
    for name, kind, document in (
        ("a.docx", kinds.DOCX, a_word_file()),
        ("a.pptx", kinds.PPTX, a_deck()),
        ("a.xlsm", kinds.XLSX, a_workbook()),
    ):
        assert kinds.detect(name, "", saved(document)[:length]) == kind
