"""What a tagged PDF says about its own structure."""

import ctypes
from collections.abc import Iterator

import pypdfium2 as pdfium
from pypdfium2 import raw

_DEPTH = 40
_MOST_ELEMENTS = 20_000
_LEVELS = {"Title": 1, "H": 1, **{f"H{level}": level for level in range(1, 7)}}
_NAME_BYTES = 64


def levels(page: pdfium.PdfPage) -> dict[int, int]:
    """Levels of headings by the id of the marked content that they are made of."""
    tree = raw.FPDF_StructTree_GetForPage(page)
    if not tree:
        return {}
    found: dict[int, int] = {}
    left = [_MOST_ELEMENTS]
    try:
        for index in range(raw.FPDF_StructTree_CountChildren(tree)):
            element = raw.FPDF_StructTree_GetChildAtIndex(tree, index)
            found.update(_contents(element, 0, _DEPTH, left))
    finally:
        raw.FPDF_StructTree_Close(tree)
    return found


def _contents(
    element: raw.FPDF_STRUCTELEMENT, level: int, depth: int, left: list[int]
) -> Iterator[tuple[int, int]]:
    if not element or not depth or left[0] <= 0:
        return
    left[0] -= 1
    level = _LEVELS.get(_type(element), level)
    for index in range(raw.FPDF_StructElement_GetMarkedContentIdCount(element)):
        if level:
            yield raw.FPDF_StructElement_GetMarkedContentIdAtIndex(element, index), level
    for index in range(max(raw.FPDF_StructElement_CountChildren(element), 0)):
        child = raw.FPDF_StructElement_GetChildAtIndex(element, index)
        yield from _contents(child, level, depth - 1, left)


def _type(element: raw.FPDF_STRUCTELEMENT) -> str:
    buffer = ctypes.create_string_buffer(_NAME_BYTES)
    length = raw.FPDF_StructElement_GetType(element, buffer, _NAME_BYTES)
    if not 2 < length <= _NAME_BYTES:
        return ""
    return buffer.raw[: length - 2].decode("utf-16-le", "replace")
