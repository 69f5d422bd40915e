"""E-mails: their headers, what they say, and what is attached, by the standard library."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from email import policy
from email.errors import MessageError
from email.message import EmailMessage
from email.parser import BytesParser
from email.utils import getaddresses, parsedate_to_datetime

from adapters.parsing import document as any_document
from domain.parsing import html, kinds, limits, marked
from domain.parsing.decoding import clean, decode
from domain.parsing.metadata import metadata
from domain.parsing.naming import display_name, showable
from domain.parsing.structure import Image, StructuredText
from models.errors import AppError, InvalidError

_HEADER_CHARACTERS = 1_000
_PARTS = 500
_ENCRYPTED = frozenset(
    {"multipart/encrypted", "application/pkcs7-mime", "application/x-pkcs7-mime"}
)


@dataclass(slots=True)
class _Bounds:
    """What attachments of the whole file may still amount to, e-mails in e-mails among them."""

    number: int = limits.ATTACHMENTS
    size: int = limits.ATTACHMENT_BYTES
    parts: int = _PARTS
    images: list[Image] = field(default_factory=list)


def read(_media_type: str, data: bytes, _name: str) -> StructuredText:
    """InvalidError document_encrypted, document_parse_failed (no headers at all)."""
    message = _parsed(data)
    bounds = _Bounds()
    text = "\n\n".join(_written(message, bounds, limits.MAIL_NESTING, level=1))
    structured = marked.read(text, bounds.images[: limits.PICTURES])
    return replace(
        structured,
        title=_header(message, "Subject"),
        metadata=metadata(
            author=", ".join(_people(message, "From")),
            language=_header(message, "Content-Language"),
            published=[_header(message, "Date")],
            keywords=_header(message, "Keywords"),
        ),
    )


def _parsed(data: bytes) -> EmailMessage:
    try:
        message = BytesParser(_class=EmailMessage, policy=policy.default).parsebytes(data)
    except (MessageError, ValueError, LookupError, IndexError) as error:
        raise _damaged() from error
    if not any(message.get(name) for name in ("From", "To", "Subject", "Date", "Received")):
        raise _damaged()
    if message.get_content_type() in _ENCRYPTED:
        raise InvalidError(
            "The e-mail is encrypted: save it decrypted and try again.", code="document_encrypted"
        )
    return message


def _damaged() -> InvalidError:
    return InvalidError(
        "The file has no e-mail's headers: export it again as .eml.", code="document_parse_failed"
    )


def _header(message: EmailMessage, name: str) -> str:
    """Malformed ones raise all kinds of things in the library; then it says nothing."""
    try:
        return showable(str(message.get(name) or "")[:_HEADER_CHARACTERS])
    except Exception:  # noqa: BLE001 - as said
        return ""


def _people(message: EmailMessage, name: str) -> list[str]:
    return [shown or address for shown, address in getaddresses([_header(message, name)])][:20]


def _date(message: EmailMessage) -> str:
    try:
        return parsedate_to_datetime(_header(message, "Date")).strftime("%Y-%m-%d %H:%M")
    except (ValueError, TypeError, IndexError):
        return ""


def _written(message: EmailMessage, bounds: _Bounds, depth: int, level: int) -> Iterator[str]:
    subject = _header(message, "Subject")
    yield f"{'#' * min(level, 6)} {subject or 'E-mail'}"
    facts = [
        ("From", ", ".join(_people(message, "From"))),
        ("To", ", ".join(_people(message, "To"))),
        ("Cc", ", ".join(_people(message, "Cc"))),
        ("Date", _date(message)),
    ]
    yield "  \n".join(f"{label}: {value}" for label, value in facts if value)
    yield _body(message)
    for part in _attachments(message, bounds):
        yield from _attached(part, bounds, depth, level)


def _body(message: EmailMessage) -> str:
    """What the writer wrote: HTML where there is some, since it keeps lists and tables."""
    part = message.get_body(preferencelist=("html", "plain"))
    if not isinstance(part, EmailMessage):
        return ""
    text = marked.cleaned(_content(part))
    if part.get_content_type() == kinds.HTML:
        return _below(html.read(text).text)
    return text.strip()


def _content(part: EmailMessage) -> str:
    try:
        return clean(str(part.get_content()))
    except (LookupError, UnicodeError, KeyError, ValueError):
        data = part.get_payload(decode=True)
        return decode(data) if isinstance(data, bytes) and data else ""


def _below(text: str, level: int = 1) -> str:
    """Its headings stand under the subject."""
    lines = (
        f"{'#' * level}{line}"
        if line.startswith("#") and not line.startswith("#" * (7 - level))
        else line
        for line in text.strip().split("\n")
    )
    return "\n".join(lines)


def _attachments(message: EmailMessage, bounds: _Bounds) -> Iterator[EmailMessage]:
    try:
        # Pictures inside the text are attachments to a reader too.
        body = message.get_body(preferencelist=("html", "plain"))
        if message.get_content_type() == "message/rfc822":
            return
        for part in _leaves(message, bounds):
            if part is not body and part is not message and not _alternative(part):
                yield part
    except (MessageError, AttributeError, TypeError):
        return


def _leaves(message: EmailMessage, bounds: _Bounds) -> Iterator[EmailMessage]:
    """Parts that hold something; what is inside an attached e-mail is its own."""
    for part in message.iter_parts():
        bounds.parts -= 1
        if bounds.parts < 0:
            return
        if isinstance(part, EmailMessage):
            if part.get_content_maintype() == "multipart":
                yield from _leaves(part, bounds)
            else:
                yield part


def _alternative(part: EmailMessage) -> bool:
    """The other way of saying the text."""
    return part.get_content_maintype() == "text" and not part.get_filename()


def _attached(part: EmailMessage, bounds: _Bounds, depth: int, level: int) -> Iterator[str]:
    name = display_name(str(part.get_filename() or "attachment"))
    heading = f"{'#' * min(level + 1, 6)} Attachment: {name}"
    if part.get_content_type() == "message/rfc822":
        inner = part.get_content()
        if isinstance(inner, EmailMessage) and depth > 0:
            yield from _written(inner, bounds, depth - 1, level + 1)
        return
    data = part.get_payload(decode=True)
    if not isinstance(data, bytes) or not data:
        return
    bounds.number -= 1
    bounds.size -= len(data)
    if bounds.number < 0 or bounds.size < 0:
        yield f"{heading}\n\n(Not read: the e-mail has too many or too large attachments.)"
        return
    try:
        yield f"{heading}\n\n{_read(part, name, data, bounds, depth, level)}"
    except AppError as error:
        # One that cannot be read does not take the e-mail with it.
        yield f"{heading}\n\n(Not read: {error.code}.)"


def _read(
    part: EmailMessage, name: str, data: bytes, bounds: _Bounds, depth: int, level: int
) -> str:
    kind = kinds.detect(str(part.get_filename() or ""), part.get_content_type(), data)
    if kind == kinds.EMAIL:
        if depth <= 0:
            raise InvalidError("Too many e-mails in e-mails.", code="document_nested")
        return "\n\n".join(_written(_parsed(data), bounds, depth - 1, level + 1))
    found = any_document.structure(kind, data, name)
    first = len(bounds.images)
    bounds.images += found.images
    return _below(_marked(found, first), min(level + 1, 5))


def _marked(found: StructuredText, first: int) -> str:
    """Its text with its pictures' marks back in it; its pages are not the e-mail's."""
    parts: list[str] = []
    position = 0
    for number, image in enumerate(found.images):
        if image.position is None:
            parts.append("")
            continue
        parts.append(found.text[position : image.position])
        parts.append(marked.picture(first + number))
        position = image.position + len(image.caption)
    return "".join([*parts, found.text[position:]])
