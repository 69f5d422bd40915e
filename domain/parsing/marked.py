"""Markdown with marks for pages and pictures, which readers write and nobody else sees.

A mark is a private-use character pair with a number between: text from a file is cleaned of them,
and a forged one could only misname a page.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from domain.parsing import markdown
from domain.parsing.structure import Block, BlockKind, Image, PageStart, StructuredText

_OPEN, _CLOSE = "\ue0fe", "\ue0ff"
_MARK = re.compile(f"{_OPEN}([pi])(\\d{{1,7}}){_CLOSE}[ \\t]*(\\n*)")
_PICTURE = re.compile(f"{_OPEN}i\\d{{1,7}}{_CLOSE}")
_UNWANTED = re.compile(f"[{_OPEN}{_CLOSE}]")
_BLANK = re.compile(r"\n[ \t]*(?:\n[ \t]*){2,}")
_CAPTION_CHARACTERS = 1_000


def page(number: int) -> str:
    """To stand on a line of its own, before what the page has."""
    return f"{_OPEN}p{number}{_CLOSE}"


def picture(index: int) -> str:
    """To stand where the picture does."""
    return f"{_OPEN}i{index}{_CLOSE}"


def is_picture(line: str) -> bool:
    """Whether a line is nothing but a picture's mark."""
    return bool(_PICTURE.fullmatch(line.strip()))


def cleaned(text: str) -> str:
    return _UNWANTED.sub("", text)


def caption_line(caption: str) -> str:
    """On one line, so that it stays one block."""
    return " ".join(caption.split())[:_CAPTION_CHARACTERS]


@dataclass(slots=True)
class _Written:
    text: str
    starts: list[PageStart]
    positions: dict[int, int]
    pages: dict[int, int]
    """Page by picture."""


def read(marked: str, images: Sequence[Image] = ()) -> StructuredText:
    """The text without its marks, each picture's caption in its place; its blocks."""
    written = _written(_BLANK.sub("\n\n", marked), images)
    placed = [
        replace(
            image,
            caption=caption_line(image.caption),
            position=written.positions.get(index),
            page=written.pages.get(index, image.page),
        )
        for index, image in enumerate(images)
    ]
    plain = markdown.body(written.text)
    return StructuredText(
        title=plain.title,
        text=plain.text,
        blocks=_with_captions(plain, placed),
        page_starts=written.starts,
        images=placed,
    )


def _written(marked: str, images: Sequence[Image]) -> _Written:
    parts: list[str] = []
    done = _Written("", [], {}, {})
    length = position = number = 0

    def write(part: str) -> None:
        nonlocal length
        if part := cleaned(part):
            parts.append(part)
            length += len(part)

    for mark in _MARK.finditer(marked):
        write(marked[position : mark.start()])
        position = mark.end()
        if mark[1] == "p":
            number = int(mark[2])
            done.starts.append(PageStart(length, number))
            continue
        index = int(mark[2])
        if index < len(images):
            if number:
                done.pages[index] = number
            done.positions[index] = length
            write(caption_line(images[index].caption))
        # A picture of no words leaves no empty lines.
        if not parts or not parts[-1].endswith("\n"):
            write(mark[3])
    write(marked[position:])
    done.text = "".join(parts)
    return done


def _with_captions(document: StructuredText, images: Sequence[Image]) -> list[Block]:
    captions = {image.position: image.caption for image in images if image.caption}
    return [
        replace(block, kind=BlockKind.CAPTION, level=0, label="")
        if captions.get(block.start) == document.text[block.start : block.end].strip()
        else block
        for block in document.blocks
    ]
