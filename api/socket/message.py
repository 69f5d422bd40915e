"""What clients say over a socket: one JSON object in each message, its `type` says which."""

from typing import Annotated, Any, Final, Literal, Self
from uuid import UUID

import orjson
from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from api.following import CURSOR_CHARACTERS
from api.schemas.approvals import Verdict
from api.schemas.base import Body
from api.schemas.turns import NewMessage
from domain.ports.conversations import ConversationKind
from models.errors import BadRequestError, InvalidError

REF_CHARACTERS: Final = 200
# A token with the names of hundreds of spaces fits, as it does in a request's headers.
_CREDENTIAL_CHARACTERS: Final = 32 * 1024

Ref = Annotated[str, Field(max_length=REF_CHARACTERS)] | int


class Said(Body):
    type: str
    ref: Ref | None = Field(None, description="The client's own; comes back with the reply")


class Auth(Said):
    """The first message, and again with a newer token of the same person."""

    type: Literal["auth"]
    token: str | None = Field(None, max_length=_CREDENTIAL_CHARACTERS)
    csrf: str | None = Field(None, max_length=_CREDENTIAL_CHARACTERS)
    """Of the session whose cookie came with the handshake, in a token's place."""
    space_id: UUID | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.token is None) == (self.csrf is None):
            raise PydanticCustomError("credential_required", "Send a token, or a session's csrf.")
        return self


class OfLog(Said):
    """About one log: a conversation's or a run's."""

    conversation_id: UUID | None = None
    run_id: UUID | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.conversation_id is None) == (self.run_id is None):
            raise PydanticCustomError("log_required", "Send a conversation_id, or a run_id.")
        return self

    @property
    def log_id(self) -> UUID:
        found = self.conversation_id or self.run_id
        assert found is not None  # noqa: S101 - validated above
        return found

    @property
    def kind(self) -> ConversationKind:
        return ConversationKind.RUN if self.conversation_id is None else ConversationKind.CHAT


class Subscribe(OfLog):
    type: Literal["subscribe"]
    after: str | None = Field(None, max_length=CURSOR_CHARACTERS + 1)


class Unsubscribe(OfLog):
    type: Literal["unsubscribe"]


class Stop(OfLog):
    type: Literal["stop"]
    turn_id: UUID | None = None


class Send(NewMessage, Said):
    type: Literal["send"]
    conversation_id: UUID | None = None
    """None: it begins one, as `POST /v1/messages` does."""
    subscribe: bool = False
    """Follow the conversation from where this message stands, unless it is followed already."""


class Decide(Verdict, Said):
    type: Literal["verdict"]
    approval_id: UUID


class Ping(Said):
    type: Literal["ping"]


_KINDS: Final[dict[str, type[Said]]] = {
    "auth": Auth,
    "subscribe": Subscribe,
    "unsubscribe": Unsubscribe,
    "send": Send,
    "stop": Stop,
    "verdict": Decide,
    "ping": Ping,
}


def read(text: str) -> dict[str, Any]:
    """BadRequestError("json_invalid")."""
    try:
        document = orjson.loads(text)
    except ValueError:  # what nests too deeply is one too
        raise BadRequestError("The message is not JSON.", code="json_invalid") from None
    if not isinstance(document, dict):
        raise BadRequestError("A message is one JSON object.", code="json_invalid")
    return document


def ref_of(document: dict[str, Any]) -> str | int | None:
    """What a reply carries back, also to a message that is wrong otherwise."""
    ref = document.get("ref")
    if isinstance(ref, str) and len(ref) <= REF_CHARACTERS:
        return ref
    return ref if type(ref) is int else None


def parse(document: dict[str, Any]) -> Said:
    """InvalidError("message_type_unknown"); pydantic's ValidationError."""
    kind = document.get("type")
    found = _KINDS.get(kind) if isinstance(kind, str) else None
    if found is None:
        known = ", ".join(_KINDS)
        raise InvalidError(f"`type` is one of {known}.", code="message_type_unknown")
    return found.model_validate(document)
