"""E-mails with what is attached, and pictures that stand alone."""

from email.message import EmailMessage
from io import BytesIO

import pytest
from PIL import Image as Pillow
from PIL.PngImagePlugin import PngInfo

from adapters.parsing.document import structure
from domain.parsing import kinds, limits
from domain.parsing.document import cut
from domain.parsing.structure import StructuredText
from models.errors import InvalidError, TooLargeError
from models.payloads.knowledge import Chunking


def a_mail(subject: str = "Launch plan") -> EmailMessage:
    message = EmailMessage()
    message["From"] = "Ada Lovelace <ada@example.com>"
    message["To"] = "Bob <bob@example.com>"
    message["Subject"] = subject
    message["Date"] = "Tue, 04 Mar 2025 10:30:00 +0100"
    message.set_content("The plain words.")
    return message


def a_png(**said: str) -> bytes:
    written = BytesIO()
    info = PngInfo()
    for key, value in said.items():
        info.add_text(key, value)
    Pillow.new("RGB", (300, 200), (10, 20, 30)).save(written, "PNG", pnginfo=info)
    return written.getvalue()


def read(data: bytes, name: str = "a.eml") -> StructuredText:
    return structure(kinds.detect(name, "", data), data, name)


def test_an_e_mail_says_who_wrote_what_when() -> None:
    document = read(a_mail().as_bytes())

    assert document.title == "Launch plan"
    assert document.text.startswith("# Launch plan\n\nFrom: Ada Lovelace  \nTo: Bob  \n")
    assert "Date: 2025-03-04 10:30" in document.text
    assert document.text.rstrip().endswith("The plain words.")
    assert document.metadata.author == "Ada Lovelace"
    assert str(document.metadata.published_on) == "2025-03-04"


def test_html_counts_before_its_plain_twin() -> None:
    message = a_mail()
    message.add_alternative("<h1>News</h1><ul><li>First</li></ul>", subtype="html")

    document = read(message.as_bytes())

    assert "## News\n\n- First" in document.text
    assert "plain words" not in document.text


def test_attachments_are_read_under_their_names() -> None:
    message = a_mail()
    message.add_attachment("a,b\n1,2\n", subtype="csv", filename="prices.csv")
    message.add_attachment("# Guide\n\nBe warm.\n", subtype="markdown", filename="guide.md")
    message.add_attachment(
        a_png(Title="A duck"), maintype="image", subtype="png", filename="duck.png"
    )
    message.add_attachment(b"MZ\x00\x01", maintype="application", subtype="x", filename="run.exe")

    parsed = cut(read(message.as_bytes()), Chunking())

    headings = {passage.heading for passage in parsed.passages}
    assert "Launch plan > Attachment: prices.csv" in headings
    assert "Launch plan > Attachment: guide.md > Guide" in headings
    text = "\n".join(passage.text for passage in parsed.passages)
    assert "| 1 | 2 |" in text
    assert "## Attachment: run.exe\n\n(Not read: document_type_unsupported.)" in text
    [picture] = parsed.pictures
    assert picture.passage is not None
    assert parsed.passages[picture.passage].text.startswith("A duck.")


def test_e_mails_in_e_mails_are_read_to_a_depth() -> None:
    message = a_mail("Level 0")
    for level in range(1, 8):
        outer = a_mail(f"Level {level}")
        outer.add_attachment(message)
        message = outer

    text = read(message.as_bytes()).text

    assert f"Level {7 - limits.MAIL_NESTING}" in text
    assert f"Level {6 - limits.MAIL_NESTING}" not in text


def test_more_attachments_than_are_read_are_named() -> None:
    message = a_mail()
    for number in range(limits.ATTACHMENTS + 1):
        message.add_attachment(f"Text {number}.", filename=f"{number}.txt")

    text = read(message.as_bytes()).text

    assert f"Text {limits.ATTACHMENTS - 1}." in text
    assert f"Text {limits.ATTACHMENTS}." not in text
    assert f"Attachment: {limits.ATTACHMENTS}.txt\n\n(Not read" in text


def test_an_encrypted_e_mail_is_named() -> None:
    data = a_mail().as_bytes().replace(b"text/plain", b"application/pkcs7-mime")

    with pytest.raises(InvalidError) as failed:
        read(data)

    assert failed.value.code == "document_encrypted"


def test_an_e_mail_without_a_name_is_known_by_its_headers() -> None:
    assert kinds.detect("", "", a_mail().as_bytes()) == kinds.EMAIL
    assert kinds.detect("notes.txt", "", a_mail().as_bytes()) == kinds.TEXT
    assert kinds.detect("", "", b"From: here on\nnothing is an e-mail.\n") == kinds.TEXT


def test_a_picture_is_found_by_what_it_says_about_itself() -> None:
    data = a_png(Title="Team photo", Description="Six people by a lake", Author="Ada")

    parsed = cut(read(data, "IMG_2041.png"), Chunking())

    assert parsed.title == "Team photo"
    assert parsed.metadata.author == "Ada"
    [picture] = parsed.pictures
    [passage] = parsed.passages
    assert passage.text == picture.caption
    assert passage.text.startswith("Team photo. Six people by a lake. By: Ada.")
    assert "300 x 200 pixels" in passage.text


@pytest.mark.parametrize("form", ["JPEG", "GIF", "WEBP", "TIFF"])
def test_every_kind_of_picture_is_read(form: str) -> None:
    written = BytesIO()
    exif = Pillow.Exif()
    exif[0x010E] = "A red square"
    extra = {} if form == "GIF" else {"exif": exif}
    Pillow.new("RGB", (2_000, 100), (200, 10, 10)).save(written, form, **extra)

    parsed = cut(read(written.getvalue(), "spring_campaign-hero.x".replace("x", form)), Chunking())

    [picture] = parsed.pictures
    assert (picture.width, picture.height) == (1_024, 51)
    assert picture.data.startswith((b"\x89PNG", b"\xff\xd8"))
    assert picture.caption.startswith("spring campaign hero.")
    assert form == "GIF" or "A red square." in picture.caption


def test_an_enormous_picture_is_refused_before_it_is_decoded() -> None:
    written = BytesIO()
    Pillow.new("1", (20_000, 20_000)).save(written, "PNG")

    with pytest.raises(TooLargeError) as failed:
        read(written.getvalue(), "a.png")

    assert failed.value.code == "document_expands"
