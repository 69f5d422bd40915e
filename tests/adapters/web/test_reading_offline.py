"""No file makes its reader open a connection: only the fetcher ever does."""

import asyncio
import io
import socket
import zipfile
from collections.abc import Callable

import pytest

from adapters.parsing.document import read
from domain.parsing import kinds
from models.errors import AppError
from models.payloads.knowledge import Chunking
from tests.adapters.web.inside import canary

WORDS = "Blue is ours, on vans and on letterheads, and nobody else may have it in print."
_OOXML = "http://schemas.openxmlformats.org"
_RELATED = f"{_OOXML}/officeDocument/2006/relationships"


def _page(bird: str) -> bytes:
    return f"""<!DOCTYPE html SYSTEM "{bird}/dtd"><html><head><title>T</title>
    <base href="{bird}/"><link rel="stylesheet" href="{bird}/css"><script src="{bird}/js"></script>
    <meta http-equiv="refresh" content="0; url={bird}/refresh"></head><body>
    <img src="{bird}/image.png" alt="x"><iframe src="{bird}/frame"></iframe>
    <object data="{bird}/object"></object><p>{WORDS}</p></body></html>""".encode()


def _xhtml(bird: str) -> bytes:
    entities = f'<!ENTITY inside SYSTEM "{bird}/e"><!ENTITY % more SYSTEM "{bird}/p"> %more;'
    return f"""<?xml version="1.0"?><?xml-stylesheet href="{bird}/xsl"?>
    <!DOCTYPE html [{entities}]>
    <html xmlns="http://www.w3.org/1999/xhtml"><body>
    <p>{WORDS} &inside;</p></body></html>""".encode()


def _markdown(bird: str) -> bytes:
    return f"# T\n\n![x]({bird}/image.png)\n\n<img src='{bird}/raw'>\n\n{WORDS}\n".encode()


def _mail(bird: str) -> bytes:
    head = "From: a@b.example\r\nSubject: T\r\nMIME-Version: 1.0\r\nContent-Type: text/html\r\n\r\n"
    return head.encode() + _page(bird)


def _word_with_entity(bird: str) -> bytes:
    return _word(bird, f'<!DOCTYPE d [<!ENTITY inside SYSTEM "{bird}/entity">]>', "&inside;")


def _word(bird: str, declared: str = "", said: str = "") -> bytes:
    """A picture and a template that lie elsewhere."""
    office = f"{_RELATED}/officeDocument"
    main = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
    parts = {
        "[Content_Types].xml": f"""<Types xmlns="{_OOXML}/package/2006/content-types">
            <Default Extension="rels"
             ContentType="application/vnd.openxmlformats-package.relationships+xml"/>
            <Default Extension="xml" ContentType="application/xml"/>
            <Override PartName="/word/document.xml" ContentType="{main}"/></Types>""",
        "_rels/.rels": f"""<Relationships xmlns="{_OOXML}/package/2006/relationships">
            <Relationship Id="r1" Type="{office}" Target="word/document.xml"/></Relationships>""",
        "word/_rels/document.xml.rels": f"""
            <Relationships xmlns="{_OOXML}/package/2006/relationships">
            <Relationship Id="r1" Type="{_RELATED}/image" Target="{bird}/image.png"
             TargetMode="External"/>
            <Relationship Id="r2" Type="{_RELATED}/attachedTemplate" Target="{bird}/template"
             TargetMode="External"/></Relationships>""",
        "word/document.xml": f"""<?xml version="1.0"?>{declared}
            <w:document xmlns:w="{_OOXML}/wordprocessingml/2006/main"><w:body><w:p><w:r>
            <w:t>{WORDS} {said}</w:t></w:r></w:p></w:body></w:document>""",
    }
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, text in parts.items():
            archive.writestr(name, text.strip())
    return packed.getvalue()


FILES: dict[str, tuple[str, Callable[[str], bytes]]] = {
    "page.html": (kinds.HTML, _page),
    "page.xhtml": (kinds.HTML, _xhtml),
    "page.md": (kinds.MARKDOWN, _markdown),
    "page.eml": (kinds.EMAIL, _mail),
    "page.docx": (kinds.DOCX, _word),
    "entity.docx": (kinds.DOCX, _word_with_entity),
}


@pytest.mark.parametrize("name", FILES)
async def test_a_file_that_names_addresses_is_read_without_them(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Here without the child's own walls, which would hide an attempt."""
    tried: list[object] = []

    def connect(_: socket.socket, place: object) -> None:
        tried.append(place)
        raise OSError("nobody connects here")

    kind, made = FILES[name]
    async with canary() as bird:
        data = made(f"http://127.0.0.1:{bird.port}")
        with monkeypatch.context() as patch:
            patch.setattr(socket.socket, "connect", connect)
            words = said_by(kind, data, name)
        # Whoever came before us has been counted when we have our answer.
        reader, writer = await asyncio.open_connection("127.0.0.1", bird.port)
        await reader.read()
        writer.close()
        assert bird.connections == 1
    assert tried == []
    assert "letterheads" in words or name == "entity.docx"


def said_by(kind: str, data: bytes, name: str) -> str:
    try:
        return read(kind, data, name, Chunking()).passages[0].text
    except AppError as error:
        return error.code
