"""Conversations, their messages and turns, as the edge needs them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final, Generic, Protocol, TypeVar
from uuid import UUID

from domain.ports.remarks import Attachment, Opinions
from models.payloads.chat import Role
from models.payloads.events import LoggedEvent
from models.payloads.scope import Scope
from models.payloads.session import ActionItem, Entity, SessionStart
from models.payloads.sources import Source
from models.payloads.turn import Finish, Outcome
from models.states import ConversationKind as ConversationKind  # noqa: PLC0414 - the port re-exports it
from models.states import ConversationState as ConversationState  # noqa: PLC0414 - the port re-exports it

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    """`next_cursor` is opaque; None on the last page."""

    items: Sequence[Item]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class Conversation:
    id: UUID
    title: str | None
    agent: str
    kind: ConversationKind
    state: ConversationState
    created_at: datetime
    updated_at: datetime
    pinned: bool = False
    forked_from: UUID | None = None
    """The conversation that its first messages were copied from; it may be gone."""
    snippet: str | None = None
    """What a search found in its messages, with some words around it."""


@dataclass(frozen=True, slots=True)
class Sought:
    """Which conversations a list is of."""

    query: str = ""
    """Beginnings of words, all of which are in the title, or all in one message."""
    archived: bool | None = False
    """None: whether or not."""
    pinned: bool | None = None


@dataclass(frozen=True, slots=True)
class Message:
    id: UUID
    role: Role
    content: str
    parent_id: UUID | None
    turn_id: UUID | None
    created_at: datetime
    sources: tuple[Source, ...] = ()
    siblings: tuple[UUID, ...] = ()
    """All messages with the same parent, itself included, oldest first; filled in histories."""
    attachments: tuple[Attachment, ...] = ()
    """This and what follows: filled at the edge, for whoever reads (`api.remarking`)."""
    feedback: Opinions | None = None


@dataclass(frozen=True, slots=True)
class TurnView:
    """A turn as readers see it; `outcome` is None while it runs."""

    id: UUID
    number: int
    message_id: UUID
    agent: str
    outcome: Outcome | None
    finish: Finish | None
    error_code: str | None
    error_detail: str | None
    answer: Message | None
    """The turn's last assistant message."""
    input_tokens: int
    output_tokens: int
    cached_tokens: int
    cost_usd: Decimal | None
    started_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class Exchange:
    """A question on the active path, and the turn that answers it there."""

    asked: Message
    turn: TurnView
    """Whose messages follow on the path; when none does, the newest that was to answer."""
    siblings: tuple[UUID, ...]
    """The question's: user messages with the same parent, itself included, oldest first."""
    answers: tuple[UUID, ...]
    """Turns that answer the same message, oldest first, `turn` included; withdrawn ones are not."""
    events: tuple[LoggedEvent, ...]
    """The turn's stored ones, in order."""
    steered: tuple[Message, ...] = ()
    """What the turn was told while it ran, oldest first."""
    abandoned: bool = False
    """The path stops at the question, though its turn said something: that lies on a branch which
    was left, so there are no events of it here. Show the question alone."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """That a message was taken before, and by which turn."""

    turn_id: UUID
    body_hash: str


@dataclass(frozen=True, slots=True)
class SessionView:
    id: UUID
    number: int
    started_at: datetime
    last_turn_at: datetime
    ended_at: datetime | None
    title: str | None
    summary: str | None
    entities: tuple[Entity, ...] = ()
    action_items: tuple[ActionItem, ...] = ()
    memory: tuple[str, ...] = ()
    extractive: bool = False


EVERY: Final = Sought()
"""All that are not archived."""


class Conversations(Protocol):
    """NotFoundError("conversation_not_found") for the unknown and the foreign alike."""

    async def create(
        self,
        scope: Scope,
        user_id: UUID,
        *,
        conversation_id: UUID,
        title: str | None,
        agent: str,
        kind: ConversationKind = ConversationKind.CHAT,
    ) -> Conversation:
        """Create it, or answer with the one that has this id."""

    async def get(self, scope: Scope, conversation_id: UUID) -> Conversation: ...

    async def receiving(
        self, scope: Scope, conversation_id: UUID, message_id: UUID
    ) -> tuple[Conversation, Receipt | None]:
        """`get`, and in the same breath who has this message."""

    async def page(
        self, scope: Scope, *, limit: int, cursor: str | None, sought: Sought = EVERY
    ) -> Page[Conversation]:
        """Chats, the newest first; of a search those whose titles it finds before all others.
        Messages are found on every branch, unless withdrawn. InvalidError("cursor_invalid") for a
        cursor not from here."""

    async def update(
        self,
        scope: Scope,
        conversation_id: UUID,
        *,
        title: str | None = None,
        archived: bool | None = None,
        pinned: bool | None = None,
        agent: str | None = None,
    ) -> Conversation:
        """Change what is given."""

    async def messages(
        self, scope: Scope, conversation_id: UUID, *, limit: int, cursor: str | None
    ) -> Page[Message]:
        """The active path, oldest first; user and assistant messages, withdrawn ones left out."""

    async def exchanges(
        self, scope: Scope, conversation_id: UUID, *, limit: int, cursor: str | None
    ) -> Page[Exchange]:
        """The active path's turns, NEWEST first. Each page costs its page, however long the
        conversation; a cursor goes on up the path that it was given on, wherever the leaf is now.
        InvalidError("cursor_invalid")."""

    async def message(self, scope: Scope, conversation_id: UUID, message_id: UUID) -> Message:
        """One that was not withdrawn, on whatever branch. NotFoundError("message_not_found")."""

    async def question(self, scope: Scope, conversation_id: UUID, message_id: UUID) -> Message:
        """The same when a user said it; else the user's message that it is an answer to."""

    async def clear(self, scope: Scope, conversation_id: UUID) -> None:
        """Erase messages, turns, events, approvals and summaries; keep id, title and counter.
        ConflictError("conversation_busy") while a turn is open."""

    async def delete(self, scope: Scope, conversation_id: UUID) -> None:
        """Erase it and everything that hangs on it."""

    async def sessions(self, scope: Scope, conversation_id: UUID) -> Sequence[SessionView]:
        """Newest first, 100 at most."""

    async def close(self, scope: Scope, conversation_id: UUID) -> SessionStart | None:
        """Close it: the open session, marked closed, is to end now; without one the conversation
        is completed at once. While a turn is open None is given, and that turn's end gives the
        session instead."""


class Turns(Protocol):
    async def receipt(
        self, scope: Scope, conversation_id: UUID, message_id: UUID
    ) -> Receipt | None: ...

    async def keep_text(
        self,
        scope: Scope,
        conversation_id: UUID,
        message_id: UUID,
        text: str | None,
        body_hash: str,
    ) -> str:
        """Say whose body stands under this message id of the conversation, first come first
        served, and keep its text when it is too long for Temporal, until its turn claims it.
        Answers the hash of the body that stands. NotFoundError("conversation_not_found")."""

    async def kept_texts(
        self, scope: Scope, conversation_id: UUID, message_ids: Sequence[UUID]
    ) -> Mapping[UUID, str]:
        """The texts that are kept for turns which have not claimed them yet, by message."""

    async def open_turn(self, scope: Scope, conversation_id: UUID) -> UUID | None:
        """The turn that has not ended, if any."""

    async def expect_steering(self, scope: Scope, conversation_id: UUID) -> bool:
        """A message is on its way that the open turn is to take up: from now on an answer does
        not end it. False when no turn is open: there is none to steer."""

    async def at_work(self, scope: Scope, conversation_id: UUID) -> bool:
        """A turn is open, or a session has just ended and its summary is still to come."""

    async def view(self, scope: Scope, conversation_id: UUID, turn_id: UUID) -> TurnView | None:
        """None while nothing has claimed it."""
