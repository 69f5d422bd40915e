"""Conversations: a tree of messages, a counter of turns, and which turn is open."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKeyConstraint, Index, text
from sqlmodel import Field

from models.states import ConversationKind, ConversationState
from models.tables.base import NOW, TIMESTAMP, SpaceRow, choice, moment, prose


class Conversation(SpaceRow, table=True):
    """Its row lock orders whatever takes a number or moves the leaf."""

    __tablename__ = "conversation"
    __table_args__ = (
        ForeignKeyConstraint(
            ["space_id", "organisation_id"],
            ["space.id", "space.organisation_id"],
            ondelete="CASCADE",
        ),
        Index(None, "space_id", "kind", "created_at", "id"),
        Index(
            "ix_conversation_pinned",
            "space_id",
            "created_at",
            "id",
            postgresql_where=text("pinned_at IS NOT NULL"),
        ),
        # Each turn rewrites the row three times: room on its page keeps indexes out of it.
        {"postgresql_with": {"fillfactor": "70"}},
    )

    id: UUID = Field(primary_key=True)
    title: str | None = prose(optional=True)
    provisional: bool = Field(sa_column_kwargs={"server_default": text("false")})
    """The title is the beginning of its first message, until there is a better one."""
    pinned_at: datetime | None = moment()
    forked_from: UUID | None = None
    """The conversation that its first messages were copied from; it may be gone."""
    agent: str = Field(max_length=200)
    kind: ConversationKind = Field(sa_type=choice(ConversationKind))
    state: ConversationState = Field(sa_type=choice(ConversationState))
    turn_counter: int = Field(sa_type=BigInteger, sa_column_kwargs={"server_default": text("0")})
    """The last number of the log that was given away; it never goes back."""
    session_counter: int = Field(sa_column_kwargs={"server_default": text("0")})
    active_leaf: UUID | None = None
    open_turn: UUID | None = None
    closing: bool = Field(sa_column_kwargs={"server_default": text("false")})
    """Somebody closed it: its session ends as soon as no turn is open. Means nothing without an
    open turn or session; the next claim clears it then."""
    tainted: bool = Field(sa_column_kwargs={"server_default": text("false")})
    """A turn of it has seen text that nobody vouches for."""
    created_by: UUID
    updated_at: datetime | None = Field(
        default=None, sa_type=TIMESTAMP, nullable=False, sa_column_kwargs={"server_default": NOW}
    )
