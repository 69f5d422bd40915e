"""Files made to do harm, each with what may become of it."""

import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from io import BytesIO

MEGABYTE = 1024 * 1024
READ = "read"
"""Not an error's code: the file may as well be read."""

_TYPES = (
    '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/'
    'content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-'
    'package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/>'
    '<Override PartName="/{part}" ContentType="application/vnd.openxmlformats-officedocument.'
    '{kind}.main+xml"/>{more}</Types>'
)
_RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_RELATIONS = (
    '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/'
    'relationships"><Relationship Id="rId1" Type="{type}" Target="{part}"/></Relationships>'
)
_W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_S = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_LAUGHS = "".join(f'<!ENTITY l{level} "{f"&l{level - 1};" * 10}">' for level in range(1, 10))
_LOL = f'<!DOCTYPE d [<!ENTITY l0 "ha">{_LAUGHS}]>'


@dataclass(frozen=True, slots=True)
class Poison:
    """`codes` are those of the errors that are right; READ when reading it does no harm."""

    name: str
    data: bytes
    codes: frozenset[str]


def _zip(parts: Mapping[str, bytes]) -> bytes:
    written = BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return written.getvalue()


def word(body: bytes, *, prolog: str = "", more: Mapping[str, bytes] | None = None) -> bytes:
    """A Word file of this body, which is XML."""
    part = "word/document.xml"
    head = f'<?xml version="1.0"?>{prolog}<w:document xmlns:w="{_W}"><w:body>'.encode()
    kind = "wordprocessingml.document"
    return _zip(
        {
            "[Content_Types].xml": _TYPES.format(part=part, kind=kind, more="").encode(),
            "_rels/.rels": _RELATIONS.format(
                type=f"{_RELATION}/officeDocument", part=part
            ).encode(),
            part: head + body + b"</w:body></w:document>",
            **(more or {}),
        }
    )


def paragraph(text: str) -> bytes:
    return f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>".encode()


def workbook(rows: int, columns: int, *, prolog: str = "", value: str = "") -> bytes:
    """An Excel file of so many numbers, all different."""
    sheet = BytesIO()
    sheet.write(f'<?xml version="1.0"?>{prolog}<worksheet xmlns="{_S}"><sheetData>'.encode())
    for row in range(1, rows + 1):
        cells = "".join(
            f"<c><v>{value or row * 7919 % 100003 + column}</v></c>" for column in range(columns)
        )
        sheet.write(f'<row r="{row}">{cells}</row>'.encode())
    sheet.write(b"</sheetData></worksheet>")
    part, sheet_part = "xl/workbook.xml", "xl/worksheets/sheet1.xml"
    kind = "spreadsheetml.sheet"
    more = (
        f'<Override PartName="/{sheet_part}" ContentType="application/vnd.openxmlformats-'
        'officedocument.spreadsheetml.worksheet+xml"/>'
    )
    book = (
        f'<?xml version="1.0"?><workbook xmlns="{_S}" xmlns:r="{_RELATION}"><sheets>'
        '<sheet name="Numbers" sheetId="1" r:id="rId1"/></sheets></workbook>'
    )
    return _zip(
        {
            "[Content_Types].xml": _TYPES.format(part=part, kind=kind, more=more).encode(),
            "_rels/.rels": _RELATIONS.format(
                type=f"{_RELATION}/officeDocument", part=part
            ).encode(),
            part: book.encode(),
            "xl/_rels/workbook.xml.rels": _RELATIONS.format(
                type=f"{_RELATION}/worksheet", part="worksheets/sheet1.xml"
            ).encode(),
            sheet_part: sheet.getvalue(),
        }
    )


def pdf(
    contents: list[bytes], *, extra: Mapping[int, bytes] | None = None, root: str = ""
) -> bytes:
    """Pages of these content streams, in Helvetica. Objects: 1 catalogue, 2 pages, 3 font, then
    a page and its stream for each; `extra` by number from 1,000."""
    objects: dict[int, bytes] = {
        1: f"<</Type/Catalog/Pages 2 0 R{root}>>".encode(),
        3: b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
        4: b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica-Bold/Encoding/WinAnsiEncoding>>",
    }
    kids = []
    for index, content in enumerate(contents):
        page, stream = 10 + 2 * index, 11 + 2 * index
        kids.append(f"{page} 0 R")
        objects[page] = (
            f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents {stream} 0 R"
            "/Resources<</Font<</F1 3 0 R/F2 4 0 R>>/XObject<</I1 1000 0 R>>>>>>"
        ).encode()
        packed = zlib.compress(content)
        head = f"<</Length {len(packed)}/Filter/FlateDecode>>stream\n".encode()
        objects[stream] = head + packed + b"\nendstream"
    objects[2] = f"<</Type/Pages/Count {len(kids)}/Kids[{' '.join(kids)}]>>".encode()
    objects.update(extra or {})
    return _objects(objects)


def _objects(objects: Mapping[int, bytes]) -> bytes:
    written = bytearray(b"%PDF-1.7\n")
    places = {}
    for number, body in sorted(objects.items()):
        places[number] = len(written)
        written += f"{number} 0 obj\n".encode() + body + b"\nendobj\n"
    start = len(written)
    size = max(objects) + 1
    written += f"xref\n0 {size}\n0000000000 65535 f \n".encode()
    for number in range(1, size):
        kind = "n" if number in places else "f"
        written += f"{places.get(number, 0):010} 00000 {kind} \n".encode()
    written += f"trailer\n<</Size {size}/Root 1 0 R>>\nstartxref\n{start}\n%%EOF\n".encode()
    return bytes(written)


def page_of(*lines: str, size: int = 11, left: int = 72, top: int = 760) -> bytes:
    """A content stream of lines of text."""
    shown = " ".join(f"({line}) Tj 0 -{size + 3} Td" for line in lines)
    return f"BT /F1 {size} Tf {left} {top} Td {shown} ET".encode()


def png(width: int, height: int) -> bytes:
    """All black, one bit a pixel: a large one is small."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        checked = kind + data
        return struct.pack(">I", len(data)) + checked + struct.pack(">I", zlib.crc32(checked))

    row = b"\x00" * ((width + 7) // 8 + 1)
    packer = zlib.compressobj()
    packed = b"".join(packer.compress(row) for _ in range(height)) + packer.flush()
    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")
    )


def mail(body: str, kind: str = "text/plain") -> bytes:
    return (
        f"From: a@example.com\r\nTo: b@example.com\r\nSubject: Hello\r\nMIME-Version: 1.0\r\n"
        f"Content-Type: {kind}\r\n\r\n{body}"
    ).encode()


def _matryoshka(depth: int) -> bytes:
    inner = mail("At the bottom.")
    for _ in range(depth):
        inner = mail("", 'multipart/mixed; boundary="x"').rstrip() + (
            b"\r\n\r\n--x\r\nContent-Type: message/rfc822\r\n\r\n" + inner + b"\r\n--x--\r\n"
        )
    return inner


def _many_parts(count: int) -> bytes:
    part = "--x\r\nContent-Disposition: attachment; filename=a.txt\r\n\r\nhello\r\n"
    return mail(part * count + "--x--", 'multipart/mixed; boundary="x"')


def _lying(data: bytes) -> bytes:
    """A directory that says every part is empty."""
    changed = bytearray(data)
    position = changed.find(b"PK\x01\x02")
    while position >= 0:
        changed[position + 24 : position + 28] = b"\x01\x00\x00\x00"
        position = changed.find(b"PK\x01\x02", position + 4)
    return bytes(changed)


def _nested_zip(depth: int) -> bytes:
    data = b"\x00" * MEGABYTE
    for level in range(depth):
        data = _zip({f"{level}.zip": data})
    return data


def _looped_pages() -> bytes:
    return _objects(
        {
            1: b"<</Type/Catalog/Pages 2 0 R/Outlines 5 0 R>>",
            2: b"<</Type/Pages/Count 1000000/Kids[2 0 R 3 0 R]>>",
            3: b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9e9 9e9]>>",
            5: b"<</First 6 0 R/Last 6 0 R>>",
            6: b"<</Title(a)/Parent 5 0 R/Next 6 0 R/First 6 0 R>>",
        }
    )


def _bomb_stream() -> bytes:
    """A page of 128 MB of blanks, packed twice."""
    packed = zlib.compress(b" " * (128 * MEGABYTE), 9)
    twice = zlib.compress(packed, 9)
    stream = f"<</Length {len(twice)}/Filter[/FlateDecode/FlateDecode]>>stream\n".encode()
    return pdf([b""], extra={11: stream + twice + b"\nendstream"})


_DAMAGED = "document_parse_failed"
_EXPANDS = "document_expands"
_UNSAFE = "document_unsafe"
_LONG = "document_too_long"
_TYPE = "document_type_unsupported"
_MISMATCH = "document_type_mismatch"
_NOTHING = "document_without_text"


def _hello(part: str, data: bytes) -> bytes:
    return word(paragraph("Hello"), more={part: data})


def _bomb() -> bytes:
    return _hello("word/media/a.xml", b"\x00" * 64 * MEGABYTE)


def _outside() -> bytes:
    prolog = '<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    return word(paragraph("&x;"), prolog=prolog)


def _deep() -> bytes:
    cell, ends = b"<w:tbl><w:tr><w:tc>", b"</w:tc></w:tr></w:tbl>"
    return word(cell * 3_000 + ends * 3_000)


def _pages(count: int) -> bytes:
    return pdf([page_of(f"Page {number} of many says something.") for number in range(count)])


def _repeated(line: bytes, times: int) -> bytes:
    return line * times


_NUMBERS = b"1,2,3,4,5,6,7,8,9,0\n"
_OLD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 2_000
_CUT = (_DAMAGED, "needs_ocr", READ)
_MADE: tuple[tuple[str, Callable[[], bytes], tuple[str, ...]], ...] = (
    ("empty.docx", partial(bytes), ("document_empty",)),
    ("blank.txt", partial(_repeated, b" \n", 100), (_NOTHING,)),
    ("bomb.docx", _bomb, (_EXPANDS,)),
    ("lying.docx", lambda: _lying(word(paragraph("Hello") * 1_000)), (_DAMAGED,)),
    ("nested.zip", partial(_nested_zip, 20), (_TYPE,)),
    ("nested.docx", partial(_nested_zip, 20), (_MISMATCH,)),
    ("inside.docx", lambda: _hello("word/embeddings/a.zip", _nested_zip(9)), (READ,)),
    ("laughs.docx", lambda: word(paragraph("&l9;"), prolog=_LOL), (_UNSAFE,)),
    ("laughs.xlsx", lambda: workbook(1, 1, prolog=_LOL, value="&l9;"), (_UNSAFE,)),
    ("outside.docx", _outside, (_UNSAFE,)),
    ("deep.docx", _deep, (_DAMAGED, _NOTHING, READ)),
    ("truncated.docx", lambda: word(paragraph("Hello, world") * 3_000)[:-900], (_DAMAGED,)),
    ("million.xlsx", partial(workbook, 10_000, 100), (_LONG, _EXPANDS)),
    ("million.csv", partial(_repeated, _NUMBERS, 100_000), (READ, _LONG)),
    ("hundreds.pdf", partial(_pages, 400), (READ,)),
    ("truncated.pdf", lambda: _pages(9)[:700], _CUT),
    ("looped.pdf", _looped_pages, (_DAMAGED, "needs_ocr", _LONG)),
    ("bomb.pdf", _bomb_stream, (_DAMAGED, "needs_ocr", "document_parse_timeout")),
    ("blank.pdf", lambda: pdf([b""] * 3), ("needs_ocr",)),
    ("program.pdf", lambda: b"\x7fELF" + b"\x00" * 5_000, (_MISMATCH,)),
    ("picture.docx", partial(png, 64, 64), (_MISMATCH,)),
    ("page.xlsx", partial(_repeated, b"<html><p>Hello", 1), (_MISMATCH,)),
    ("word.pdf", lambda: word(paragraph("Hello")), (_MISMATCH,)),
    ("enormous.png", partial(png, 20_000, 20_000), (_EXPANDS,)),
    ("cut.png", lambda: png(500, 500)[:60], (_DAMAGED,)),
    ("poster.docx", lambda: _hello("word/media/a.png", png(20_000, 20_000)), (_EXPANDS,)),
    ("nested.eml", partial(_matryoshka, 60), (READ, _DAMAGED)),
    ("parts.eml", partial(_many_parts, 5_000), (READ,)),
    ("bare.eml", partial(_repeated, b"no headers at all", 1), (_DAMAGED,)),
    ("old.doc", partial(_repeated, _OLD, 1), (_TYPE,)),
)


def made() -> Iterator[Poison]:
    """One after the other: together they are large."""
    for name, build, codes in _MADE:
        yield Poison(name, build(), frozenset(codes))
