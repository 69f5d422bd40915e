"""From where other people's pages may call."""

from collections.abc import Collection
from typing import Final, Protocol
from uuid import UUID

from models.payloads.scope import Scope

MOST: Final = 20
"""Of an organisation."""


class WebOrigins(Protocol):
    async def known(self, origin: str) -> bool:
        """Some organisation has it; which one is not said."""

    async def of(self, organisation_id: UUID) -> frozenset[str]:
        """`https://app.example.org`, as browsers send them."""

    async def replace(self, scope: Scope, origins: Collection[str], *, by: UUID) -> None:
        """These and no others, in all spaces of the organisation."""
