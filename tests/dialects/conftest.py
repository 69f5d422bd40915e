"""The clients, once for all tests; and an edge whose turns a worker takes."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import httpx2
import pytest

from adapters.engine.temporal import TemporalEngine
from api import relaying
from api.routes import openai_responses
from domain.ports.approvals import Delivery
from local.stack import Stack
from tests.api.real import serving, signed_in
from tests.dialects.node import Clients, clients
from tests.turns.held import Held
from tests.turns.lab import Lab, lab
from tests.waiting import PATIENCE

# Goes on until it is stopped, however late that is.
LASTING = "@offline tokens=20000 gap_ms=25"


@pytest.fixture(scope="session")
async def ai_sdk() -> AsyncIterator[Clients]:
    async with clients("ai_sdk.mjs") as found:
        yield found


@pytest.fixture(scope="session")
async def ag_ui() -> AsyncIterator[Clients]:
    async with clients("ag_ui.mjs") as found:
        yield found


@dataclass(frozen=True)
class Site:
    """An edge and a worker on the real servers, and somebody who may do everything."""

    address: str
    headers: dict[str, str]
    lab: Lab
    client: httpx2.AsyncClient
    held: Held

    def stranger(self) -> dict[str, str]:
        """Somebody of another organisation."""
        return signed_in(uuid4(), uuid4())


@pytest.fixture(scope="module")
async def site(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    folder = tmp_path_factory.mktemp("edge")
    originals = Path(tmp_path_factory.mktemp("originals"))
    held = Held()
    with pytest.MonkeyPatch.context() as patch:
        # A stop's own outcome is asked for, however long it takes.
        patch.setattr(openai_responses, "_STOPPED", PATIENCE)
        async with (
            lab(stack, around=held.around) as here,
            serving(stack, folder, originals, here.queue) as address,
        ):
            headers = signed_in(stack.organisation_id, stack.space_id)
            async with httpx2.AsyncClient(base_url=address, headers=headers, timeout=60) as client:
                yield Site(address, headers, here, client, held)


@pytest.fixture
def held(site: Site) -> Iterator[Held]:
    """Answers to what says `HELD` do not end before the test lets them."""
    site.held.release.clear()
    yield site.held
    site.held.release.set()


@dataclass
class HeldBack:
    """Verdicts that are stored, and that no worker has heard of."""

    verdicts: list[tuple[TemporalEngine, Delivery]] = field(default_factory=list)

    async def release(self) -> None:
        for engine, delivery in self.verdicts:
            await _decided(engine, delivery)


_decided = TemporalEngine.decided


@pytest.fixture
def held_back(monkeypatch: pytest.MonkeyPatch) -> HeldBack:
    """Verdicts from now on; and a turn that waits for one waits no moment longer."""
    held = HeldBack()

    async def decided(engine: TemporalEngine, delivery: Delivery) -> None:
        monkeypatch.setattr(relaying, "_QUIET", 0.0)
        held.verdicts.append((engine, delivery))

    monkeypatch.setattr(TemporalEngine, "decided", decided)
    return held
