"""Postgres of the stack, and a workspace of Slack in this process."""

from collections.abc import AsyncIterator

import pytest

from adapters.store.database import Database
from local.slack.app import build_app
from local.slack.limits import Limits
from local.slack.names import CLIENT
from local.slack.workspace import Workspace
from tests.slack.town import CLIENT_SECRET, SIGNING_SECRET, Town, address, listening, serving


@pytest.fixture(scope="module")
async def town(database: Database) -> AsyncIterator[Town]:
    """The workspace of a module; nobody is called back."""
    held = listening()
    workspace = Workspace(None)
    app = build_app(
        address(held),
        "http://127.0.0.1:9",
        signing_secret=SIGNING_SECRET,
        client_id=CLIENT,
        client_secret=CLIENT_SECRET,
        workspace=workspace,
        limits=Limits(burst=10_000),
    )
    async with serving(app, held):
        yield Town(database, workspace, address(held))


@pytest.fixture
async def here(town: Town) -> Town:
    """A space of the test's own, with the app installed."""
    here = Town(town.database, town.workspace, town.slack_url)
    await here.install()
    return here
