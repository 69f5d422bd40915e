"""Content items: what is drafted, reviewed, and found again once approved."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from api.schemas.base import Body, View
from api.schemas.naming import named
from api.text import Text
from domain.ports.content import (
    KIND_PATTERN,
    MOST_TEXT_CHARACTERS,
    MOST_TITLE_CHARACTERS,
    ContentItem,
    ContentState,
)

Kind = Annotated[
    str,
    Field(pattern=KIND_PATTERN, examples=["email"]),
    named("content_kind_invalid", "kind is lower-case letters, digits, - and _: 50 at most."),
]
Title = Annotated[Text, Field(min_length=1, max_length=MOST_TITLE_CHARACTERS)]
Prose = Annotated[
    Text, Field(min_length=1, max_length=MOST_TEXT_CHARACTERS, description="Markdown")
]


class NewContent(Body):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"kind": "email", "title": "Spring launch", "text": "Dear reader, …"}]
        }
    )

    id: UUID | None = Field(None, description="Yours, for a safe repeat; else one is made")
    kind: Kind
    title: Title
    text: Prose


class ContentRevision(Body):
    """What is left out stays."""

    expected: int = Field(ge=1, description="The version that the change was made on")
    title: Title | None = None
    text: Prose | None = None

    @model_validator(mode="after")
    def _changes(self) -> Self:
        if self.title is None and self.text is None:
            raise PydanticCustomError("content_unchanged", "Give a title, a text, or both.")
        return self


class Submission(Body):
    expected: int | None = Field(
        None, ge=1, description="The version that was read; 409 where a newer one is there"
    )


class ContentVersionView(View):
    number: int
    title: str
    text: str
    created_by: UUID | None = Field(description="null: an agent, in `turn_id`")
    turn_id: UUID | None
    created_at: datetime
    note: str = Field(description="What the reviewer asked for, where it went back")


class ContentView(View):
    id: UUID
    kind: str
    agent: str | None
    state: ContentState
    version: int = Field(description="The newest")
    versions: list[ContentVersionView] = Field(description="The newest last; lists have it alone")
    review_id: UUID | None = Field(description="The approval that waits for a verdict")
    approved_version: int | None
    document_id: UUID | None = Field(description="In the collection `approved_content`")
    created_at: datetime

    @classmethod
    def of(cls, item: ContentItem) -> Self:
        return cls(
            id=item.id,
            kind=item.kind,
            agent=item.agent,
            state=item.state,
            version=item.newest.number,
            versions=[ContentVersionView.model_validate(one) for one in item.versions],
            review_id=item.review_id,
            approved_version=item.approved_version,
            document_id=item.document_id,
            created_at=item.created_at,
        )
