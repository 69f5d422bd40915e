"""Pictures from anywhere, opened within limits."""

import io
from typing import Final

from PIL import Image, ImageOps, UnidentifiedImageError

from models.errors import InvalidError

# No other decoder is let at bytes from outside.
FORMATS: Final = ("PNG", "JPEG", "WEBP", "GIF")
# 60 MB as colours, while it is made small. A poster for print at 300 dpi is not searched by.
MOST_PIXELS: Final = 20_000_000
BROKEN: Final = (
    UnidentifiedImageError,
    Image.DecompressionBombError,
    Image.DecompressionBombWarning,
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
)


def opened(data: bytes, side: int) -> Image.Image:
    """The picture as colours on white, upright, within `side` pixels each way. InvalidError
    picture_unreadable; picture_too_large by pixels."""
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as picture:
            _check_size(*picture.size)
            # JPEG can be decoded at a fraction of its size.
            picture.draft("RGB", (side, side))
            upright = ImageOps.exif_transpose(picture)
            upright.thumbnail((side, side), Image.Resampling.BOX, reducing_gap=2.0)
            return _on_white(upright)
    except BROKEN as error:
        raise InvalidError(
            f"The picture cannot be read ({type(error).__name__}): send a PNG or JPEG.",
            code="picture_unreadable",
        ) from error


def _check_size(width: int, height: int) -> None:
    if width * height > MOST_PIXELS:
        raise InvalidError(
            f"A picture of {width} by {height} pixels is too large: {MOST_PIXELS // 1_000_000}"
            " million are read. Send a smaller one.",
            code="picture_too_large",
        )


def _on_white(picture: Image.Image) -> Image.Image:
    if not picture.has_transparency_data:
        return picture.convert("RGB")
    layer = picture.convert("RGBA")
    page = Image.new("RGBA", layer.size, "white")
    return Image.alpha_composite(page, layer).convert("RGB")


def as_png(picture: Image.Image) -> bytes:
    written = io.BytesIO()
    picture.save(written, "PNG")
    return written.getvalue()
