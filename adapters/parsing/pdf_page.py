"""One page of a PDF as words and ruling lines."""

import ctypes
import math
from collections.abc import Iterator, Mapping
from dataclasses import replace

import pypdfium2 as pdfium
from pypdfium2 import raw

from domain.parsing.layout.geometry import Box, Rule, Sheet, Word, around

# More on one page is a drawing made of letters, or an attack.
_MOST_CHARACTERS = 60_000
_MOST_OBJECTS = 20_000
_MOST_SEGMENTS = 4_000
# Thicker than this is an area; shorter, a dot.
_THICK = 3.0
_SHORT = 8.0
# Words that lean more are watermarks and labels of axes.
_LEAN = math.radians(20)
_BOLD_WEIGHT = 600
_BOLD = (b"bold", b"black", b"heavy", b"cmbx", b"demi")
_FORCE_BOLD = 1 << 18
_NEWLINES = frozenset({10, 13})
_HYPHENS = frozenset({2, 0xFFFE})
_SPACES = frozenset({9, 32, 0xA0, 0x2002, 0x2003, 0x2009, 0x3000})
_FONT_NAME_BYTES = 128


class _Frame:
    """From a page's own space, y up and perhaps turned, to the reader's, y down."""

    def __init__(self, page: pdfium.PdfPage) -> None:
        left, bottom, right, top = page.get_bbox()
        self._left, self._bottom = left, bottom
        self._width, self._height = right - left, top - bottom
        self.turn = page.get_rotation() // 90 % 4
        turned = self.turn % 2
        self.width = self._height if turned else self._width
        self.height = self._width if turned else self._height

    def box(self, left: float, bottom: float, right: float, top: float) -> Box:
        one = self._point(left - self._left, bottom - self._bottom)
        other = self._point(right - self._left, top - self._bottom)
        (x1, y1), (x2, y2) = one, other
        return Box(min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2))

    def _point(self, x: float, y: float) -> tuple[float, float]:
        if self.turn == 1:
            return y, x
        if self.turn == 2:
            return self._width - x, y
        if self.turn == 3:
            return self._height - y, self._width - x
        return x, self._height - y


def sheet(page: pdfium.PdfPage, number: int, levels: Mapping[int, int]) -> Sheet:
    """`levels` are those of headings, by the marked content that they are made of."""
    frame = _Frame(page)
    text = page.get_textpage()
    try:
        words = list(_words(text, frame, levels))
    finally:
        text.close()
    return Sheet(number, frame.width, frame.height, words, list(_rules(page, frame)))


def _words(text: pdfium.PdfTextPage, frame: _Frame, levels: Mapping[int, int]) -> Iterator[Word]:
    fonts: dict[tuple[bytes, int, int], bool] = {}
    run: list[int] = []
    codes: list[int] = []
    count = min(text.count_chars(), _MOST_CHARACTERS)
    for index in range(count + 1):
        code = raw.FPDFText_GetUnicode(text, index) if index < count else 10
        inside = code not in _NEWLINES and code not in _SPACES and code
        if inside:
            run.append(index)
            codes.append(code)
            # A hyphen that the layout put there: pdfium hides the break behind it.
            if code not in _HYPHENS:
                continue
        breaks = code in _NEWLINES or code in _HYPHENS
        if run and (word := _word(text, frame, run, codes, levels, fonts)):
            yield replace(word, breaks=breaks)
        run, codes = [], []


def _word(
    text: pdfium.PdfTextPage,
    frame: _Frame,
    run: list[int],
    codes: list[int],
    levels: Mapping[int, int],
    fonts: dict[tuple[bytes, int, int], bool],
) -> Word | None:
    angle = raw.FPDFText_GetCharAngle(text, run[0]) + frame.turn * math.pi / 2
    if angle >= 0 and math.cos(angle) < math.cos(_LEAN):
        return None
    ends = [_box(text, frame, run[0]), _box(text, frame, run[-1])]
    # A bracket out of another font may be twice as high as the word.
    usual = min(ends, key=lambda end: end.height)
    box = Box(around(ends).left, usual.top, around(ends).right, usual.bottom)
    if box.height <= 0:
        return None
    return Word(
        _decoded(codes),
        box,
        bold=_bold(text, run[0], fonts),
        level=_level(text, run[0], levels) if levels else 0,
    )


def _decoded(codes: list[int]) -> str:
    units = b"".join(code.to_bytes(2, "little") for code in codes if code <= 0xFFFF)
    text = units.decode("utf-16-le", "replace")
    return text.replace("\ue0fe", "").replace("\ue0ff", "").replace("\x02", "\ufffe")


def _box(text: pdfium.PdfTextPage, frame: _Frame, index: int) -> Box:
    box = raw.FS_RECTF()
    raw.FPDFText_GetLooseCharBox(text, index, box)
    return frame.box(box.left, box.bottom, box.right, box.top)


def _bold(text: pdfium.PdfTextPage, index: int, fonts: dict[tuple[bytes, int, int], bool]) -> bool:
    name = ctypes.create_string_buffer(_FONT_NAME_BYTES)
    flags = ctypes.c_int()
    raw.FPDFText_GetFontInfo(text, index, name, _FONT_NAME_BYTES, flags)
    weight = raw.FPDFText_GetFontWeight(text, index)
    known = (name.value, flags.value, weight)
    if known not in fonts:
        called = name.value.lower()
        fonts[known] = (
            any(part in called for part in _BOLD)
            or weight >= _BOLD_WEIGHT
            or bool(flags.value & _FORCE_BOLD)
        )
    return fonts[known]


def _level(text: pdfium.PdfTextPage, index: int, levels: Mapping[int, int]) -> int:
    thing = raw.FPDFText_GetTextObject(text, index)
    return levels.get(raw.FPDFPageObj_GetMarkedContentID(thing), 0) if thing else 0


def _rules(page: pdfium.PdfPage, frame: _Frame) -> Iterator[Rule]:
    """Straight lines and thin boxes, and the edges of boxes that are drawn."""
    left = _MOST_SEGMENTS
    for index in range(min(raw.FPDFPage_CountObjects(page), _MOST_OBJECTS)):
        thing = raw.FPDFPage_GetObject(page, index)
        if raw.FPDFPageObj_GetType(thing) != raw.FPDF_PAGEOBJ_PATH:
            continue
        left -= max(raw.FPDFPath_CountSegments(thing), 1)
        if left < 0:
            return
        yield from _edges(thing, frame)


def _edges(path: raw.FPDF_PAGEOBJECT, frame: _Frame) -> Iterator[Rule]:
    fill, stroke = ctypes.c_int(), ctypes.c_int()
    raw.FPDFPath_GetDrawMode(path, fill, stroke)
    bounds = [ctypes.c_float() for _ in range(4)]
    if not raw.FPDFPageObj_GetBounds(path, *bounds):
        return
    whole = frame.box(*(value.value for value in bounds))
    if min(whole.width, whole.height) <= _THICK:
        if rule := _rule(whole):
            yield rule
    elif stroke.value:
        yield from filter(None, map(_rule, _sides(path, frame)))
    elif fill.value and raw.FPDFPath_CountSegments(path) <= 6:
        # Cells that are painted rather than drawn: their sides are where they meet.
        yield from filter(None, map(_rule, _outline(whole)))


def _rule(box: Box) -> Rule | None:
    flat = box.width >= box.height
    length, thickness = (box.width, box.height) if flat else (box.height, box.width)
    return Rule(box, flat) if length >= _SHORT and thickness <= _THICK else None


def _outline(box: Box) -> Iterator[Box]:
    yield Box(box.left, box.top, box.right, box.top)
    yield Box(box.left, box.bottom, box.right, box.bottom)
    yield Box(box.left, box.top, box.left, box.bottom)
    yield Box(box.right, box.top, box.right, box.bottom)


def _sides(path: raw.FPDF_PAGEOBJECT, frame: _Frame) -> Iterator[Box]:
    matrix = raw.FS_MATRIX()
    raw.FPDFPageObj_GetMatrix(path, matrix)
    first: tuple[float, float] | None = None
    last: tuple[float, float] | None = None
    x, y = ctypes.c_float(), ctypes.c_float()
    for index in range(raw.FPDFPath_CountSegments(path)):
        segment = raw.FPDFPath_GetPathSegment(path, index)
        raw.FPDFPathSegment_GetPoint(segment, x, y)
        here = (
            matrix.a * x.value + matrix.c * y.value + matrix.e,
            matrix.b * x.value + matrix.d * y.value + matrix.f,
        )
        kind = raw.FPDFPathSegment_GetType(segment)
        if kind == raw.FPDF_SEGMENT_MOVETO:
            first = here
        elif kind == raw.FPDF_SEGMENT_LINETO and last:
            yield frame.box(*last, *here)
        if raw.FPDFPathSegment_GetClose(segment) and first:
            yield frame.box(*here, *first)
        last = here
