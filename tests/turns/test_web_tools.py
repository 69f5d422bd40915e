"""A turn that searches the web: from the model's call to sources that its answer may cite."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from domain.catalogue.team import SEO
from local.stack import Stack
from models.payloads.events import LoggedEvent, ToolCompleted, ToolFailed
from models.payloads.turn import Outcome
from tests.adapters.llm.wire import Wire, answer, sending, serving
from tests.adapters.web_search.recorded import SEARXNG
from tests.knowledge.conftest import add_space
from tests.turns.lab import Lab, lab

SEARCH = '@offline call=web_search args={"query": "trail shoes"}'


@pytest.fixture(scope="module")
async def provider() -> AsyncIterator[Wire]:
    async with serving(sending(answer(200, SEARXNG))) as wire:
        yield wire


@pytest.fixture(scope="module")
async def everywhere(stack: Stack, provider: Wire) -> AsyncIterator[Lab]:
    searching = {
        "HOLDFAST_WEB_SEARCH__PROVIDER": "searxng",
        "HOLDFAST_WEB_SEARCH__URL": provider.base_url,
    }
    told = replace(stack, environment={**stack.environment, **searching})
    async with lab(told) as here:
        yield replace(here, scope=await add_space(here.database))


@pytest.fixture
async def here(everywhere: Lab) -> Lab:
    return await everywhere.beside()


def ended(events: list[LoggedEvent], name: str) -> ToolCompleted | ToolFailed:
    return next(
        logged.event
        for logged in events
        if isinstance(logged.event, ToolCompleted | ToolFailed) and logged.event.name == name
    )


async def test_a_search_gives_sources_and_its_repeat_costs_nothing(
    here: Lab, provider: Wire
) -> None:
    result = await here.send(f"Which shoes?\n{SEARCH}", agent=SEO)
    events = await here.ended(result.turn_id)
    found = ended(events, "web_search")
    assert isinstance(found, ToolCompleted), found
    assert "We ran 400 km in twelve pairs." in found.result
    assert [source.url for source in found.sources] == [
        "https://www.shoes.example/best-trail-shoes"
    ]
    assert (await here.view(result.turn_id)).outcome is Outcome.COMPLETED
    assert await searches(here) == 1

    asked = len(provider.requests)
    again = await here.send(f"Again?\n{SEARCH}", agent=SEO)
    await here.ended(again.turn_id)
    assert len(provider.requests) == asked
    assert await searches(here) == 1


async def searches(here: Lab) -> int:
    """What the books say was bought."""
    async with here.database.transaction(here.scope) as session:
        row = await session.first(
            "SELECT count(*) AS bought FROM usage WHERE space_id = $1 AND kind = 'web_search'",
            here.scope.space_id,
        )
    assert row is not None
    return int(row["bought"])


async def test_a_page_inside_is_refused_and_the_turn_goes_on(here: Lab, provider: Wire) -> None:
    inside = provider.base_url
    call = f'@offline call=fetch_page args={{"url": "{inside}/secret"}}'
    asked = len(provider.requests)
    result = await here.send(f"Read it.\n{call}", agent=SEO)
    failed = ended(await here.ended(result.turn_id), "fetch_page")
    assert isinstance(failed, ToolFailed), failed
    assert len(provider.requests) == asked
    assert (await here.view(result.turn_id)).outcome is Outcome.COMPLETED


async def test_a_deployment_without_a_provider_says_so(stack: Stack) -> None:
    async with lab(stack) as here:
        result = await here.send(f"Which shoes?\n{SEARCH}", agent=SEO)
        failed = ended(await here.ended(result.turn_id), "web_search")
        assert isinstance(failed, ToolFailed), failed
        assert "not set up in this deployment" in failed.detail
        assert "HOLDFAST_WEB_SEARCH__PROVIDER" in failed.detail
