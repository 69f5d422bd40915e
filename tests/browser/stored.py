"""What the product has of a conversation, asked of its API: pages are compared with it."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx2


@dataclass(frozen=True)
class Stored:
    http: httpx2.AsyncClient
    """Signed in as the stack's first person."""

    async def messages(self, conversation: str) -> list[dict[str, Any]]:
        """Oldest first; of conversations that fit on one page."""
        answer = await self.http.get(f"/v1/conversations/{conversation}/messages?limit=100")
        answer.raise_for_status()
        items: list[dict[str, Any]] = answer.json()["items"]
        return sorted(items, key=lambda one: str(one["created_at"]))

    async def contents(self, conversation: str, role: str) -> list[str]:
        return [one["content"] for one in await self.messages(conversation) if one["role"] == role]

    async def begin(self, title: str) -> str:
        answer = await self.http.post("/v1/conversations", json={"title": title})
        answer.raise_for_status()
        return str(UUID(answer.json()["id"]))
