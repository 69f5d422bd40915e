"""The ZIP container of Office files: measured before anything in it is expanded."""

import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring
from PIL.Image import DecompressionBombError

from adapters.parsing.gallery import opened as opened_picture
from domain.parsing import limits
from domain.parsing.metadata import metadata
from domain.parsing.naming import showable
from domain.ports.knowledge import Metadata
from models.errors import InvalidError, TooLargeError, UnsupportedError

_DECLARATION = re.compile(rb"<!(?:DOCTYPE|ENTITY)")
_CELL = re.compile(rb"<(?:\w+:)?c[ />]")
_XML = (".xml", ".rels", ".vml")
_PICTURES = (".png", ".jpg", ".jpeg", ".gif", ".bmp", ".tif", ".tiff", ".webp")
_PROLOG_BYTES = 64 * 1024
_HEADER_BYTES = 256 * 1024
_CHUNK = 1024 * 1024
_NAMES = {
    "dc": "{http://purl.org/dc/elements/1.1/}",
    "terms": "{http://purl.org/dc/terms/}",
    "cp": "{http://schemas.openxmlformats.org/package/2006/metadata/core-properties}",
}


@dataclass(frozen=True, slots=True)
class Properties:
    title: str
    metadata: Metadata


@contextmanager
def opened(data: bytes) -> Iterator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            yield archive
    except (zipfile.BadZipFile, NotImplementedError, EOFError) as error:
        raise InvalidError(
            "The file is damaged or cut off: save it anew and try again.",
            code="document_parse_failed",
        ) from error
    except RuntimeError as error:
        # zipfile says no more than this of an entry with a password.
        raise InvalidError(
            "The file is encrypted: remove its password and try again.", code="document_encrypted"
        ) from error


def check(archive: zipfile.ZipFile) -> None:
    """By what its directory declares; `zipfile` expands no more of an entry than that."""
    entries = archive.infolist()
    total = sum(entry.file_size for entry in entries)
    packed = sum(entry.compress_size for entry in entries)
    xml = sum(entry.file_size for entry in entries if entry.filename.lower().endswith(_XML))
    bomb = total > limits.ARCHIVE_RATIO_FROM and total > packed * limits.ARCHIVE_RATIO
    if (
        bomb
        or len(entries) > limits.ARCHIVE_ENTRIES
        or total > limits.ARCHIVE_BYTES
        or xml > limits.ARCHIVE_XML_BYTES
    ):
        raise TooLargeError(
            f"The file expands to {total:,} bytes in {len(entries):,} parts, which is not read.",
            code="document_expands",
        )
    for entry in entries:
        name = entry.filename.lower()
        if name.endswith(_XML):
            _refuse_declarations(archive, entry)
        elif name.endswith(_PICTURES):
            _refuse_enormous(archive, entry)


def _refuse_declarations(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> None:
    """Office writes no document type; who does wants entities expanded or files read."""
    with archive.open(entry) as part:
        prolog = part.read(_PROLOG_BYTES).replace(b"\x00", b"")
    if _DECLARATION.search(prolog):
        raise UnsupportedError(
            "The file declares XML entities, which no Office program writes.",
            code="document_unsafe",
        )


def _refuse_enormous(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> None:
    with archive.open(entry) as part:
        header = part.read(_HEADER_BYTES)
    try:
        width, height = opened_picture(header).size
    except DecompressionBombError:
        width = height = limits.PICTURE_PIXELS
    except Exception:  # noqa: BLE001 - what cannot be opened cannot expand
        return
    if width * height > limits.PICTURE_PIXELS:
        raise TooLargeError("The file holds a picture of too many pixels.", code="document_expands")


def cells(archive: zipfile.ZipFile) -> int:
    """How many cells a workbook's sheets have, counted without reading them as XML."""
    count = 0
    for entry in archive.infolist():
        if entry.filename.startswith("xl/worksheets/") and entry.filename.endswith(".xml"):
            with archive.open(entry) as part:
                while chunk := part.read(_CHUNK):
                    count += len(_CELL.findall(chunk))
        if count > limits.SHEET_CELLS:
            break
    return count


def properties(archive: zipfile.ZipFile) -> Properties:
    """docProps/core.xml, as far as it can be read."""
    try:
        root = fromstring(archive.read("docProps/core.xml"), forbid_dtd=True)
    except (KeyError, ParseError, DefusedXmlException):
        return Properties("", Metadata())

    def said(prefix: str, name: str) -> str:
        return (root.findtext(_NAMES[prefix] + name) or "").strip()

    return Properties(
        title=showable(said("dc", "title")[:1_000]),
        metadata=metadata(
            author=said("dc", "creator"),
            language=said("dc", "language"),
            published=[said("terms", "modified"), said("terms", "created")],
            keywords=said("cp", "keywords"),
        ),
    )
