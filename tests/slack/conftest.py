"""Postgres of the stack, and a workspace of Slack in this process."""

from collections.abc import AsyncIterator

import pytest

from adapters.store.database import Database
from local.ports import listening
from local.slack.workspace import Workspace
from tests.slack.town import Town, address, serving, slack_app


@pytest.fixture(scope="module")
async def town(database: Database) -> AsyncIterator[Town]:
    """The workspace of a module; nobody is called back."""
    held = listening(0)
    workspace = Workspace(None)
    async with serving(slack_app(workspace, held), held):
        yield Town(database, workspace, address(held))


@pytest.fixture
async def here(town: Town) -> Town:
    """A space of the test's own, with the app installed."""
    here = Town(town.database, town.workspace, town.slack_url)
    await here.install()
    return here
