"""Words of messages, for searches in conversations."""

from typing import Any
from uuid import UUID

from sqlalchemy import Column, ForeignKeyConstraint, Index
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlmodel import Field, SQLModel

from models.tables.base import Row

_VACUUM = {
    "autovacuum_vacuum_insert_threshold": "1000",
    "autovacuum_vacuum_insert_scale_factor": "0",
}


class MessageWords(SQLModel, table=True):
    """Written by a trigger of `message`. Its policy shows a row only to a search that it answers:
    rows can then be found by the index, which row-level security keeps other conditions from."""

    __tablename__ = "message_words"
    __table_args__ = (
        ForeignKeyConstraint(
            ["space_id", "conversation_id", "message_id"],
            ["message.space_id", "message.conversation_id", "message.id"],
            ondelete="CASCADE",
        ),
        Index(None, "words", postgresql_using="gin"),
        # What is new waits in a list beside the index, and autovacuum takes it in: a turn does so
        # itself only when 4 MB of it have come together, some 1,500 messages within a minute.
        {"postgresql_with": _VACUUM},
    )
    metadata = Row.metadata

    space_id: UUID = Field(primary_key=True)
    conversation_id: UUID = Field(primary_key=True)
    message_id: UUID = Field(primary_key=True)
    words: Any = Field(sa_column=Column(TSVECTOR, nullable=False))
    """Each behind its space's mark, so that a word of one space is no word of another's."""
