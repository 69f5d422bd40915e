"""Markdown: its headings, tables and other blocks, by their places in the text."""

import re
from dataclasses import replace
from itertools import accumulate, pairwise

from markdown_it import MarkdownIt

from domain.parsing.metadata import metadata
from domain.parsing.structure import Block, BlockKind, StructuredText

_FRONT_MATTER = re.compile(r"\A---[ \t]*\n(.*?\n)?(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
_FRONT_FIELD = re.compile(r"([A-Za-z][\w-]{0,40}):[ \t]*(.*)$")
_FRONT_ITEM = re.compile(r"[ \t]*-[ \t]+(.+)$")
_FRONT_LINES = 200
_LABEL_CHARACTERS = 200


def _words(content: str) -> str:
    """A heading's words without its marks."""
    inline = MarkdownIt("commonmark").parseInline(content)[0]
    parts = [
        child.content if child.type in {"text", "code_inline"} else " "
        for child in inline.children or ()
        if child.type in {"text", "code_inline", "softbreak", "hardbreak"}
    ]
    return " ".join("".join(parts).split())[:_LABEL_CHARACTERS]


def _blocks(text: str) -> list[Block]:
    """Outermost blocks. Each reaches to the next one's start, so that nothing falls between."""
    # What stands inside blocks is parsed for headings alone: a table has thousands of cells.
    parser = MarkdownIt("commonmark").enable("table")
    tokens = parser.disable("inline").parse(text)
    lines = [0, *accumulate(len(line) + 1 for line in text.split("\n"))]
    found: list[tuple[int, BlockKind, int, str]] = []
    for index, token in enumerate(tokens):
        if token.level or token.map is None or token.nesting < 0:
            continue
        start = lines[token.map[0]]
        if token.type == "heading_open":
            level = int(token.tag[1])
            found.append((start, BlockKind.HEADING, level, _words(tokens[index + 1].content)))
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


def _front_fields(front: str) -> dict[str, str | list[str]]:
    """`key: value`, `key: [a, b]` and lists of `- a`. All of YAML can be made to explode."""
    fields: dict[str, str | list[str]] = {}
    key = ""
    for line in front.splitlines()[:_FRONT_LINES]:
        if found := _FRONT_FIELD.match(line):
            key, value = found[1].lower(), found[2].strip()
            listed = value.startswith("[") and value.endswith("]")
            fields[key] = value[1:-1].split(",") if listed else value.strip("\"'")
        elif (item := _FRONT_ITEM.match(line)) and key:
            above = fields[key]
            fields[key] = [*above, item[1]] if isinstance(above, list) else [item[1]]
    return fields


def read(text: str) -> StructuredText:
    """Front matter is not part of the text; its title counts, else a first heading of level 1."""
    front = _FRONT_MATTER.match(text)
    if not front:
        return body(text)
    structured = body(text[front.end() :])
    said = _front_fields(front[1] or "")
    return replace(
        structured,
        title=str(said.get("title") or structured.title),
        metadata=metadata(
            author=said.get("author") or said.get("authors"),
            language=said.get("lang") or said.get("language"),
            published=[said.get(key) for key in ("date", "published", "updated", "modified")],
            keywords=said.get("keywords") or said.get("tags") or (),
        ),
    )


def body(text: str) -> StructuredText:
    """Markdown that has no front matter."""
    blocks = _blocks(text)
    first = next((block for block in blocks if block.kind is BlockKind.HEADING), None)
    title = first.label if first and first.level == 1 else ""
    return StructuredText(title=title, text=text, blocks=blocks)
