"""Turns that read figures, ask the space's tables and run programs; and no token in their wake."""

import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from sqlalchemy.engine import make_url

from adapters.connections.google import ANALYTICS
from adapters.connections.oauth import OAuthConnections
from adapters.connections.registry import connections
from adapters.events.connection import connect
from domain.catalogue.team import STRATEGY as STRATEGIST
from local.stack import Stack
from migrations.tables import metadata
from models.payloads.events import ToolCompleted, ToolFailed
from models.payloads.turn import Outcome
from tests.connections.google import CLIENT_ID, CLIENT_SECRET, Google, google_server
from tests.knowledge.conftest import add_space
from tests.turns.lab import Lab, lab, settings_of

REPORT = (
    '@offline call=run_report args={"property_id": "7", "metrics": ["sessions"],'
    ' "dimensions": ["country"], "start": "2026-10-01", "end": "2026-10-31"}'
)
TABLES = '@offline call=query_tables args={"sql": "SELECT count(*) AS mine FROM conversations"}'
PYTHON = '@offline call=run_python args={"code": "print(6 * 7)"}'
FORBIDDEN = '@offline call=query_tables args={"sql": "DELETE FROM notes"}'
BACK = "http://app.example/v1/connections/callback"


@dataclass(frozen=True)
class Desk:
    lab: Lab
    google: Google
    grants: OAuthConnections
    stack: Stack

    async def connect(self) -> None:
        address = await self.grants.begin(self.lab.scope, ANALYTICS, by=self.lab.user_id)
        plain = httpx2.AsyncHTTPTransport(verify=False)
        # What the person's browser writes down is not ours.
        logging.disable()
        try:
            async with httpx2.AsyncClient(transport=plain) as browser:
                answer = await browser.get(address)
        finally:
            logging.disable(logging.NOTSET)
        back = parse_qs(urlsplit(answer.headers["location"]).query)
        await self.grants.complete(back["state"][0], back["code"][0])

    async def called(self, text: str) -> ToolCompleted | ToolFailed:
        """The call's end, in a turn that went on to its own."""
        result = await self.lab.send(f"Tell me.\n{text}", agent=STRATEGIST)
        events = await self.lab.ended(result.turn_id)
        assert (await self.lab.view(result.turn_id)).outcome is Outcome.COMPLETED
        ends = [one.event for one in events if one.turn_id == result.turn_id]
        return next(one for one in ends if isinstance(one, ToolCompleted | ToolFailed))


@pytest.fixture(scope="module")
async def everywhere(stack: Stack) -> AsyncIterator[Desk]:
    async with google_server() as google:
        told = {
            "HOLDFAST_GOOGLE__CLIENT_ID": CLIENT_ID,
            "HOLDFAST_GOOGLE__CLIENT_SECRET": CLIENT_SECRET,
            "HOLDFAST_GOOGLE__REDIRECT_URL": BACK,
            **{
                f"HOLDFAST_GOOGLE__{name}_URL": google.address
                for name in ("ACCOUNTS", "TOKENS", "ANALYTICS")
            },
        }
        told_stack = replace(stack, environment={**stack.environment, **told})
        settings = settings_of(told_stack)
        async with lab(told_stack) as here:
            redis = connect(stack.redis_url)
            grants = connections(
                here.database,
                redis,
                settings.vault.keyring(),
                google_as=settings.google.registration(),
            )
            yield Desk(here, google, grants, stack)
            await redis.aclose()


@pytest.fixture
async def desk(everywhere: Desk) -> Desk:
    space = replace(everywhere.lab, scope=await add_space(everywhere.lab.database))
    return replace(everywhere, lab=await space.beside())


async def test_an_agent_reads_the_figures_that_a_person_gave_it(desk: Desk) -> None:
    before = await desk.called(REPORT)
    assert isinstance(before, ToolFailed), before
    assert "a person has to connect it" in before.detail

    await desk.connect()
    found = await desk.called(REPORT)
    assert isinstance(found, ToolCompleted), found
    assert "| country 0 | 0 |" in found.result


async def test_an_agent_counts_in_its_own_space(desk: Desk) -> None:
    counted = await desk.called(TABLES)
    assert isinstance(counted, ToolCompleted), counted
    assert counted.result.splitlines() == ["| mine |", "| --- |", "| 1 |"]
    refused = await desk.called(FORBIDDEN)
    assert isinstance(refused, ToolFailed), refused
    assert "nothing can be changed" in refused.detail


async def test_an_agent_calculates(desk: Desk) -> None:
    ran = await desk.called(PYTHON)
    assert isinstance(ran, ToolCompleted), ran
    assert ran.result == "42"


async def test_a_revoked_grant_is_told_and_no_token_is_left_behind(
    desk: Desk, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    """Fault 30: in events, rows, Redis, Temporal's history and log lines."""
    caplog.set_level("DEBUG")
    await desk.connect()
    await desk.called(REPORT)
    desk.google.take_back()
    ended = await desk.called(REPORT)
    assert isinstance(ended, ToolFailed), ended
    assert "connect it again" in ended.detail

    history = b"".join(
        [event.SerializeToString() async for event in desk.lab.handle.fetch_history_events()]
    )
    said = capfd.readouterr()
    places = {
        "history": history,
        "rows": await rows(desk),
        "Redis": await keys(desk),
        "log lines": f"{caplog.text}{said.out}{said.err}".encode(),
        "events": repr(await desk.lab.whole_log()).encode(),
    }
    assert len(desk.google.secrets) > 4
    for place, text in places.items():
        assert text, place
        found = [secret for secret in desk.google.secrets if secret.encode() in text]
        assert found == [], place


async def rows(desk: Desk) -> bytes:
    """All that the space's tables hold, as its application sees it."""
    found: list[object] = []
    async with desk.lab.database.transaction(desk.lab.scope) as session:
        for table in metadata().tables.values():
            if "space_id" in table.columns:
                found += await session.fetch(f"SELECT * FROM {table.name}")
    assert make_url(desk.stack.database_url).username == "holdfast_app"
    return repr(found).encode()


async def keys(desk: Desk) -> bytes:
    """All that Redis holds of the space."""
    redis = connect(desk.stack.redis_url)
    found: list[bytes] = []
    try:
        async for key in redis.scan_iter(f"*{desk.lab.scope.space_id}*"):
            found += [key, await redis.dump(key) or b""]
    finally:
        await redis.aclose()
    return b"\n".join(found)
