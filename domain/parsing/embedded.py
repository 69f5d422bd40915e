"""Markdown that holds pieces of HTML: they are read as what they show."""

import re

from markdown_it import MarkdownIt

from domain.parsing import html, markdown
from domain.parsing.structure import StructuredText

# More pieces are a page in disguise, which is read as text.
_MOST_PIECES = 500
_ANY_HTML = re.compile(r"^[ \t]{0,3}<[a-zA-Z!?/]", re.MULTILINE)


def read(text: str) -> StructuredText:
    """Tables, lists and paragraphs in HTML become Markdown; comments and scripts are gone."""
    structured = markdown.read(text)
    if not _ANY_HTML.search(structured.text):
        return structured
    lines = structured.text.split("\n")
    tokens = MarkdownIt("commonmark").enable("table").disable("inline").parse(structured.text)
    pieces = [
        token.map
        for token in tokens
        if token.type == "html_block" and token.level == 0 and token.map is not None
    ]
    for start, end in reversed(pieces[:_MOST_PIECES]):
        lines[start:end] = [*html.fragment("\n".join(lines[start:end])).split("\n"), ""]
    plain = markdown.body("\n".join(lines))
    return StructuredText(
        title=structured.title or plain.title,
        text=plain.text,
        blocks=plain.blocks,
        metadata=structured.metadata,
    )
