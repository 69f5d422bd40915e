"""Containers that hold other files: what is inside decides what they are."""

import zipfile
from collections.abc import Iterable, Mapping
from io import BytesIO
from itertools import islice
from typing import NoReturn

from domain.parsing.limits import ARCHIVE_ENTRIES
from models.errors import InvalidError, TooLargeError, UnsupportedError

OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# Names in an old container are UTF-16; this stream holds a new file under a password.
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_LOCAL = b"PK\x03\x04"
_LISTED = b"PK\x01\x02"
_CONTENT_TYPES = "[Content_Types].xml"


def office_kind(data: bytes, kinds: Mapping[str, str]) -> str:
    """By its parts; `kinds` names them by folder. Empty for an Office file of which too little is
    given to say. UnsupportedError for any other archive, TooLargeError document_expands for one of
    too many parts."""
    names = set(_names(data))
    folders = {name.partition("/")[0] for name in names if "/" in name}
    found = [kind for folder, kind in kinds.items() if folder in folders]
    whole = zipfile.is_zipfile(BytesIO(data))
    if len(found) == 1 and (_CONTENT_TYPES in names or not whole):
        return found[0]
    if _CONTENT_TYPES in names and not whole:
        return ""
    if not names and not whole:
        raise InvalidError(
            "The file is damaged or cut off: save it anew and try again.",
            code="document_parse_failed",
        )
    raise UnsupportedError("The file is a ZIP archive. Unpack it and add what is in it.")


def _names(data: bytes) -> Iterable[str]:
    """From the directory at the end, or of what there is from each part's own header."""
    if data.count(_LISTED) > ARCHIVE_ENTRIES:
        # Looked at before the directory is: a million parts fit in 50 MB, and listing them takes
        # the edge, which is where this runs first, 13 s and 400 MB.
        raise TooLargeError(
            f"The file has more than {ARCHIVE_ENTRIES:,} parts, which is not read.",
            code="document_expands",
        )
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            return archive.namelist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError):
        return islice(_names_at_hand(data), ARCHIVE_ENTRIES)


def _names_at_hand(data: bytes) -> Iterable[str]:
    position = data.find(_LOCAL)
    while 0 <= position <= len(data) - 30:
        length = int.from_bytes(data[position + 26 : position + 28], "little")
        name = data[position + 30 : position + 30 + length]
        yield name.decode("utf-8", "replace")
        position = data.find(_LOCAL, position + 30 + length)


def refuse_old_office(data: bytes, instead: str) -> NoReturn:
    """InvalidError document_encrypted for a new file under a password, else UnsupportedError."""
    if _ENCRYPTED in data:
        raise InvalidError(
            "The file is encrypted: remove its password and try again.", code="document_encrypted"
        )
    raise UnsupportedError(f"The file is an old Office file. {instead}")
