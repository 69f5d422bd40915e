"""Markdown: its headings, tables and other blocks, by their places in the text."""

import re
from itertools import accumulate, pairwise

from markdown_it import MarkdownIt
from markdown_it.token import Token

from domain.parsing.structure import Block, BlockKind, StructuredText

_FRONT_MATTER = re.compile(r"\A---[ \t]*\n(.*?\n)?(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
_FRONT_TITLE = re.compile(r"""^title:[ \t]*["']?(.+?)["']?[ \t]*$""", re.MULTILINE)
_LABEL_CHARACTERS = 200


def _words(inline: Token) -> str:
    """A heading's words without its marks."""
    parts = [
        child.content if child.type in {"text", "code_inline"} else " "
        for child in inline.children or ()
        if child.type in {"text", "code_inline", "softbreak", "hardbreak"}
    ]
    return " ".join("".join(parts).split())[:_LABEL_CHARACTERS]


def _blocks(text: str) -> list[Block]:
    """Outermost blocks. Each reaches to the next one's start, so that nothing falls between."""
    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    lines = [0, *accumulate(len(line) + 1 for line in text.split("\n"))]
    found: list[tuple[int, BlockKind, int, str]] = []
    for index, token in enumerate(tokens):
        if token.level or token.map is None or token.nesting < 0:
            continue
        start = lines[token.map[0]]
        if token.type == "heading_open":
            level = int(token.tag[1])
            found.append((start, BlockKind.HEADING, level, _words(tokens[index + 1])))
        else:
            kind = BlockKind.TABLE if token.type == "table_open" else BlockKind.TEXT
            found.append((start, kind, 0, ""))
    if not found:
        return [Block(BlockKind.TEXT, 0, len(text))] if text else []
    starts = [0, *(start for start, *_ in found[1:]), len(text)]
    return [
        Block(kind, start, end, level, label)
        for (start, end), (_, kind, level, label) in zip(pairwise(starts), found, strict=True)
    ]


def _split_front(text: str) -> tuple[str, str]:
    """The front matter's title, and the text after it."""
    front = _FRONT_MATTER.match(text)
    if not front:
        return "", text
    title = _FRONT_TITLE.search(front[1] or "")
    return (title[1] if title else ""), text[front.end() :]


def read(text: str) -> StructuredText:
    """Front matter is not part of the text; its title counts, else a first heading of level 1."""
    title, body = _split_front(text)
    blocks = _blocks(body)
    if not title:
        first = next((block for block in blocks if block.kind is BlockKind.HEADING), None)
        title = first.label if first and first.level == 1 else ""
    return StructuredText(title=title, text=body, blocks=blocks)
