"""Share links: who has one may read a path of messages, and nothing else."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, Index, LargeBinary, UniqueConstraint, text
from sqlmodel import Field

from models.tables.base import SpaceRow, moment, of_conversation, prose


class Share(SpaceRow, table=True):
    """The link itself is kept nowhere: only the SHA-256 of its random part."""

    __tablename__ = "share"
    __table_args__ = (
        of_conversation(),
        UniqueConstraint("space_id", "token_hash"),
        Index(None, "space_id", "conversation_id", "created_at", "id"),
    )

    id: UUID = Field(primary_key=True)
    conversation_id: UUID
    leaf_id: UUID
    """The last message that it shows; what comes later, it does not."""
    title: str | None = prose(optional=True)
    """The conversation's, when it was made."""
    token_hash: bytes = Field(sa_type=LargeBinary)
    created_by: UUID
    expires_at: datetime = moment(optional=False)
    revoked_at: datetime | None = moment()
    revoked_by: UUID | None = None
    views: int = Field(
        default=0, sa_type=BigInteger, sa_column_kwargs={"server_default": text("0")}
    )
    viewed_at: datetime | None = moment()
    """As the counts were last written: they are gathered before that."""
