"""PDF: structure is found again without a model."""

import os
import zlib
from pathlib import Path

import pytest

from adapters.parsing.document import structure
from adapters.parsing.process import ChildParser
from domain.parsing import kinds
from domain.parsing.structure import BlockKind, StructuredText
from models.errors import InvalidError
from tests.chaos.faults.poison_files import page_of, pdf
from tests.knowledge.material import shared

BODY = "Some words that fill a line of a page so that it is a text of usual length"


def read(data: bytes) -> StructuredText:
    return structure(kinds.PDF, data, "a.pdf")


def text(at: tuple[int, int], words: str, *, size: int = 11, font: str = "F1") -> str:
    left, top = at
    return f"BT /{font} {size} Tf {left} {842 - top} Td ({words}) Tj ET"


def paragraph(top: int, *lines: str, left: int = 72, size: int = 11) -> str:
    return " ".join(
        text((left, top + index * (size + 3)), line, size=size) for index, line in enumerate(lines)
    )


def page(*parts: str) -> bytes:
    return " ".join(parts).encode("latin-1")


def headings(document: StructuredText) -> list[tuple[int, str]]:
    return [
        (block.level, block.label) for block in document.blocks if block.kind is BlockKind.HEADING
    ]


def test_large_print_is_a_heading_and_lines_are_joined_again() -> None:
    document = read(
        pdf(
            [
                page(
                    text((72, 100), "Brand guide", size=24),
                    paragraph(140, f"{BODY},", "and goes on in the next line."),
                    text((72, 200), "Voice", size=16),
                    paragraph(230, "Warm and clear."),
                )
            ]
        )
    )

    assert document.title == "Brand guide"
    assert headings(document) == [(1, "Brand guide"), (2, "Voice")]
    assert f"{BODY}, and goes on in the next line." in document.text


def test_a_bold_line_alone_is_a_heading() -> None:
    document = read(
        pdf(
            [
                page(
                    text((72, 100), "Tone of voice", font="F2"),
                    paragraph(130, BODY, f"{BODY}.", BODY, f"{BODY}.", BODY),
                )
            ]
        )
    )

    assert headings(document) == [(1, "Tone of voice")]


def test_the_outline_decides_where_there_is_one() -> None:
    outline = {
        1100: b"<</First 1101 0 R/Last 1101 0 R/Count 2>>",
        1101: b"<</Title(Chapter one)/Parent 1100 0 R/First 1102 0 R/Last 1102 0 R"
        b"/Dest[10 0 R/Fit]>>",
        1102: b"<</Title(Its part)/Parent 1101 0 R/Dest[10 0 R/Fit]>>",
    }
    content = page(
        text((72, 100), "Chapter one"), paragraph(130, BODY), text((72, 200), "1.1 Its part"),
        paragraph(230, BODY),
    )  # fmt: skip

    document = read(pdf([content], extra=outline, root="/Outlines 1100 0 R"))

    assert headings(document) == [(1, "Chapter one"), (2, "1.1 Its part")]


def test_tags_decide_where_there_are_some() -> None:
    tree = {
        10: b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 11 0 R/StructParents 0"
        b"/Resources<</Font<</F1 3 0 R>>>>>>",
        1100: b"<</Type/StructTreeRoot/K[1101 0 R 1102 0 R]/ParentTree 1103 0 R>>",
        1101: b"<</Type/StructElem/S/H3/P 1100 0 R/Pg 10 0 R/K 0>>",
        1102: b"<</Type/StructElem/S/P/P 1100 0 R/Pg 10 0 R/K 1>>",
        1103: b"<</Nums[0[1101 0 R 1102 0 R]]>>",
    }
    content = page(
        "/H3 <</MCID 0>> BDC", text((72, 100), "A tagged heading"), "EMC",
        "/P <</MCID 1>> BDC", paragraph(130, BODY), "EMC",
    )  # fmt: skip
    root = "/MarkInfo<</Marked true>>/StructTreeRoot 1100 0 R"

    document = read(pdf([content], extra=tree, root=root))

    assert headings(document) == [(3, "A tagged heading")]


def test_words_cut_by_the_layout_are_whole_again_and_others_keep_their_hyphen() -> None:
    document = read(
        pdf(
            [
                page(
                    paragraph(
                        100,
                        "The layout cut this word because the line was short: impor-",
                        "tant things stay whole. A well-known brand is a brand that is well-",
                        "known to everybody.",
                    )
                )
            ]
        )
    )

    assert "important things" in document.text
    assert "that is well-known to" in document.text


def test_columns_are_read_one_after_the_other() -> None:
    left = [f"Left {number} has words enough for a column" for number in range(12)]
    right = [f"Right {number} has words enough for it too" for number in range(12)]
    # Written row by row, as a printer would.
    rows = [
        text((60, 150 + 14 * row), left[row]) + " " + text((320, 150 + 14 * row), right[row])
        for row in range(12)
    ]

    document = read(pdf([page(text((60, 100), "A title over both", size=20), *rows)]))

    assert document.text.index("Left 11") < document.text.index("Right 0")
    assert document.text.index("A title") < document.text.index("Left 0")


def test_what_runs_along_the_pages_is_left_out() -> None:
    pages = [
        page(
            text((72, 40), "Acme - internal"),
            paragraph(200, f"Chapter {number} says something else."),
            text((290, 810), f"Page {number} of 6"),
        )
        for number in range(1, 7)
    ]

    document = read(pdf(pages))

    assert "Acme" not in document.text
    assert "of 6" not in document.text
    assert all(f"Chapter {number}" in document.text for number in range(1, 7))
    assert [start.number for start in document.page_starts] == [1, 2, 3, 4, 5, 6]
    assert document.pages == 6


def test_a_sentence_goes_on_over_the_page() -> None:
    document = read(
        pdf([page(paragraph(200, "It begins here and")), page(paragraph(200, "ends there."))])
    )

    assert document.text.strip() == "It begins here and ends there."
    second = document.page_starts[1].start
    assert document.text[second:].strip() == "ends there."


def test_a_table_with_lines_becomes_one() -> None:
    xs, ys = (70, 200, 330, 460), (100, 130, 160, 190)
    rules = [f"{x} {842 - ys[0]} m {x} {842 - ys[-1]} l S" for x in xs]
    rules += [f"{xs[0]} {842 - y} m {xs[-1]} {842 - y} l S" for y in ys]
    cells = [
        text((xs[column] + 5, ys[row] + 20), f"{'abc'[column]}{row}")
        for row in range(3)
        for column in range(3)
    ]

    document = read(pdf([page(paragraph(60, "Before."), *rules, *cells, paragraph(230, "After."))]))

    assert document.text.split("\n\n") == [
        "Before.",
        "| a0 | b0 | c0 |\n| --- | --- | --- |\n| a1 | b1 | c1 |\n| a2 | b2 | c2 |",
        "After.\n" if document.text.endswith("\n") else "After.",
    ]


def test_a_table_with_horizontal_lines_alone_becomes_one() -> None:
    xs, ys = (70, 200, 330), (100, 130, 220)
    rules = [f"{xs[0]} {842 - y} m 460 {842 - y} l S" for y in ys]
    tops = (120, 150, 180, 210)
    cells = [
        text((xs[column], top), f"cell {'abc'[column]}{row}")
        for row, top in enumerate(tops)
        for column in range(3)
    ]

    document = read(pdf([page(paragraph(60, "Before."), *rules, *cells, paragraph(260, "After."))]))

    assert document.text.split("\n\n")[1].splitlines()[::3] == [
        "| cell a0 | cell b0 | cell c0 |",
        "| cell a2 | cell b2 | cell c2 |",
    ]


def test_text_between_lines_is_no_table() -> None:
    rules = [f"70 {842 - y} m 460 {842 - y} l S" for y in (100, 160, 220)]
    words = [paragraph(top, BODY, f"{BODY}.") for top in (120, 180)]

    document = read(pdf([page(*rules, *words)]))

    assert "|" not in document.text


def test_lists_are_lists() -> None:
    document = read(
        pdf([page(paragraph(100, "These:", "\x95 one thing", "\x95 another thing", "1. a third"))])
    )

    assert document.text.split("\n\n") == ["These:", "- one thing", "- another thing", "1. a third"]


def an_image(width: int = 80, height: int = 60) -> bytes:
    pixels = zlib.compress(bytes((x * y) % 256 for y in range(height) for x in range(width * 3)))
    head = (
        f"<</Type/XObject/Subtype/Image/Width {width}/Height {height}/BitsPerComponent 8"
        f"/ColorSpace/DeviceRGB/Filter/FlateDecode/Length {len(pixels)}>>stream\n"
    )
    return head.encode() + pixels + b"\nendstream"


def test_a_picture_has_its_caption_once() -> None:
    content = page(
        paragraph(80, "Before the picture."),
        "q 240 0 0 180 72 500 cm /I1 Do Q",
        paragraph(360, "Figure 1: A duck that swims."),
        paragraph(400, "After the picture."),
    )

    document = read(pdf([content], extra={1000: an_image()}))

    [image] = document.images
    assert image.caption == "Figure 1: A duck that swims."
    assert image.page == 1
    assert document.text.count("A duck that swims") == 1
    assert document.blocks[1].kind is BlockKind.CAPTION


def test_pages_without_text_beside_others_are_named() -> None:
    scan = page("q 500 0 0 700 40 60 cm /I1 Do Q")

    document = read(pdf([page_of("Typed text."), scan, b""], extra={1000: an_image()}))

    assert document.text.strip() == "Typed text."
    assert list(document.unread_pages) == [2]


def test_pages_without_text_need_recognition() -> None:
    with pytest.raises(InvalidError) as failed:
        read(pdf([b"", b""]))

    assert failed.value.code == "needs_ocr"


async def test_scanned_pages_go_through_tesseract_where_it_is_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A program of that name stands in for it: the child finds it, and gives it a picture."""
    program = tmp_path / "tesseract"
    program.write_text(
        "#!/bin/sh\n"
        'if [ "$1" = --list-langs ]; then echo "List:"; echo deu; echo eng; echo osd; exit; fi\n'
        '[ "$(/usr/bin/head -c 4 | /usr/bin/tail -c 3)" = PNG ] || exit 1\n'
        'echo "Read with $*"\n'
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    parser = ChildParser()

    data = pdf([page_of("Typed text."), b""])
    parsed = await parser.parse(kinds.PDF, data)
    await parser.close()

    assert [(passage.page, passage.text) for passage in parsed.passages] == [
        (1, "Typed text.\n\nRead with stdin stdout -l deu+eng")
    ]


def test_what_a_pdf_says_about_itself_is_kept() -> None:
    document = read(shared("documents", "poison", "pdf").joinpath(
        "invalid-pdf-structure-pdfminer-one-page.pdf").read_bytes())  # fmt: skip

    assert document.title.startswith("GAO-23-106826")
    assert document.metadata.author is not None
    assert str(document.metadata.published_on) == "2023-06-28"


def test_known_good_files_are_read_in_order() -> None:
    folder = shared("documents", "poison", "pdf")
    columns = read(folder.joinpath("pdf-bad-color-space.pdf").read_bytes()).text
    paper = read(folder.joinpath("layout-parser-paper-with-empty-pages.pdf").read_bytes())

    # Three columns: each is read to its end.
    order = ["The journey ahead", "One of the key levers", "operate our data centers"]
    assert [columns.index(words) for words in order] == sorted(map(columns.index, order))
    assert (1, "1 Introduction") in headings(paper) or (2, "1 Introduction") in headings(paper)
    assert "complicate the easy reuse of important innovations" in paper.text
