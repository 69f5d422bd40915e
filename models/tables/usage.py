"""What calls to providers used and cost."""

from decimal import Decimal
from uuid import UUID

from sqlalchemy import BigInteger, Index, Numeric
from sqlmodel import Field

from models.tables.base import SpaceRow


class Usage(SpaceRow, table=True):
    """Refers to nothing: a bill stands when what it was for is erased."""

    __tablename__ = "usage"
    __table_args__ = (
        Index(None, "space_id", "created_at"),
        Index(None, "space_id", "turn_id"),
        Index(None, "space_id", "conversation_id"),
    )

    id: UUID = Field(primary_key=True)
    """Made from what it is for: a repeated write is the same row."""
    user_id: UUID | None = None
    agent: str | None = Field(default=None, max_length=200)
    conversation_id: UUID | None = None
    turn_id: UUID | None = None
    document_id: UUID | None = None
    kind: str = Field(max_length=32)
    """chat or embedding."""
    model: str = Field(max_length=200)
    input_tokens: int = Field(sa_type=BigInteger)
    output_tokens: int = Field(sa_type=BigInteger)
    cached_tokens: int = Field(sa_type=BigInteger)
    first_token_ms: int | None = None
    cost_usd: Decimal | None = Field(default=None, sa_type=Numeric(16, 9), nullable=True)
    """None when the price table does not know the model."""
    price_version: str = Field(max_length=32)
