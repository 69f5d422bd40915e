"""A document's pictures: the ones worth keeping, small enough for any model."""

import hashlib
from io import BytesIO
from typing import Any

from PIL import Image as Pillow

from domain.parsing import limits, marked
from domain.parsing.structure import Image

# Pillow refuses at twice this number, before it decodes.
Pillow.MAX_IMAGE_PIXELS = limits.PICTURE_PIXELS // 2

_QUALITIES = (85, 60, 35)
_SAMPLE, _DRAWN_COLOURS = 64, 1_024
_WHITE = (255, 255, 255)


class Gallery:
    """In reading order; no picture twice, none too small to show anything."""

    def __init__(self) -> None:
        self.images: list[Image] = []
        self._seen: set[bytes] = set()

    def add(self, picture: Pillow.Image, caption: str, page: int | None = None) -> str:
        """Its mark for the text; the bare caption when it is not kept."""
        caption = marked.caption_line(marked.cleaned(caption))
        if len(self.images) >= limits.PICTURES or min(picture.size) < limits.LEAST_PICTURE_SIDE:
            return caption
        try:
            image = shrunk(picture, caption, page)
        except (OSError, ValueError, SyntaxError, Pillow.DecompressionBombError):
            # A broken picture is no reason to lose the text around it.
            return caption
        digest = hashlib.sha256(image.data).digest()
        if digest in self._seen:
            return caption
        self._seen.add(digest)
        self.images.append(image)
        return marked.picture(len(self.images) - 1)


def opened(data: bytes) -> Pillow.Image:
    """Not decoded yet. OSError and its like when it is no picture, DecompressionBombError when it
    is an enormous one."""
    return Pillow.open(BytesIO(data))


def shrunk(picture: Pillow.Image, caption: str, page: int | None = None) -> Image:
    """PNG where that is small (drawings, screenshots), else JPEG (photographs)."""
    small = reduced(picture)
    if small.mode == "RGBA":
        # Models that see no transparency take it for black.
        ground = Pillow.new("RGB", small.size, _WHITE)
        ground.paste(small, mask=small.getchannel("A"))
        small = ground
    return Image(_encoded(small), small.width, small.height, caption, page=page)


def reduced(picture: Pillow.Image) -> Pillow.Image:
    """RGB or RGBA, of at most PICTURE_SIDE."""
    side = limits.PICTURE_SIDE
    # A JPEG can be decoded to a fraction of its size, in a fraction of the time.
    picture.draft("RGB", (side, side))
    clear = picture.mode in {"RGBA", "LA", "PA"} or "transparency" in picture.info
    small = picture.convert("RGBA" if clear else "RGB")
    small.thumbnail((side, side), Pillow.Resampling.LANCZOS)
    return small


def _encoded(picture: Pillow.Image) -> bytes:
    ways: list[dict[str, Any]] = [{"format": "JPEG", "quality": quality} for quality in _QUALITIES]
    if _drawn(picture):
        ways.insert(0, {"format": "PNG", "compress_level": 6})
    for way in ways:
        written = BytesIO()
        picture.save(written, **way)
        if written.tell() <= limits.PICTURE_BYTES:
            break
    return written.getvalue()


def _drawn(picture: Pillow.Image) -> bool:
    """Drawings and screenshots have few colours; a photograph as PNG takes long, and much room."""
    small = picture.resize((_SAMPLE, _SAMPLE), Pillow.Resampling.NEAREST)
    return small.getcolors(_DRAWN_COLOURS) is not None
