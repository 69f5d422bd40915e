"""A passage that an answer may cite."""

from uuid import UUID

from models.payloads.base import Payload


class Source(Payload):
    """`mark` is the number in the answer's citation marks; offsets are characters in the text."""

    mark: int
    passage_id: UUID
    document_id: UUID
    title: str
    heading: str = ""
    snippet: str
    score: float = 0.0
    start: int = 0
    end: int = 0
