"""A picture as a document: what it says about itself, and the picture."""

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field

from PIL import ExifTags, ImageFile, IptcImagePlugin
from PIL import Image as Pillow

from adapters.parsing import recognition
from adapters.parsing.gallery import opened, shrunk
from domain.parsing import limits, marked
from domain.parsing.metadata import metadata
from domain.parsing.naming import display_title, showable
from domain.parsing.structure import StructuredText
from models.errors import InvalidError, TooLargeError

_TAG_CHARACTERS = 1_000
# Names that cameras, phones and screens give say nothing.
_MEANINGLESS = re.compile(
    r"(?:img|dsc[nf]?|pxl|image|picture|photo|scan|screenshot|bild|foto|untitled|file)?"
    r"[\W_\d]*(?:at|um|edited|copy|kopie|e\d+)?[\W_\d]*",
    re.IGNORECASE,
)
_PNG_KEYS = {
    "title": "title",
    "description": "description",
    "comment": "description",
    "author": "artist",
    "artist": "artist",
    "copyright": "rights",
    "keywords": "keywords",
    "creation time": "date",
}
_IPTC = {
    (2, 5): "title",
    (2, 120): "description",
    (2, 80): "artist",
    (2, 25): "keywords",
    (2, 55): "date",
    (2, 105): "title",
}
_EXIF = {
    ExifTags.Base.ImageDescription: "description",
    ExifTags.Base.Artist: "artist",
    ExifTags.Base.Copyright: "rights",
    ExifTags.Base.XPTitle: "title",
    ExifTags.Base.XPComment: "description",
    ExifTags.Base.XPKeywords: "keywords",
    ExifTags.Base.XPSubject: "description",
    ExifTags.Base.DateTime: "date",
}


@dataclass(slots=True)
class _Said:
    values: dict[str, list[str]] = field(default_factory=dict)

    def add(self, key: str, value: object) -> None:
        parts = value if isinstance(value, list | tuple) else [value]
        for part in parts[:50]:
            if text := showable(_text(part)[:_TAG_CHARACTERS]):
                known = self.values.setdefault(key, [])
                if text not in known:
                    known.append(text)

    def first(self, key: str) -> str:
        return next(iter(self.values.get(key, ())), "")


def read(_media_type: str, data: bytes, name: str) -> StructuredText:
    """TooLargeError document_expands, InvalidError document_parse_failed."""
    picture = _opened(data)
    said = _said(picture)
    width, height = picture.size
    try:
        image = shrunk(picture, "")
    except (OSError, ValueError, SyntaxError) as error:
        raise _damaged() from error
    title = said.first("title") or display_title("", name)
    lines = list(_lines(said, name, width, height))
    recognised = marked.cleaned(recognition.of_picture(image.data))
    caption = " ".join(lines)
    text = "\n\n".join(filter(None, [marked.picture(0), recognised]))
    captioned = type(image)(image.data, image.width, image.height, caption)
    structured = marked.read(text, [captioned])
    return StructuredText(
        title=title,
        text=structured.text,
        blocks=structured.blocks,
        images=structured.images,
        metadata=metadata(
            author=said.first("artist"),
            published=said.values.get("date", ()),
            keywords=said.values.get("keywords", []),
        ),
    )


def _opened(data: bytes) -> Pillow.Image:
    try:
        picture = opened(data)
    except Pillow.DecompressionBombError as error:
        raise _enormous() from error
    except (OSError, ValueError, SyntaxError) as error:
        raise _damaged() from error
    if picture.width * picture.height > limits.PICTURE_PIXELS:
        raise _enormous()
    return picture


def _enormous() -> TooLargeError:
    return TooLargeError(
        f"The picture has more than {limits.PICTURE_PIXELS:,} pixels.", code="document_expands"
    )


def _damaged() -> InvalidError:
    return InvalidError(
        "The picture is damaged or cut off: save it anew and try again.",
        code="document_parse_failed",
    )


def _lines(said: _Said, name: str, width: int, height: int) -> Iterator[str]:
    """Sentences that a search can find."""
    called = display_title("", name) if name else ""
    title, description = said.first("title"), said.first("description")
    worth = called and not _MEANINGLESS.fullmatch(called)
    if head := title or (re.sub(r"[_-]+", " ", called) if worth else ""):
        yield f"{head}."
    if description and description != head:
        yield description if description.endswith(".") else f"{description}."
    for label, key in (("By", "artist"), ("Keywords", "keywords"), ("Rights", "rights")):
        if values := said.values.get(key):
            yield f"{label}: {', '.join(values)}."
    if name:
        yield f"Picture {called}, {width} x {height} pixels."
    else:
        yield f"A picture of {width} x {height} pixels."


def _said(picture: Pillow.Image) -> _Said:
    """EXIF, IPTC and PNG text. What cannot be read is passed over: the picture counts."""
    said = _Said()
    for key, value in picture.info.items():
        if (known := _PNG_KEYS.get(str(key).lower())) and isinstance(value, str | bytes):
            said.add(known, value)
    with suppress(Exception):
        file = picture if isinstance(picture, ImageFile.ImageFile) else None
        for tag, value in ((file and IptcImagePlugin.getiptcinfo(file)) or {}).items():
            if known := _IPTC.get(tag):
                said.add(known, value)
    with suppress(Exception):
        exif = picture.getexif()
        inner = exif.get_ifd(ExifTags.IFD.Exif)
        said.add("date", inner.get(ExifTags.Base.DateTimeOriginal, ""))
        for number, known in _EXIF.items():
            if value := exif.get(number):
                wide = number >= ExifTags.Base.XPTitle
                values = _wide(value).split(";") if wide and known == "keywords" else [value]
                said.add(known, _wide(value) if wide and known != "keywords" else values)
    return said


def _wide(value: object) -> str:
    """Windows writes these as UTF-16."""
    if isinstance(value, tuple):
        value = bytes(value)
    return (
        value.decode("utf-16-le", "ignore").rstrip("\x00")
        if isinstance(value, bytes)
        else str(value)
    )


def _text(value: object) -> str:
    if isinstance(value, bytes):
        try:
            return value.decode()
        except UnicodeDecodeError:
            return value.decode("latin-1")
    return str(value)
