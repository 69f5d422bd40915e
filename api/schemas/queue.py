"""What waits behind a running turn."""

from uuid import UUID

from pydantic import Field

from api.schemas.base import View


class QueuedView(View):
    message_id: UUID
    turn_id: UUID
    position: int = Field(description="Turns ahead of it, the running one included", ge=1)
    content: str
    agent: str
    user_id: UUID = Field(description="Who sent it, and may take it back")


class QueueView(View):
    items: list[QueuedView] = Field(description="The next one first; at most 16 wait")
