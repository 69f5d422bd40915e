"""Decide what a file is, by its name and its bytes: neither alone is believed."""

import re

from domain.parsing import containers
from models.errors import InvalidError, TooLargeError, UnsupportedError

TEXT = "text/plain"
MARKDOWN = "text/markdown"
HTML = "text/html"
CSV = "text/csv"
PDF = "application/pdf"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
PPTX = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
EMAIL = "message/rfc822"
PNG = "image/png"
JPEG = "image/jpeg"
GIF = "image/gif"
WEBP = "image/webp"
TIFF = "image/tiff"

IMAGES = frozenset({PNG, JPEG, GIF, WEBP, TIFF})
OFFICE = frozenset({DOCX, PPTX, XLSX})
READ = frozenset({TEXT, MARKDOWN, HTML, CSV, PDF, EMAIL}) | IMAGES | OFFICE
WHAT = (
    "PDF, Word (.docx), PowerPoint (.pptx), Excel (.xlsx), e-mail (.eml), web pages (.html), "
    "Markdown (.md), CSV, text and pictures (PNG, JPEG, GIF, WebP, TIFF) are read."
)

# How many of the first bytes `detect` needs. Give it all there are where they are at hand: a ZIP
# container says at its end what it holds.
HEAD_BYTES = 8_192

_NAMES = {PDF: "a PDF", DOCX: "a Word file", PPTX: "a PowerPoint file", XLSX: "an Excel file"}
BY_EXTENSION = {
    **dict.fromkeys(("txt", "text", "log"), TEXT),
    **dict.fromkeys(("md", "markdown"), MARKDOWN),
    **dict.fromkeys(("html", "htm", "xhtml"), HTML),
    **dict.fromkeys(("csv", "tsv"), CSV),
    "pdf": PDF,
    **dict.fromkeys(("docx", "docm", "dotx"), DOCX),
    **dict.fromkeys(("pptx", "pptm", "ppsx", "potx"), PPTX),
    **dict.fromkeys(("xlsx", "xlsm", "xltx"), XLSX),
    "eml": EMAIL,
    "png": PNG,
    **dict.fromkeys(("jpg", "jpeg", "jpe", "jfif"), JPEG),
    "gif": GIF,
    "webp": WEBP,
    **dict.fromkeys(("tif", "tiff"), TIFF),
}
_BY_MEDIA_TYPE = {
    **{kind: kind for kind in READ},
    "text/x-markdown": MARKDOWN,
    "application/xhtml+xml": HTML,
    "application/csv": CSV,
    "text/tab-separated-values": CSV,
    "application/x-pdf": PDF,
    "application/vnd.ms-excel.sheet.macroenabled.12": XLSX,
    "application/vnd.ms-word.document.macroenabled.12": DOCX,
    "application/vnd.ms-powerpoint.presentation.macroenabled.12": PPTX,
    "image/jpg": JPEG,
}
_SAYS_NOTHING = frozenset({"", "application/octet-stream", "binary/octet-stream"})
# Known names of what is not read, with what to do about it.
_INSTEAD = {
    "doc": "Save it as .docx and try again.",
    "xls": "Save it as .xlsx and try again.",
    "ppt": "Save it as .pptx and try again.",
    "msg": "Save it as .eml and try again.",
    **dict.fromkeys(("odt", "rtf", "pages"), "Save it as .docx and try again."),
    **dict.fromkeys(("ods", "numbers"), "Save it as .xlsx and try again."),
    **dict.fromkeys(("odp", "key"), "Save it as .pptx and try again."),
    **dict.fromkeys(("zip", "7z", "rar", "gz", "tar", "bz2"), "Unpack it and add what is in it."),
}
_UNPACK = _INSTEAD["zip"]
_SAVE_NEW = "Save it as .docx, .pptx, .xlsx or .eml and try again."

_SIGNATURES = (
    (b"%PDF-", PDF),
    (b"\x89PNG\r\n\x1a\n", PNG),
    (b"\xff\xd8\xff", JPEG),
    (b"GIF87a", GIF),
    (b"GIF89a", GIF),
    (b"II*\x00", TIFF),
    (b"MM\x00*", TIFF),
)
_UNREAD = (
    (b"\x1f\x8b", "a gzip archive", _UNPACK),
    (b"BZh9", "a bzip2 archive", _UNPACK),
    (b"7z\xbc\xaf", "a 7-Zip archive", _UNPACK),
    (b"Rar!\x1a", "a RAR archive", _UNPACK),
    (b"\xfd7zXZ\x00", "an xz archive", _UNPACK),
    (b"\x7fELF", "a program", ""),
    (b"MZ", "a program", ""),
    (b"\xca\xfe\xba\xbe", "a program", ""),
    (b"SQLite format 3\x00", "a database", ""),
    (b"{\\rtf", "a rich text file", "Save it as .docx and try again."),
)
# A PDF may begin with a few bytes of something else; readers look this far.
_PDF_WITHIN = 1_024
_WIDE_MARKS = (b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")
_CONTROLS = frozenset(range(32)) - frozenset(b"\t\n\v\f\r\x1b")
_EXTENSION = re.compile(r"\.([A-Za-z0-9]{1,12})$")
_LOOKS_LIKE_HTML = re.compile(
    rb"\s*(?:<\?xml[^>]*>\s*)?<(?:!doctype\s+html|html[\s>])", re.IGNORECASE
)
_LOOKS_LIKE_EMAIL = re.compile(
    rb"(?:From |(?:Return-Path|Received|Delivered-To|Message-ID|From|MIME-Version|Date|Subject|To|"
    rb"X-[\w-]+): )[^\r\n]*\r?\n(?:[ \t][^\r\n]*\r?\n|[\w-]{2,60}:[^\r\n]*\r?\n)*"
    rb"(?:MIME-Version|Message-ID|Received|From):",
    re.IGNORECASE,
)


def _unread(what: str, instead: str) -> UnsupportedError:
    return UnsupportedError(f"The file is {what}. {instead or WHAT}")


def _signed(data: bytes) -> str | None:
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return WEBP
    return next((kind for mark, kind in _SIGNATURES if data.startswith(mark)), None)


def _found(data: bytes) -> str | None:
    """What the bytes are; None for text. UnsupportedError for what is not read."""
    if kind := _signed(data):
        return kind
    if data.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return containers.office_kind(data, {"word": DOCX, "ppt": PPTX, "xl": XLSX})
    if data.startswith(containers.OLD_OFFICE):
        containers.refuse_old_office(data, _SAVE_NEW)
    head = data[:HEAD_BYTES]
    if b"%PDF-" in head[:_PDF_WITHIN] and not head.startswith(b"From"):
        return PDF
    for mark, what, instead in _UNREAD:
        if head.startswith(mark) and (mark != b"MZ" or b"\x00" in head):
            raise _unread(what, instead)
    if head.startswith(_WIDE_MARKS):
        return None
    controls = sum(byte in _CONTROLS for byte in head)
    if b"\x00" in head or controls * 20 > len(head):
        raise _unread("of an unknown kind", "")
    return None


def _claimed(name: str, media_type: str) -> str | None:
    """What name and media type say; None when they say nothing. The name counts first."""
    declared = media_type.partition(";")[0].strip().lower()
    extension = _EXTENSION.search(name.strip())
    if extension and (kind := BY_EXTENSION.get(extension[1].lower())):
        return kind
    if kind := _BY_MEDIA_TYPE.get(declared):
        return kind
    if extension or declared not in _SAYS_NOTHING:
        called = extension[1].lower() if extension else ""
        shown = f".{called}" if extension else declared[:100]
        instead = _INSTEAD.get(called) or WHAT
        raise UnsupportedError(f"Files of type {shown} are not read. {instead}")
    return None


def detect(name: str, media_type: str, data: bytes) -> str:
    """Give the media type to read the file as. `data` is its first HEAD_BYTES bytes, or better
    all of them.

    InvalidError document_empty or document_encrypted; UnsupportedError document_type_unsupported
    (says what is read, or what to do) or document_type_mismatch (the bytes are not what the name
    says).
    """
    if not data:
        raise InvalidError("The file is empty.", code="document_empty")
    claimed = _claimed(name, media_type)
    try:
        found = _found(data)
    except UnsupportedError as error:
        if claimed is None or error.code != UnsupportedError.code:
            raise
        raise UnsupportedError(
            f"The file is called {_called(claimed)}, but its bytes are not. {error.detail}",
            code="document_type_mismatch",
        ) from None
    return _agreed(claimed, found, data[:HEAD_BYTES])


def _agreed(claimed: str | None, found: str | None, head: bytes) -> str:
    if found is None:
        return _textual(claimed, head)
    # A picture under another picture's name is still one to everybody who opens it.
    if claimed in {None, found} or {claimed, found} <= IMAGES:
        return found
    if not found and claimed in OFFICE:
        return claimed
    raise _mismatch(claimed, _called(found) or "an Office file")


def _textual(claimed: str | None, head: bytes) -> str:
    head = head.removeprefix(b"\xef\xbb\xbf")
    if claimed in OFFICE | IMAGES | {PDF}:
        raise _mismatch(claimed, "text")
    if _LOOKS_LIKE_HTML.match(head):
        if claimed in {CSV, EMAIL}:
            raise _mismatch(claimed, "a web page")
        return MARKDOWN if claimed == MARKDOWN else HTML
    if claimed is None and _LOOKS_LIKE_EMAIL.match(head):
        return EMAIL
    return claimed or TEXT


def _mismatch(claimed: str | None, what: str) -> UnsupportedError:
    return UnsupportedError(
        f"The file is called {_called(claimed)}, but is {what}: give it its right name.",
        code="document_type_mismatch",
    )


def _called(kind: str | None) -> str:
    return _NAMES.get(kind or "", kind or "")


def check_size(size: int, limit: int) -> None:
    """TooLargeError document_too_large beyond `limit` bytes."""
    if size > limit:
        raise TooLargeError(
            f"The file has {size:,} bytes; {limit:,} is the limit.", code="document_too_large"
        )
