"""A passage that an answer may cite."""

from uuid import UUID

from models.payloads.base import Payload


class Source(Payload):
    """`mark` is the number in the answer's citation marks; offsets are characters in the text."""

    mark: int
    passage_id: UUID
    document_id: UUID
    """Of a page that was fetched for one turn: made from its address."""
    title: str
    heading: str = ""
    """The path of headings above it."""
    snippet: str
    """What may be quoted: a stretch of the passage, word for word but for its white space."""
    score: float = 0.0
    start: int = 0
    end: int = 0
    page: int | None = None
    """From 1, where the document has pages."""
    collection: str = ""
    url: str | None = None
    """Where the document came from."""
