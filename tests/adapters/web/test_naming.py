"""A fetched file gets a name that says what it is, and is never a path."""

import httpx2
import pytest

from adapters.web.naming import name_of
from domain.parsing import kinds

PDF = b"%PDF-1.7\n"
HTML = b"<!doctype html><p>Hello"
DOCX = kinds.DOCX


def named(
    path: str, media_type: str = "", data: bytes = b"text", disposition: str | None = None
) -> str:
    headers = [(b"content-type", media_type.encode())] if media_type else []
    if disposition is not None:
        headers.append((b"content-disposition", disposition.encode()))
    response = httpx2.Response(200, headers=headers)
    return name_of(response, httpx2.URL(f"https://pages.example{path}"), data)


@pytest.mark.parametrize(
    ("path", "media_type", "data", "name"),
    [
        ("/guide.html", "text/html", HTML, "guide.html"),
        ("/page.php?id=3", "text/html; charset=utf-8", HTML, "page.php.html"),
        ("/", "text/html", HTML, "pages-example.html"),
        ("", "", b"words", "pages-example"),
        ("/report.pdf", "application/pdf", PDF, "report.pdf"),
        ("/report", "text/html", PDF, "report.pdf"),
        ("/report.pdf", "text/html", HTML, "report.html"),
        ("/download", "application/pdf", PDF, "download.pdf"),
        ("/a.JPG", "image/jpeg", b"\xff\xd8\xff", "a.JPG"),
        ("/a.docx", "application/octet-stream", b"PK\x03\x04", "a.docx"),
        ("/a", DOCX, b"PK\x03\x04", "a.docx"),
        ("/notes.md", "text/plain", b"# Hi", "notes.md"),
        ("/data.json", "text/plain", b"{}", "data.json.txt"),
        ("/prices.csv", "", b"a,b", "prices.csv"),
        ("/v1.2", "text/html", HTML, "v1.2.html"),
        ("/%E2%82%AC%20guide", "text/html", HTML, "€ guide.html"),
    ],
)
def test_the_extension_is_that_of_what_it_is(
    path: str, media_type: str, data: bytes, name: str
) -> None:
    assert named(path, media_type, data) == name


@pytest.mark.parametrize(
    ("disposition", "name"),
    [
        ('attachment; filename="brand.pdf"', "brand.pdf"),
        ("attachment; filename*=UTF-8''bl%C3%A5.pdf", "blå.pdf"),
        ('attachment; filename="../../etc/passwd"', "passwd.pdf"),
        ('attachment; filename="C:\\\\temp\\\\x.pdf"', "x.pdf"),
        ('attachment; filename="..%2f..%2fx"', "%2f..%2fx.pdf"),
        ('attachment; filename="a\x7f\u202efdp.exe"', "afdp.exe.pdf"),
        ('attachment; filename=".."', "doc.pdf"),
        ("attachment; filename*=nonsense''x%ff", "x"),
        ("attachment", "doc.pdf"),
        (";;;=", "doc.pdf"),
    ],
)
def test_the_servers_own_name_is_a_label(disposition: str, name: str) -> None:
    given = named("/doc", "application/pdf", PDF, disposition)
    assert given.startswith(name)
    assert given.endswith(".pdf")
    assert not set(given) & {"/", "\\", "\x00", "\n", "\u202e"}


def test_a_name_is_cut_and_keeps_its_extension() -> None:
    given = named("/" + "x" * 1_500 + ".pdf", "application/pdf", PDF)
    assert len(given) <= 130
    assert given.endswith(".pdf")


@pytest.mark.parametrize(
    ("path", "media_type", "data", "kind"),
    [
        ("/page.php", "text/html", HTML, kinds.HTML),
        ("/page.aspx", "", HTML, kinds.HTML),
        ("/report", "text/html", PDF, kinds.PDF),
        ("/index", "text/plain", b"words", kinds.TEXT),
        ("/", "", b"words", kinds.TEXT),
    ],
)
def test_with_its_name_a_file_is_taken_for_what_it_is(
    path: str, media_type: str, data: bytes, kind: str
) -> None:
    assert kinds.detect(named(path, media_type, data), media_type, data) == kind
