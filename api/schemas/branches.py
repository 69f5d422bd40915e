"""Paths of a conversation's tree."""

from typing import Self
from uuid import UUID

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from api.schemas.base import Body, View
from api.schemas.conversations import Title


class NewLeaf(Body):
    """Where the path that is shown ends."""

    message_id: UUID | None = Field(None, description="It ends with just this message")
    turn_id: UUID | None = Field(
        None,
        description="Instead of `message_id`: show what this turn answered, down to what was said"
        " last below it",
    )
    newest: bool = Field(
        default=False,
        description="Of `message_id`: go down to what was said last below it, as when walking"
        " through siblings",
    )

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.message_id is None) == (self.turn_id is None):
            raise PydanticCustomError("leaf_invalid", "Give message_id or turn_id.")
        return self


class LeafView(View):
    leaf_id: UUID = Field(description="The path's last message")


class NewFork(Body):
    message_id: UUID | None = Field(
        None, description="The path to this message is copied; to the last one unless given"
    )
    title: Title | None = Field(None, description="The same as before unless given")
