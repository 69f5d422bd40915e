"""What a row of the table of faults has to say about itself."""

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Literal

from tests.chaos.scene import Scene
from tests.chaos.site import Site
from tests.chaos.timing import Times, next_tokens

Provider = Literal["responses", "chat"]


class Fault(ABC):
    """One row: load, and what goes wrong meanwhile. Whoever runs it checks the invariants."""

    number: int
    name: str
    provider: Provider = "responses"
    recovery: str = "next token"
    """What the recovery time means here."""
    budget: float | None = None
    """Seconds that the recovery's 95th percentile should stay below; reported, not asserted."""
    longest: float = 300.0
    """Seconds for one `run`: three times what a long one needs; more is a stack that is stuck."""
    short_runs: int = 1
    full_runs: int = 5

    def runs(self, *, short: bool) -> int:
        return self.short_runs if short else self.full_runs

    @asynccontextmanager
    async def around(self, site: Site) -> AsyncIterator[None]:
        """What must be otherwise while its runs last: `site.exchanged`, a proxy in between."""
        yield

    @abstractmethod
    async def run(self, scene: Scene) -> None:
        """Bring load and fault; returns when the fault is over."""

    async def verify(self, scene: Scene) -> None:  # noqa: B027 - most rows demand no more
        """Demands beyond the invariants, once all is quiet."""

    def times(self, scene: Scene) -> Times:
        if scene.fault_at is None:
            return Times()
        return next_tokens([reader.seen for reader in scene.readers], scene.fault_at)
