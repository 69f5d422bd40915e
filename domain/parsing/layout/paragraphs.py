"""Lines in reading order to Markdown: headings, paragraphs joined again, lists, tables."""

import re
from collections.abc import Callable, Iterator, Sequence, Set
from dataclasses import dataclass
from itertools import pairwise

from domain.parsing import marked
from domain.parsing.layout.geometry import Box, Line, around
from domain.parsing.layout.headings import Style

Joined = Callable[[str, str], str]

# Between the lines of one paragraph there is less than this share of their height more than usual.
_MORE_LEADING = 0.45
_INDENT = 0.8
# A line that ends so far from the right edge, in heights, ended on purpose.
_SHORT = 2.5
_LOOK_BACK = 6
_PUNCTUATION = ".,;:!?()[]\"'“”„’"
# The last of them is what pdfium writes for a hyphen that the layout put there.
_HYPHENS = ("-", "\u2010", "\u00ad", "\ufffe")
_OTHER_SIZE = 0.15
_HEADING_LINES = 4
_HEADING_LEADING = 1.2
_BULLET = re.compile(r"^\s*([•◦▪▫‣∙●○■□➢➤✓✔❖·\uf0b7\uf0a7]|[–—*-](?=\s))\s*")
_NUMBERED = re.compile(r"^\s*(?:\(?\d{1,3}[.)]|\(?[a-z][.)]|\([ivx]{1,5}\))\s+\S")
_COUNTER = re.compile(r"(?:\d{1,2}|[A-Z])(?:\.\d{1,3}){0,4}\.?")
_ENDED = re.compile(r"[.!?:;…。！？][\"'”’)\]]*$")
# What Markdown would take for a mark of its own at the start of a line.
_MARKS = re.compile(r"^(#{1,6}\s|```|~~~|\||>|={3,}$|-{3,}$|[*+-]\s)")
_NO_WORDS = re.compile(r"^[\W_]{3,}$")


@dataclass(frozen=True, slots=True)
class Part:
    """What stands between lines and is written already: a table, a picture's mark."""

    text: str


@dataclass(slots=True)
class _Row:
    """Lines side by side."""

    page: int
    lines: list[Line]

    @property
    def text(self) -> str:
        return " ".join(line.text for line in self.lines)

    @property
    def box(self) -> Box:
        # One, nearly always.
        return (
            around([line.box for line in self.lines]) if len(self.lines) > 1 else self.lines[0].box
        )

    @property
    def size(self) -> float:
        return self.lines[0].size


@dataclass(slots=True)
class _Block:
    """Rows that belong together; `level` is a heading's."""

    rows: list[_Row]
    level: int = 0


def write(pages: Sequence[tuple[int, Sequence[Line | Part]]], style: Style, joined: Joined) -> str:
    """Markdown with marks where pages begin. Paragraphs may reach over pages."""
    blocks = list(_blocks(pages, style))
    page = 0
    written: list[str] = []
    for block in blocks:
        first = block[0] if isinstance(block, tuple) else block.rows[0].page
        mark = marked.page(first) if first != page else ""
        page = first
        if isinstance(block, tuple):
            written.append(mark + block[1].text)
            continue
        heads = block.level and len(block.rows) <= _HEADING_LINES
        text = _heading(block) if heads else _paragraph(block.rows, joined)
        page = block.rows[-1].page
        if text:
            written.append(mark + text)
    return "\n\n".join(written)


def _blocks(
    pages: Sequence[tuple[int, Sequence[Line | Part]]], style: Style
) -> Iterator[_Block | tuple[int, Part]]:
    block = _Block([])
    for number, items in pages:
        usual = _usual_leading([item for item in items if isinstance(item, Line)])
        for row in _rows(number, items):
            if isinstance(row, Part):
                if block.rows:
                    yield block
                block = _Block([])
                yield number, row
                continue
            level = style.level(row.lines[0], number) if len(row.lines) == 1 else 0
            if block.rows and not _belongs(block, row, level, usual):
                yield block
                block = _Block([])
            block.rows.append(row)
            block.level = level
    if block.rows:
        yield block


def _rows(number: int, items: Sequence[Line | Part]) -> Iterator[_Row | Part]:
    row: _Row | None = None
    for item in items:
        if isinstance(item, Line) and row and row.lines[-1].box.beside(item.box):
            last = row.lines[-1]
            if _COUNTER.fullmatch(last.text) and item.box.left - last.box.right < 4 * item.size:
                # A heading's number, far from its words.
                row.lines[-1] = Line([*last.words, *item.words])
                continue
            if item.box.left >= last.box.right - item.size:
                row.lines.append(item)
                continue
        if row:
            yield row
            row = None
        if isinstance(item, Part):
            yield item
        else:
            row = _Row(number, [item])
    if row:
        yield row


def _usual_leading(lines: Sequence[Line]) -> float:
    """The gap under most lines, as a share of their height."""
    gaps = sorted(
        (below.box.top - above.box.bottom) / above.size
        for above, below in pairwise(lines)
        if -0.5 * above.size < below.box.top - above.box.bottom < 1.5 * above.size
    )
    return gaps[len(gaps) // 3] if gaps else 0.2


def _belongs(block: _Block, row: _Row, level: int, usual: float) -> bool:
    """Whether a row goes on with what the block began."""
    before = block.rows[-1]
    if level != block.level:
        return False
    alike = abs(before.size - row.size) <= _OTHER_SIZE * max(before.size, row.size)
    gap = (row.box.top - before.box.bottom) / max(before.size, 1)
    if level:
        near = before.page == row.page and -0.6 < gap < _HEADING_LEADING
        return alike and near
    text = row.text
    if not alike or _NUMBERED.match(text) or _is_item(before, text):
        return False
    if before.page != row.page or gap < -0.6:
        # Over a page or into the next column, only in the middle of a sentence.
        return not _ENDED.search(before.text) and text[:1].islower()
    return gap <= usual + _MORE_LEADING and not _begins(block, row)


def _is_item(before: _Row, text: str) -> bool:
    """A bullet begins an item, unless it parts the words of the line above too."""
    return bool(_BULLET.match(text)) and f" {text[0]} " not in before.text


def _begins(block: _Block, row: _Row) -> bool:
    """Whether a row with no space above it begins a paragraph all the same."""
    before = block.rows[-1]
    if len(before.lines) > 1 or len(row.lines) > 1:
        return False
    size = max(row.size, 1)
    boxes = [line.box for line in block.rows[-_LOOK_BACK:]]
    left = min(box.left for box in boxes)
    right = max(box.right for box in [*boxes, row.box])
    ended = bool(_ENDED.search(before.text))
    listed = bool(_BULLET.match(block.rows[0].text) or _NUMBERED.match(block.rows[0].text))
    if listed and len(block.rows) == 1:
        # Under a list's first line its others are indented.
        return row.box.left < before.box.left - size * 0.3
    if not listed and row.box.left - left > _INDENT * size:
        return ended and len(block.rows) > 1
    return ended and right - before.box.right > _SHORT * size * 2


def _heading(block: _Block) -> str:
    words = " ".join(" ".join(row.text for row in block.rows).split())
    return f"{'#' * min(block.level, 6)} {_soft(words)}" if words else ""


def _paragraph(rows: Sequence[_Row], joined: Joined) -> str:
    text = _item(rows[0].text)
    for before, row in pairwise(rows):
        mark = marked.page(row.page) if row.page != before.page else ""
        if len(before.lines) > 1 or len(row.lines) > 1:
            # Rows of a table without lines: they are lost when they run together.
            text = f"{text}\n{mark}{_soft(row.text)}"
        else:
            text = joined(text, row.text) if not mark else f"{text} {mark}{row.text}"
    return "" if _NO_WORDS.match(text) else text


def _item(text: str) -> str:
    if bullet := _BULLET.match(text):
        rest = text[bullet.end() :]
        return f"- {rest}" if rest else ""
    return text.strip() if _NUMBERED.match(text) else _soft(text)


def _soft(text: str) -> str:
    return _MARKS.sub(r"\\\1", text.strip())


def hyphenation(known: Set[str]) -> Joined:
    """How two lines are joined where the first ends with a hyphen. `known` are the document's
    words, lower case, those with a hyphen of their own among them."""

    def joined(above: str, below: str) -> str:
        hyphen = above[-1:] in _HYPHENS and above[-2:-1].isalpha() and below[:1].islower()
        if not hyphen:
            return f"{above} {below}"
        last = above[:-1].rsplit(maxsplit=1)[-1].strip(_PUNCTUATION).casefold()
        first = below.split(maxsplit=1)[0].strip(_PUNCTUATION).casefold()
        parts = f"{last}-{first}" in known or (
            min(len(last), len(first)) > 2 and {last, first} <= known and last + first not in known
        )
        return f"{above[:-1]}{'-' if parts else ''}{below}"

    return joined
