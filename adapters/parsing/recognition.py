"""Text of scanned pages, by the `tesseract` program where it is installed."""

import os
import subprocess
from functools import cache
from io import BytesIO

import pypdfium2 as pdfium

from domain.parsing.limits import PICTURE_PIXELS

# What tesseract was made for; less loses small print.
_DPI = 300
_PAGE_SECONDS = 20


@cache
def available() -> bool:
    return bool(os.environ.get("TESSERACT"))


def text(page: pdfium.PdfPage) -> str:
    """Empty when it finds nothing, or fails: a page without text is not the end of a file."""
    width, height = page.get_size()
    scale = min(_DPI / 72, (PICTURE_PIXELS / 4 / max(width * height, 1)) ** 0.5)
    written = BytesIO()
    page.render(scale=scale, grayscale=True).to_pil().save(written, "PNG", compress_level=1)
    return of_picture(written.getvalue())


def of_picture(png: bytes) -> str:
    if not available():
        return ""
    try:
        said = subprocess.run(  # noqa: S603 - the worker found the program; the file is its input
            [os.environ["TESSERACT"], "stdin", "stdout", "-l", _languages()],
            input=png,
            capture_output=True,
            timeout=_PAGE_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return said.stdout.decode("utf-8", "replace").replace("\f", "").strip()


@cache
def _languages() -> str:
    """All that are installed, except for the two that only look at the page."""
    said = subprocess.run(  # noqa: S603 - as above
        [os.environ["TESSERACT"], "--list-langs"],
        capture_output=True,
        timeout=_PAGE_SECONDS,
        check=False,
    )
    names = said.stdout.decode("utf-8", "replace").split("\n")[1:]
    return (
        "+".join(name for name in map(str.strip, names) if name not in {"", "osd", "equ"}) or "eng"
    )
