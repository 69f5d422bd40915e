"""A search, and what it finds."""

from typing import Annotated, Self
from uuid import UUID

from pydantic import BeforeValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from api.schemas.base import Body, View
from api.schemas.naming import Author, CollectionName, Day, Keyword, Language, named
from api.text import Text
from domain.ports.search import PictureHit
from models.payloads.knowledge import Filters
from models.payloads.sources import Source

TOP_K = 50
# Alternatives of one filter: each costs the index a comparison a passage.
ALTERNATIVES = 50


class FiltersBody(Body):
    """Every field narrows; several values of one are alternatives."""

    authors: tuple[Author, ...] = Field((), max_length=ALTERNATIVES)
    languages: tuple[Language, ...] = Field((), max_length=ALTERNATIVES)
    keywords: tuple[Keyword, ...] = Field((), max_length=ALTERNATIVES)
    published_from: Day | None = None
    published_to: Day | None = Field(None, description="Inclusive")
    documents: tuple[UUID, ...] = Field((), max_length=ALTERNATIVES)

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.published_from and self.published_to and self.published_from > self.published_to:
            raise PydanticCustomError(
                "date_range_invalid", "published_from comes after published_to."
            )
        return self


def _known_filters(value: object) -> object:
    """By name: a filter that is passed over looks as if it had been used."""
    if isinstance(value, dict) and (unknown := value.keys() - FiltersBody.model_fields.keys()):
        raise PydanticCustomError(
            "filter_unknown",
            "There is no filter {unknown}; there are {known}.",
            {
                "unknown": ", ".join(sorted(str(name)[:40] for name in unknown)[:5]),
                "known": ", ".join(FiltersBody.model_fields),
            },
        )
    return value


class Search(Body):
    """What passages and pictures have in common."""

    top_k: Annotated[
        int,
        Field(ge=1, le=TOP_K),
        named("top_k_invalid", f"top_k is a whole number from 1 to {TOP_K}."),
    ] = 10
    min_score: Annotated[
        float | None,
        Field(ge=0, le=1, allow_inf_nan=False),
        named("min_score_invalid", "min_score is a number from 0 to 1."),
    ] = None
    collections: tuple[CollectionName, ...] = Field(
        (), max_length=ALTERNATIVES, description="All of the space's unless given"
    )
    filters: Annotated[FiltersBody, BeforeValidator(_known_filters)] = Field(
        default_factory=FiltersBody
    )
    rerank: bool = Field(default=True, description="Let a reranker judge, where there is one")

    def narrowed(self) -> Filters:
        given = self.filters
        return Filters(
            collections=tuple(dict.fromkeys(self.collections)),
            documents=given.documents,
            authors=given.authors,
            languages=given.languages,
            keywords=given.keywords,
            published_from=given.published_from,
            published_to=given.published_to,
        )


class Query(Search):
    """A `query` finds passages; an `image` finds the pictures that look like it."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"query": "tone of voice in headlines", "top_k": 5},
                {
                    "query": "spring prices",
                    "collections": ["product"],
                    "filters": {"languages": ["en"], "published_from": "2026-01-01"},
                    "min_score": 0.2,
                },
                {"image": "iVBORw0KGgo…", "top_k": 3},
            ]
        }
    )

    query: Text | None = None
    image: str | None = Field(None, description="PNG, JPEG, WebP or GIF in base64")

    @model_validator(mode="after")
    def _one(self) -> Self:
        if self.query is not None and self.image is not None:
            raise PydanticCustomError("query_or_image", "Send a query or an image, not both.")
        return self


class Hit(Source):
    """`text` is the whole passage."""

    text: str


class PictureView(View):
    """A picture, and the document that it is in."""

    picture_id: UUID
    document_id: UUID
    title: str = Field(description="The document's")
    caption: str
    page: int | None
    score: float = Field(description="Likeness, 1 for the same")
    collection: str

    @classmethod
    def of(cls, hit: PictureHit) -> "PictureView":
        return cls.model_validate(hit)


class Hits(View):
    items: list[Hit] = Field(description="Passages, best first")
    pictures: list[PictureView] = Field(
        default_factory=list, description="For an image: those most like it, best first"
    )
    degraded: str | None = Field(
        None, description="What went wrong on the way, when the rest answered all the same"
    )
