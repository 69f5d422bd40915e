"""Decide what a file is, by its name and its first bytes: neither alone is believed."""

import re

from models.errors import InvalidError, TooLargeError, UnsupportedError

TEXT = "text/plain"
MARKDOWN = "text/markdown"
HTML = "text/html"
CSV = "text/csv"

# How many of the first bytes `detect` looks at; more is allowed and passed over.
HEAD_BYTES = 8_192

_BY_EXTENSION = {
    "txt": TEXT,
    "text": TEXT,
    "log": TEXT,
    "md": MARKDOWN,
    "markdown": MARKDOWN,
    "html": HTML,
    "htm": HTML,
    "xhtml": HTML,
    "csv": CSV,
    "tsv": CSV,
}
_BY_MEDIA_TYPE = {
    TEXT: TEXT,
    MARKDOWN: MARKDOWN,
    "text/x-markdown": MARKDOWN,
    HTML: HTML,
    "application/xhtml+xml": HTML,
    CSV: CSV,
    "application/csv": CSV,
    "text/tab-separated-values": CSV,
}
_SAYS_NOTHING = frozenset({"", "application/octet-stream", "binary/octet-stream"})
_READ = "Text (.txt), Markdown (.md), HTML (.html) and CSV (.csv, .tsv) are read."

_SIGNATURES = (
    (b"%PDF-", "a PDF"),
    (b"PK\x03\x04", "a ZIP or Office file"),
    (b"PK\x05\x06", "a ZIP file"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Office file"),
    (b"\x89PNG\r\n", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF87a", "a GIF image"),
    (b"GIF89a", "a GIF image"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"BZh9", "a bzip2 archive"),
    (b"7z\xbc\xaf", "a 7-Zip archive"),
    (b"Rar!\x1a", "a RAR archive"),
    (b"\x7fELF", "a program"),
    (b"SQLite format 3\x00", "a database"),
)
_WIDE_MARKS = (b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")
_CONTROLS = frozenset(range(32)) - frozenset(b"\t\n\v\f\r\x1b")
_EXTENSION = re.compile(r"\.([A-Za-z0-9]{1,12})$")
_LOOKS_LIKE_HTML = re.compile(
    rb"\s*(?:<\?xml[^>]*>\s*)?<(?:!doctype\s+html|html[\s>])", re.IGNORECASE
)


def _binary(head: bytes) -> str | None:
    """What the bytes are when they are no text."""
    for mark, kind in _SIGNATURES:
        if head.startswith(mark):
            return kind
    if head.startswith(_WIDE_MARKS):
        return None
    controls = sum(byte in _CONTROLS for byte in head)
    if b"\x00" in head or controls * 20 > len(head):
        return "binary"
    return None


def _claimed(name: str, media_type: str) -> str | None:
    """What name and media type say; None when they say nothing. The name counts first."""
    declared = media_type.partition(";")[0].strip().lower()
    extension = _EXTENSION.search(name.strip())
    if extension and (kind := _BY_EXTENSION.get(extension[1].lower())):
        return kind
    if kind := _BY_MEDIA_TYPE.get(declared):
        return kind
    if extension or declared not in _SAYS_NOTHING:
        called = f".{extension[1].lower()}" if extension else declared[:100]
        raise UnsupportedError(f"Files of type {called} are not read. {_READ}")
    return None


def detect(name: str, media_type: str, head: bytes) -> str:
    """Give the media type to read the file as. `head` is its first HEAD_BYTES bytes, or more.

    InvalidError document_empty; UnsupportedError document_type_unsupported (says what is read) or
    document_type_mismatch (the bytes are not what the name says).
    """
    if not head:
        raise InvalidError("The file is empty.", code="document_empty")
    head = head[:HEAD_BYTES]
    claimed = _claimed(name, media_type)
    if binary := _binary(head):
        if claimed is None:
            raise UnsupportedError(f"The file is {binary}. {_READ}")
        raise UnsupportedError(
            f"The file is called {claimed}, but is {binary}.", code="document_type_mismatch"
        )
    if _LOOKS_LIKE_HTML.match(head.removeprefix(b"\xef\xbb\xbf")):
        if claimed == CSV:
            raise UnsupportedError(
                "The file is called CSV, but is a web page.", code="document_type_mismatch"
            )
        return MARKDOWN if claimed == MARKDOWN else HTML
    return claimed or TEXT


def check_size(size: int, limit: int) -> None:
    """TooLargeError document_too_large beyond `limit` bytes."""
    if size > limit:
        raise TooLargeError(
            f"The file has {size:,} bytes; {limit:,} is the limit.", code="document_too_large"
        )
