"""Spaces with their profiles, in memory."""

from typing import Any
from uuid import UUID

from domain.ports.identity import Caller
from models.payloads.scope import Scope


class MemorySpaces:
    def __init__(self) -> None:
        self.mirrored: list[Scope] = []
        self.profiles: dict[UUID, str] = {}
        self.failure: Exception | None = None

    async def context(self, scope: Scope) -> dict[str, Any]:
        return {"name": "space"}

    async def mirror(self, caller: Caller, scope: Scope) -> None:
        if self.failure:
            raise self.failure
        self.mirrored.append(scope)

    async def profile(self, scope: Scope) -> str:
        return self.profiles.get(scope.space_id, "")

    async def set_profile(self, scope: Scope, text: str) -> None:
        self.profiles[scope.space_id] = text
