"""A document's pictures: the ones worth keeping, small enough for any model."""

import hashlib
from io import BytesIO

from PIL import Image as Pillow

from domain.parsing import limits, marked
from domain.parsing.structure import Image

# Pillow refuses at twice this number, before it decodes.
Pillow.MAX_IMAGE_PIXELS = limits.PICTURE_PIXELS // 2

_QUALITIES = (85, 60, 35)
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
    side = limits.PICTURE_SIDE
    picture.draft("RGB", (side * 2, side * 2))
    clear = picture.mode in {"RGBA", "LA", "PA"} or "transparency" in picture.info
    small = picture.convert("RGBA" if clear else "RGB")
    small.thumbnail((side, side), Pillow.Resampling.LANCZOS)
    if small.mode == "RGBA":
        # Models that see no transparency take it for black.
        ground = Pillow.new("RGB", small.size, _WHITE)
        ground.paste(small, mask=small.getchannel("A"))
        small = ground
    return Image(_encoded(small), small.width, small.height, caption, page=page)


def _encoded(picture: Pillow.Image) -> bytes:
    written = BytesIO()
    picture.save(written, "PNG", compress_level=6)
    for quality in _QUALITIES:
        if written.tell() <= limits.PICTURE_BYTES // 2:
            break
        written = BytesIO()
        picture.save(written, "JPEG", quality=quality)
    return written.getvalue()
