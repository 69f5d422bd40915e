"""What to call a fetched file, so that its kind can be told. A name is a label, never a path."""

import re
from email.message import Message
from urllib.parse import unquote

import httpx2

from domain.parsing.naming import display_name, showable

_KINDS = {
    "application/pdf": "pdf",
    "application/xhtml+xml": "html",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": "pptx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
    "image/gif": "gif",
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/tiff": "tiff",
    "image/webp": "webp",
    "message/rfc822": "eml",
    "text/csv": "csv",
    "text/html": "html",
    "text/markdown": "md",
    "text/plain": "txt",
    "text/tab-separated-values": "tsv",
    "text/x-markdown": "md",
}
_EXTENSIONS = frozenset(_KINDS.values()) | {"htm", "jpeg", "markdown", "text", "tif", "log"}
# Plain text is what servers call everything that they do not know: a name says more.
_SAYS_LITTLE = frozenset({"", "text/plain", "application/octet-stream", "binary/octet-stream"})
_MARKS = ((b"%PDF-", "pdf"), (b"\x89PNG\r\n", "png"), (b"\xff\xd8\xff", "jpg"), (b"GIF8", "gif"))
_HTML = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*>\s*)?<(?:!doctype\s+html|html[\s>])", re.IGNORECASE
)


def media_type(response: httpx2.Response) -> str:
    declared: str = response.headers.get("content-type", "")
    return declared.partition(";")[0].strip().lower()[:100]


def name_of(response: httpx2.Response, url: httpx2.URL, data: bytes) -> str:
    """The server's name or the address's last part, with the extension of what it is: by its
    bytes where they say so, else by its name, else by what the server calls it."""
    name = _clean(_given(response)) or _clean(unquote(url.path.rpartition("/")[2]))
    name = name or url.host.replace(".", "-")
    stem, dot, extension = name.rpartition(".")
    extension = extension.lower()
    kind = _by_bytes(data) or _by_name(extension, media_type(response))
    if not kind:
        return name
    same = {kind, *({"jpeg"} if kind == "jpg" else ()), *({"htm"} if kind == "html" else ())}
    if dot and extension in same:
        return name
    return f"{stem if dot and stem and extension in _EXTENSIONS else name}.{kind}"


def _by_bytes(data: bytes) -> str | None:
    for mark, kind in _MARKS:
        if data.startswith(mark):
            return kind
    return "html" if _HTML.match(data[:1_024]) else None


def _by_name(extension: str, declared: str) -> str | None:
    if declared in _SAYS_LITTLE and extension in _EXTENSIONS:
        return extension
    return _KINDS.get(declared) or (extension if extension in _EXTENSIONS else None)


def _given(response: httpx2.Response) -> str:
    """The file name in Content-Disposition, in either of its spellings."""
    header: str = response.headers.get("content-disposition", "")[:1_000]
    if not header:
        return ""
    message = Message()
    message["content-disposition"] = re.sub(r"[\r\n]", " ", header)
    try:
        return message.get_filename() or ""
    except (LookupError, ValueError):
        return ""


def _clean(text: str) -> str:
    last = text.replace("\\", "/").rpartition("/")[2].strip(" .")
    return display_name(last) if showable(last) else ""
