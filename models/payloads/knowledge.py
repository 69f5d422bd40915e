"""What may be searched, and how a collection's documents are taken in."""

from datetime import date
from enum import StrEnum
from typing import Self
from uuid import UUID

from pydantic import Field, model_validator

from models.payloads.base import Payload

DEFAULT_COLLECTION = "general"
"""Where a document goes that names none; every space has it."""
COLLECTION_PATTERN = r"^[a-z0-9][a-z0-9_-]{0,63}$"


class Chunker(StrEnum):
    SEMANTIC = "semantic"
    """Along headings, blocks and sentences; tables alone."""
    FIXED = "fixed"
    """So many characters, wherever that falls."""
    RECURSIVE = "recursive"
    """At paragraphs, else lines, else sentences, else words."""
    SENTENCE = "sentence"
    """Whole sentences, packed."""


class Chunking(Payload):
    """Sizes in characters. `overlap` repeats the end of a passage in the next one."""

    chunker: Chunker = Chunker.SEMANTIC
    size: int = Field(default=1_500, ge=50, le=8_000)
    overlap: int = Field(default=200, ge=0, le=4_000)

    @model_validator(mode="after")
    def _overlap_fits(self) -> Self:
        if self.overlap > self.size // 2:
            raise ValueError(f"Passages of {self.size} cannot overlap by {self.overlap}.")
        return self


class Filters(Payload):
    """Every field narrows; an empty one does not. Several values of one field are alternatives."""

    collections: tuple[str, ...] = ()
    documents: tuple[UUID, ...] = ()
    authors: tuple[str, ...] = ()
    """Compared without regard to case."""
    languages: tuple[str, ...] = ()
    """ISO 639-1 codes."""
    keywords: tuple[str, ...] = ()
    """Any of these, without regard to case."""
    published_from: date | None = None
    published_to: date | None = None
    """Inclusive. Documents without a date are left out as soon as either is set."""
