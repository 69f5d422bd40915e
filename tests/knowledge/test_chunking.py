"""Passages cover the text, stay within their size and say where they stand."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.chunking import chunk
from domain.parsing import markdown, marked, plain, tabular
from domain.parsing.document import cut
from domain.parsing.structure import BlockKind, Image, StructuredText
from domain.ports.knowledge import NewPassage
from models.payloads.knowledge import Chunker, Chunking

SMALL = Chunking(size=200, overlap=40)

WORDS = st.text(alphabet="abc é猫😀.,!", min_size=1, max_size=60)
PARAGRAPHS = st.lists(WORDS, min_size=1, max_size=30).map(" ".join)
HEADINGS = st.builds(
    lambda level, words: f"{'#' * level} {words}",
    st.integers(1, 4),
    st.text(alphabet="xyz ", min_size=1, max_size=40),
)
TABLES = st.builds(
    lambda cells, rows: "\n".join(
        [f"| {cells} | B |", "| --- | --- |", *(f"| {row} | 1 |" for row in rows)]
    ),
    st.text(alphabet="hij", min_size=1, max_size=150),
    st.lists(st.text(alphabet="klm ", max_size=400), max_size=12),
)
DOCUMENTS = st.lists(PARAGRAPHS | HEADINGS | TABLES, max_size=12).map("\n\n".join)
SIZES = st.builds(Chunking, size=st.integers(80, 400), overlap=st.integers(0, 40))
WAYS = st.builds(
    Chunking,
    chunker=st.sampled_from(Chunker),
    size=st.integers(80, 400),
    overlap=st.integers(0, 40),
)


def covered(document: StructuredText, passages: list[NewPassage]) -> str:
    """The text with every covered character blanked."""
    left = list(document.text)
    for passage in passages:
        left[passage.start : passage.end] = " " * (passage.end - passage.start)
    return "".join(left)


@settings(max_examples=150, deadline=None)
@given(DOCUMENTS, WAYS)
def test_every_character_is_covered_and_every_size_kept(source: str, sizes: Chunking) -> None:
    document = markdown.read(source)

    passages = chunk(document, sizes)

    assert not covered(document, passages).strip()
    assert all(0 < len(passage.text) <= sizes.size for passage in passages)
    assert [passage.index for passage in passages] == list(range(len(passages)))
    assert all(one.start < next_.start for one, next_ in pairwise(passages))
    assert all(one.end <= next_.end for one, next_ in pairwise(passages))


@settings(max_examples=150, deadline=None)
@given(DOCUMENTS, WAYS)
def test_offsets_point_at_the_passage(source: str, sizes: Chunking) -> None:
    document = markdown.read(source)

    for passage in chunk(document, sizes):
        placed = document.text[passage.start : passage.end]
        assert passage.text.endswith(placed)
        head = passage.text.removesuffix(placed)
        # What stands before the placed text is a table's header, and nothing else.
        assert head == "" or head.splitlines()[1].startswith("| ---")


@settings(max_examples=150, deadline=None)
@given(DOCUMENTS, SIZES)
def test_no_passage_has_text_from_both_sides_of_a_top_heading(source: str, sizes: Chunking) -> None:
    document = markdown.read(source)
    headings = [block for block in document.blocks if block.kind is BlockKind.HEADING]
    levels = [block.level for block in headings]
    repeated = [level for level in levels if levels.count(level) > 1]
    top = min(repeated or levels, default=0)
    bodies = [block for block in document.blocks if block.kind is not BlockKind.HEADING]

    for passage in chunk(document, sizes):
        for heading in headings:
            before = any(b.end > passage.start and b.end <= heading.start for b in bodies)
            inside = passage.start < heading.start < passage.end
            assert heading.level > top or not (before and inside)


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=3_000), WAYS)
def test_plain_text_of_any_kind_is_covered(source: str, sizes: Chunking) -> None:
    document = plain.read(source)

    passages = chunk(document, sizes)

    assert not covered(document, passages).strip()
    assert all(len(passage.text) <= sizes.size for passage in passages)
    assert "".join(source[block.start : block.end] for block in document.blocks) == source


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=2_000))
def test_markdown_blocks_partition_any_text(source: str) -> None:
    document = markdown.read(source)

    assert "".join(document.text[b.start : b.end] for b in document.blocks) in {
        document.text,
        "",
    }
    assert not covered(document, chunk(document, SMALL)).strip()


def test_a_passage_carries_the_headings_above_it() -> None:
    document = markdown.read(
        "# Guide\n\nHello.\n\n## Voice\n\n### Tone\n\nWarm.\n\n## Colour\n\nBlue.\n"
    )

    found = {passage.heading: passage.text for passage in chunk(document, Chunking())}

    assert found == {
        "Guide": "# Guide\n\nHello.",
        "Guide > Voice > Tone": "## Voice\n\n### Tone\n\nWarm.",
        "Guide > Colour": "## Colour\n\nBlue.",
    }


def test_a_passage_over_two_small_sections_is_placed_under_what_they_share() -> None:
    document = markdown.read("# A\n\n# B\n\nIntro.\n\n## One\n\nFirst.\n\n## Two\n\nSecond.\n")

    passages = chunk(document, Chunking())

    assert [passage.heading for passage in passages] == ["B"]


def test_a_long_table_is_cut_by_rows_with_its_header() -> None:
    rows = "\n".join(f"item {number},{number * 7}" for number in range(200))
    document = tabular.read(f"name,price\n{rows}\n")

    passages = chunk(document, SMALL)

    assert len(passages) > 10
    header = "| name | price |\n| --- | --- |\n"
    assert all(passage.text.startswith(header) for passage in passages)
    assert all(passage.text.endswith("|") for passage in passages)
    assert sum(passage.text.count("item") for passage in passages) == 200


def test_a_heading_goes_with_the_table_below_it() -> None:
    document = markdown.read("# Prices\n\n| a | b |\n| --- | --- |\n| 1 | 2 |\n\nAfter.\n")

    passages = chunk(document, Chunking())

    assert [passage.text for passage in passages] == [
        "# Prices\n\n| a | b |\n| --- | --- |\n| 1 | 2 |",
        "After.",
    ]


def test_neighbours_overlap_by_whole_sentences() -> None:
    sentences = " ".join(f"Sentence number {number} says it." for number in range(40))
    document = plain.read(sentences)

    passages = chunk(document, SMALL)

    for one, following in pairwise(passages):
        assert following.start < one.end
        assert one.end - following.start <= SMALL.overlap
        assert following.text.startswith("Sentence")


def test_a_passage_never_ends_with_a_heading() -> None:
    body = "Some words of a sentence. " * 7
    document = markdown.read(f"# Top\n\n## A\n\n{body}\n\n## B\n\n{body}\n\n### C\n\n{body}\n")

    for passage in chunk(document, Chunking(size=220, overlap=0)):
        assert not passage.text.splitlines()[-1].startswith("#")


def test_sizes_that_cannot_work_are_refused() -> None:
    with pytest.raises(ValueError, match="overlap"):
        Chunking(size=100, overlap=80)


PAGED = marked.read(
    f"{marked.page(1)}# Guide\n\nFirst page. {marked.page(2)}Second page, "
    f"{'on and on. ' * 30}\n\n{marked.page(4)}Fourth page."
)


@pytest.mark.parametrize("chunker", Chunker)
def test_every_chunker_says_heading_and_page(chunker: Chunker) -> None:
    passages = chunk(PAGED, Chunking(chunker=chunker, size=120, overlap=20))

    assert {passage.heading for passage in passages} == {"Guide"}
    assert passages[0].page == 1
    assert {passage.page for passage in passages} <= {1, 2, 4}
    assert 2 in {passage.page for passage in passages}
    assert "Fourth page." in passages[-1].text


def test_fixed_passages_are_as_long_as_asked_and_overlap_by_as_much() -> None:
    document = plain.read("".join(chr(97 + number % 26) for number in range(1_000)))

    passages = chunk(document, Chunking(chunker=Chunker.FIXED, size=100, overlap=20))

    assert [(passage.start, passage.end) for passage in passages][:2] == [(0, 100), (80, 180)]
    assert passages[-1].end == 1_000


def test_sentences_stay_whole() -> None:
    sentences = [f"Sentence number {number} says it." for number in range(40)]
    document = plain.read(" ".join(sentences))

    passages = chunk(document, Chunking(chunker=Chunker.SENTENCE, size=200, overlap=40))

    for passage in passages:
        assert passage.text.startswith("Sentence")
        assert passage.text.endswith(".")
    assert all(next_.start < one.end for one, next_ in pairwise(passages))


def test_recursive_cuts_where_a_paragraph_ends_before_where_a_line_does() -> None:
    paragraph = "A line of some words.\nAnother line here."
    document = plain.read("\n\n".join([paragraph] * 6))

    passages = chunk(document, Chunking(chunker=Chunker.RECURSIVE, size=100, overlap=0))

    assert {passage.text for passage in passages} == {f"{paragraph}\n\n{paragraph}"}


def test_a_pictures_caption_is_a_passage_of_its_own() -> None:
    image = Image(b"x", 10, 10, "A duck that swims in a lake.")
    document = marked.read(f"# Ducks\n\nBefore.\n\n{marked.picture(0)}\n\nAfter.", [image])

    parsed = cut(document, Chunking())

    assert [passage.text for passage in parsed.passages] == [
        "# Ducks\n\nBefore.",
        "A duck that swims in a lake.",
        "After.",
    ]
    assert parsed.pictures[0].passage == 1
