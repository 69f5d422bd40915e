"""What requests and answers have in common."""

from typing import Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field

Item = TypeVar("Item")


class Body(BaseModel):
    """A request's body: a field that we do not know is a mistake of the caller's."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class View(BaseModel):
    """An answer, read off what a port gave."""

    model_config = ConfigDict(from_attributes=True, frozen=True)


class List(View, Generic[Item]):
    items: list[Item]
    next_cursor: str | None = Field(description="Opaque; null on the last page")


class FieldProblem(View):
    pointer: str = Field(examples=["/content"])
    detail: str


class Problem(View):
    """RFC 9457."""

    type: str = "about:blank"
    title: str = Field(examples=["Not found"])
    status: int = Field(examples=[404])
    code: str = Field(
        description="Stable: branch on it, never on the text", examples=["conversation_not_found"]
    )
    detail: str = Field(examples=["There is no such conversation."])
    request_id: str
    errors: list[FieldProblem] | None = None
