"""Documents and what is found in them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import ConfigDict, Field

from api.schemas.base import Body, View
from api.schemas.turns import TurnError
from api.text import Text
from domain.ports.knowledge import Document
from models.payloads.ingestion import DocumentStatus
from models.payloads.sources import Source


class NewText(Body):
    """`text` (with its `title`), or a `url`."""

    text: Text | None = Field(None, description="Read as Markdown")
    title: Text | None = Field(None, max_length=200)
    url: Text | None = Field(
        None, max_length=2_000, description="Not fetched yet: `url_not_supported`"
    )


class DocumentView(View):
    id: UUID
    title: str
    name: str
    media_type: str
    size: int = Field(description="Bytes")
    status: DocumentStatus
    progress: float = Field(description="0 to 1")
    passages: int
    error: TurnError | None
    created_at: datetime

    @classmethod
    def of(cls, document: Document) -> "DocumentView":
        error = None
        if document.error_code is not None:
            error = TurnError(code=document.error_code, detail=document.error_detail or "")
        return cls(
            id=document.id,
            title=document.title,
            name=document.name,
            media_type=document.media_type,
            size=document.size,
            status=document.status,
            progress=document.progress,
            passages=document.passages,
            error=error,
            created_at=document.created_at,
        )


class Query(Body):
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"query": "tone of voice in headlines", "top_k": 5}]}
    )

    query: Text
    top_k: int = Field(10, ge=1, le=50)
    min_score: float | None = Field(None, ge=0, le=1, allow_inf_nan=False)
    collections: tuple[Text, ...] = Field(
        (), max_length=50, description="Not yet: `filter_unsupported`"
    )
    filters: dict[str, Any] = Field(
        default_factory=dict, description="Not yet: `filter_unsupported`"
    )


class Hit(Source):
    """`text` is the whole passage."""

    text: str


class Hits(View):
    items: list[Hit]
    degraded: str | None = Field(
        None, description="What went wrong with the vectors, when full text alone answered"
    )
