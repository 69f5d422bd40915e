"""The whole product and one Chromium, once for this folder; a fresh browser profile per test."""

import os
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

import httpx2
import pytest
from playwright.async_api import Browser, expect

from local import web
from local.stack import Options, Stack, running
from tests import equipment
from tests.browser.chromium import chromium
from tests.browser.furnished import Furnished, furnish
from tests.browser.stored import Stored
from tests.browser.visit import Visit

# A machine may be busy with much else; whoever waits for a condition never waits for time.
PATIENCE = 30_000.0

Open = Callable[..., Awaitable[Visit]]


def _missing(why: str) -> None:
    if os.environ.get("CI"):
        pytest.fail(why)
    pytest.skip(why)


@pytest.fixture(scope="session")
async def stack(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    """Everything, as `make run` has it: the app built, Slack's stand-in joined."""
    # One that was built elsewhere is taken as it is.
    given = os.environ.get("HOLDFAST_WEB_FOLDER")
    if given is None and shutil.which("npm") is None and not web.is_built():
        _missing("The web app is not built, and there is no Node to build it with")
    options = Options(web=given is None)
    async with running(tmp_path_factory.mktemp("stack"), options=options) as stack:
        if given is None and not web.is_built():
            _missing("The web app could not be built")
        yield stack


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    path = equipment.browser()
    if path is None:
        _missing("There is no Chromium")
    expect.set_options(timeout=PATIENCE)
    async with chromium(path or "") as browser:
        yield browser


@pytest.fixture
async def visit(browser: Browser, stack: Stack) -> AsyncIterator[Open]:
    """Open a browser as one of the local people, or as nobody; at the end none had trouble."""
    visits: list[Visit] = []
    async with AsyncExitStack() as held:

        async def opened(name: str | None = "Ada", **options: Any) -> Visit:  # noqa: ANN401 - Playwright's own
            context = await browser.new_context(**options)
            held.push_async_callback(context.close)
            context.set_default_timeout(PATIENCE)
            visit = Visit(context, stack.api)
            await visit.begin()
            visits.append(visit)
            if name is not None:
                await visit.sign_in(name)
            return visit

        yield opened
    assert [text for visit in visits for text in visit.trouble()] == []


@pytest.fixture(scope="session")
async def furnished(stack: Stack, http: httpx2.AsyncClient) -> Furnished:
    return await furnish(stack, http)


@pytest.fixture(scope="session")
async def http(stack: Stack) -> AsyncIterator[httpx2.AsyncClient]:
    """Signed in as the stack's first person."""
    headers = {"authorization": f"Bearer {stack.token}", "x-space-id": str(stack.space_id)}
    async with httpx2.AsyncClient(base_url=stack.api, headers=headers, timeout=70) as http:
        yield http


@pytest.fixture
def stored(http: httpx2.AsyncClient) -> Stored:
    return Stored(http)
