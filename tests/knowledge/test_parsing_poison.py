"""Faults 20: no file harms the worker; each is read, or fails by name, within its limits."""

import resource
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from adapters.parsing.process import ChildParser, Limits
from domain.parsing import kinds
from models.errors import AppError, InvalidError, TooLargeError, UnsupportedError
from tests.chaos.faults.poison_files import READ, made
from tests.knowledge.material import shared

# Of the shared material: what may become of it.
SHARED = {
    "password_protected.xlsx": {"document_encrypted"},
    "fake-power-point-malformed.pptx": {READ, "document_parse_failed"},
    "fake-encrypted.msg": {"document_type_unsupported"},
    "empty.eml": {"document_parse_failed"},
    "test-invalid-date.eml": {READ},
    "fake-email-malformed-encoding.eml": {READ},
    "fake-encrypted.eml": {"document_encrypted"},
    "simple.zip": {"document_type_unsupported"},
    "empty.txt": {"document_empty"},
    "empty.xlsx": {"document_without_text"},
    "pdf-bad-color-space.pdf": {READ},
    "layout-parser-paper-with-empty-pages.pdf": {READ},
    "pdf2image-memory-error-test-400p.pdf": {READ},
    "invalid-pdf-structure-pdfminer-one-page.pdf": {READ},
    "password.pdf": {"document_encrypted"},
}
LIMITS = Limits(time=timedelta(seconds=55))


async def became(parser: ChildParser, name: str, data: bytes) -> str:
    """The error's code, or READ."""
    try:
        kind = kinds.detect(name, "", data)
        parsed, ended = await parser.measure(kind, data, name=name)
    except (InvalidError, TooLargeError, UnsupportedError) as error:
        return error.code
    assert parsed.passages or parsed.pictures
    assert ended.memory < LIMITS.memory
    return READ


async def test_every_made_file_is_read_or_fails_by_name(parser: ChildParser) -> None:
    confined = parser.within(LIMITS)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    wrong = [
        f"{poison.name}: {code}, not {sorted(poison.codes)}"
        for poison in made()
        if (code := await became(confined, poison.name, poison.data)) not in poison.codes
    ]

    assert not wrong
    # 256 MB for making the files and taking the answers: none of it by reading them here.
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 640 * 1024


def files(folder: Path) -> Sequence[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


async def test_every_file_of_the_shared_poison_is_read_or_fails_by_name(
    parser: ChildParser,
) -> None:
    found = files(shared("documents", "poison"))
    # Its 400 pages are scanned drawings: 8 s of CPU alone.
    quick = [path for path in found if "400p" not in path.name]

    codes = {path.name: await became(parser, path.name, path.read_bytes()) for path in quick}

    assert {name for name, code in codes.items() if code not in SHARED[name]} == set()


async def test_a_file_under_a_wrong_name_is_told_what_it_is(parser: ChildParser) -> None:
    for path in files(shared("documents", "poison")):
        if path.suffix == ".pdf":
            code = await became(parser, f"{path.stem}.docx", path.read_bytes())
            assert code == "document_type_mismatch"


@pytest.mark.parametrize("name", ["a.doc", "a.xls", "a.ppt", "a.msg", "a.zip", "a.rar", "a.odt"])
def test_what_is_not_read_says_what_to_do(name: str) -> None:
    with pytest.raises(AppError) as refused:
        kinds.detect(name, "", b"anything")

    assert refused.value.code == "document_type_unsupported"
    assert "again" in refused.value.detail or "add what is in it" in refused.value.detail


def test_an_archive_of_a_million_parts_is_refused_before_they_are_listed() -> None:
    # The edge looks before anything is stored: it may take neither the time nor the memory.
    part = b"PK\x01\x02" + bytes(24) + b"\x04\x00" + bytes(16) + b"word"

    with pytest.raises(TooLargeError) as refused:
        kinds.detect("report.docx", "", b"PK\x03\x04" + part * 20_001)

    assert refused.value.code == "document_expands"
