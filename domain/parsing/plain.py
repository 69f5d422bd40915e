"""Plain text: paragraphs, and nothing read into them."""

import re

from domain.parsing.structure import Block, BlockKind, StructuredText

_PARAGRAPH_END = re.compile(r"\n[ \t]*\n\s*")


def read(text: str) -> StructuredText:
    starts = [0, *(match.end() for match in _PARAGRAPH_END.finditer(text))]
    ends = [*starts[1:], len(text)]
    blocks = [
        Block(BlockKind.TEXT, start, end)
        for start, end in zip(starts, ends, strict=True)
        if start < end
    ]
    return StructuredText(title="", text=text, blocks=blocks)
