"""Bytes to text: byte order mark, UTF-8, what the file declares, then a guess."""

import codecs
import re

from charset_normalizer import from_bytes

from models.errors import UnsupportedError

# A guess looks at this much: more makes it slower, and not better.
_SAMPLE_BYTES = 256 * 1024

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_DECLARED = re.compile(
    rb"""(?:charset|encoding)\s*=\s*["']?([A-Za-z0-9_.:-]{2,40})""", re.IGNORECASE
)
# Postgres stores no NUL, and no reader wants the other control characters.
_UNWANTED = re.compile("[\x00-\x08\x0e-\x1f\x7f\ufeff\ufffe\uffff]")
_NEWLINE = re.compile("\r\n|[\r\v\f\x85\u2028\u2029]")


def _attempt(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding)
    except (UnicodeError, LookupError, ValueError):
        return None


def _encodings(data: bytes) -> list[str]:
    """Ones to try in order, surest first."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return [encoding]
    found = _DECLARED.search(data[:4_096])
    return ["utf-8", *([found[1].decode("ascii")] if found else [])]


def decode(data: bytes) -> str:
    """Text with `\\n` for every line end. UnsupportedError document_encoding_unknown."""
    for encoding in _encodings(data):
        if (text := _attempt(data, encoding)) is not None:
            return clean(text)
    guess = from_bytes(data[:_SAMPLE_BYTES]).best()
    text = _attempt(data, guess.encoding) if guess else None
    if text is None:
        raise UnsupportedError(
            "The text's encoding is not known: save it as UTF-8.", code="document_encoding_unknown"
        )
    return clean(text)


def clean(text: str) -> str:
    """Without what Postgres cannot store, `\\n` for every line end."""
    # A codec such as UTF-16 with surrogatepass aside, none gives lone surrogates; make sure of it.
    sound = text.encode("utf-8", "replace").decode("utf-8")
    return _UNWANTED.sub("", _NEWLINE.sub("\n", sound))
