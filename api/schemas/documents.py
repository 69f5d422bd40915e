"""Documents: what is said of them, and how far they have been taken in."""

from dataclasses import replace
from datetime import date, datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from api.schemas.base import Body, View
from api.schemas.naming import Address, Author, CollectionName, Day, Keywords, Language
from api.schemas.turns import TurnError
from api.text import Text
from domain.ports.knowledge import Document, Metadata
from models.payloads.ingestion import DocumentStatus
from models.payloads.knowledge import DEFAULT_COLLECTION

# Looser than what is shown: display_title cuts and cleans it.
Title = Annotated[Text, Field(max_length=200, examples=["Brand guide 2026"])]


class Described(Body):
    """What may be said of a document when it comes."""

    title: Title | None = Field(None, description="The file's name unless given")
    collection: CollectionName = DEFAULT_COLLECTION
    author: Author | None = None
    language: Language | None = None
    published_on: Day | None = None
    keywords: Keywords = ()

    def metadata(self) -> Metadata:
        return Metadata(
            author=self.author,
            language=self.language,
            published_on=self.published_on,
            keywords=self.keywords,
        )


class NewDocument(Described):
    """A `text`, read as Markdown, or the `url` of a page or file to fetch."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"text": "# Tone\n\nWarm and brief.", "title": "Tone", "collection": "brand"},
                {"url": "https://example.com/press/spring", "keywords": ["press"]},
            ]
        }
    )

    text: Text | None = Field(None, description="Read as Markdown")
    url: Address | None = Field(None, description="Fetched by its ingestion")

    @model_validator(mode="after")
    def _one(self) -> Self:
        if self.url is not None and self.text is not None:
            raise PydanticCustomError("text_or_url", "Send a text or a url, not both.")
        if self.url is None and not (self.text or "").strip():
            raise PydanticCustomError("document_empty", "The text is empty.")
        return self


class NewContent(Body):
    """A document's new text, read as Markdown."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"text": "# Tone\n\nBrief."}]})

    text: Text

    @model_validator(mode="after")
    def _some(self) -> Self:
        if not self.text.strip():
            raise PydanticCustomError("document_empty", "The text is empty.")
        return self


class DocumentChange(Body):
    """What is left out stays; null takes away, where a document can be without."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"collection": "brand", "published_on": "2026-03-01"}]}
    )

    title: Annotated[Text, Field(min_length=1, max_length=200)] | None = None
    collection: CollectionName | None = None
    author: Author | None = None
    language: Language | None = None
    published_on: Day | None = None
    keywords: Keywords | None = None

    def metadata(self, now: Metadata) -> Metadata | None:
        """With what is changed in it; None when nothing is."""
        given = self.model_fields_set & {"author", "language", "published_on", "keywords"}
        if not given:
            return None
        changed = {name: getattr(self, name) for name in given}
        if "keywords" in changed:
            changed["keywords"] = changed["keywords"] or ()
        return replace(now, **changed)


class DocumentView(View):
    """Status, progress, counts and error are those of its newest version."""

    id: UUID
    title: str
    name: str
    media_type: str = Field(description="Empty until an address has been fetched")
    size: int = Field(description="Bytes")
    collection: str
    url: str | None = Field(description="Where it is fetched from")
    author: str | None
    language: str | None
    published_on: date | None
    keywords: tuple[str, ...]
    status: DocumentStatus
    progress: float = Field(description="0 to 1")
    passages: int
    embedded: int = Field(description="Passages that have their vector")
    pictures: int
    version: int = Field(description="Of its content, from 1")
    live_version: int = Field(description="The one that searches find; 0 before the first is ready")
    error: TurnError | None
    created_at: datetime

    @classmethod
    def of(cls, document: Document) -> "DocumentView":
        known = document.metadata
        return cls(
            id=document.id,
            title=document.title,
            name=document.name,
            media_type=document.media_type,
            size=document.size,
            collection=document.collection,
            url=document.url,
            author=known.author,
            language=known.language,
            published_on=known.published_on,
            keywords=known.keywords,
            status=document.status,
            progress=document.progress,
            passages=document.passages,
            embedded=document.embedded,
            pictures=document.pictures,
            version=document.version,
            live_version=document.live_version,
            error=error_of(document),
            created_at=document.created_at,
        )


class DocumentPassage(View):
    id: UUID
    index: int = Field(description="Its place, from 0")
    text: str
    heading: str = Field(description="The path of headings above it")
    page: int | None = Field(description="From 1, where the document has pages")
    start: int = Field(description="Characters of the text that was read")
    end: int


def error_of(document: Document) -> TurnError | None:
    if document.error_code is None:
        return None
    return TurnError(code=document.error_code, detail=document.error_detail or "")
