"""Pictures on a page of a PDF, with the lines that say what they show."""

import ctypes
import re

import pypdfium2 as pdfium
from PIL.Image import DecompressionBombError
from pypdfium2 import raw

from adapters.parsing.gallery import Gallery
from domain.parsing import limits
from domain.parsing.layout.document import Placed
from domain.parsing.layout.geometry import Box, Line, Sheet
from domain.parsing.layout.lines import lines

_MOST_OBJECTS = 5_000
# A picture behind all of a page is its paper, or the scan that its text was read from.
_WHOLE_PAGE = 0.85
_CAPTION = re.compile(
    r"(?:fig(?:ure|\.)?|abb(?:ildung|\.)?|image|photo|chart|exhibit|bild|图)\s*\d*", re.IGNORECASE
)
# How far from a picture its caption begins, and how many lines it has.
_CAPTION_WITHIN = 30.0
_CAPTION_LINES = 6


def any_on(page: pdfium.PdfPage) -> bool:
    """Whether there is a picture at all: a page without words may be a scan."""
    count = min(raw.FPDFPage_CountObjects(page), _MOST_OBJECTS)
    kinds = (raw.FPDFPageObj_GetType(raw.FPDFPage_GetObject(page, i)) for i in range(count))
    return raw.FPDF_PAGEOBJ_IMAGE in kinds


def placed(page: pdfium.PdfPage, sheet: Sheet, gallery: Gallery) -> list[Placed]:
    found: list[Placed] = []
    for index in range(min(raw.FPDFPage_CountObjects(page), _MOST_OBJECTS)):
        if len(gallery.images) >= limits.PICTURES:
            break
        thing = raw.FPDFPage_GetObject(page, index)
        if raw.FPDFPageObj_GetType(thing) != raw.FPDF_PAGEOBJ_IMAGE:
            continue
        box = _box(page, thing, sheet)
        large = box.width * box.height > _WHOLE_PAGE * sheet.width * sheet.height
        if (large and sheet.words) or not _worth_it(thing):
            continue
        if mark := _kept(page, thing, box, sheet, gallery):
            found.append(Placed(box, mark))
    return found


def _box(page: pdfium.PdfPage, thing: raw.FPDF_PAGEOBJECT, sheet: Sheet) -> Box:
    bounds = [ctypes.c_float() for _ in range(4)]
    raw.FPDFPageObj_GetBounds(thing, *bounds)
    left, bottom, right, top = (value.value for value in bounds)
    edge, floor, *_ = page.get_bbox()
    return Box(left - edge, sheet.height - top + floor, right - edge, sheet.height - bottom + floor)


def _worth_it(thing: raw.FPDF_PAGEOBJECT) -> bool:
    """By its size in pixels, before it is decoded."""
    width, height = ctypes.c_uint(), ctypes.c_uint()
    if not raw.FPDFImageObj_GetImagePixelSize(thing, width, height):
        return False
    side = min(width.value, height.value)
    return side >= limits.LEAST_PICTURE_SIDE and width.value * height.value <= limits.PICTURE_PIXELS


def _kept(
    page: pdfium.PdfPage, thing: raw.FPDF_PAGEOBJECT, box: Box, sheet: Sheet, gallery: Gallery
) -> str:
    caption = _caption(box, sheet)
    said = " ".join(line.text for line in caption)
    before = len(gallery.images)
    try:
        image = pdfium.PdfImage(thing, page, page.pdf)
        mark = gallery.add(image.get_bitmap().to_pil(), said, sheet.number)
    except (pdfium.PdfiumError, ValueError, OSError, RuntimeError, DecompressionBombError):
        return ""
    if len(gallery.images) == before:
        return ""
    # The caption stands where the picture is, and not a second time in the text.
    taken = {id(word) for line in caption for word in line.words}
    sheet.words = [word for word in sheet.words if id(word) not in taken]
    return mark


def _caption(box: Box, sheet: Sheet) -> list[Line]:
    """The lines under a picture, or above it, that begin like a caption."""
    near = [
        word
        for word in sheet.words
        if box.left - 50 <= word.box.middle[0] <= box.right + 50
        and (
            box.bottom - 5 <= word.box.top <= box.bottom + _CAPTION_WITHIN * 4
            or box.top - _CAPTION_WITHIN * 2 <= word.box.bottom <= box.top + 5
        )
    ]
    found = sorted(lines(near), key=lambda line: line.box.top)
    for index, line in enumerate(found):
        gap = min(abs(line.box.top - box.bottom), abs(box.top - line.box.bottom))
        if gap <= _CAPTION_WITHIN and _CAPTION.match(line.text):
            return _whole(found[index : index + _CAPTION_LINES])
    return []


def _whole(found: list[Line]) -> list[Line]:
    taken = found[:1]
    for line in found[1:]:
        if (
            line.box.top - taken[-1].box.bottom > 0.6 * line.size
            or abs(line.size - taken[0].size) > 1
        ):
            break
        taken.append(line)
    return taken
