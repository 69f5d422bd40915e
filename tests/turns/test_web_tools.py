"""Turns of the marketing team: from the model's call to sources that its answer may cite."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from adapters.store.collections import PostgresCollections
from domain.catalogue.team import BRAND, SEO
from domain.catalogue.team import STRATEGY as STRATEGIST
from domain.ports.knowledge import Collection
from local.stack import Stack
from models.payloads.events import LoggedEvent, ToolCompleted, ToolFailed
from models.payloads.turn import Outcome
from tests.adapters.llm.wire import Wire, answer, sending, serving
from tests.adapters.web_search.recorded import SEARXNG
from tests.knowledge.conftest import add_space
from tests.knowledge.shelf import Book, Shelf
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


GUIDE = 'We say "guests", never "users". Never use "leverage". No exclamation marks.'
RIVALS = (
    "Acme asks 20 dollars a month: its pricing is flat.",
    "Bolt is positioned as the fast one.",
)


async def put(here: Lab, *texts: str, collection: str = "general") -> None:
    if collection != "general":
        await PostgresCollections(here.database).create(here.scope, Collection(collection))
    embedder = here.adapters.embedders.default
    vectors, _ = await embedder.embed(texts)
    book = Book(texts, vectors, title="Notes", model=embedder.name, collection=collection)
    await Shelf(here.database, here.scope).put(book)


async def test_a_draft_is_held_against_the_guide_of_its_space(everywhere: Lab) -> None:
    here = await replace(everywhere, scope=await add_space(everywhere.database)).beside()
    call = '@offline call=tone_checker args={"text": "Our users leverage it!"}'
    before = await here.send(f"Check it.\n{call}", agent=BRAND)
    said = ended(await here.ended(before.turn_id), "tone_checker")
    assert isinstance(said, ToolCompleted), said
    assert "has no style guide" in said.result

    await put(here, GUIDE, collection="brand")
    after = await here.send(f"And now?\n{call}", agent=BRAND)
    events = await here.ended(after.turn_id)
    said = [one.event for one in events if isinstance(one.event, ToolCompleted)][-1]
    assert "“leverage” is to be avoided" in said.result
    assert "exclamation marks end 100%" in said.result
    assert [source.collection for source in said.sources] == ["brand"]


async def test_competitors_are_compared_by_the_spaces_documents(everywhere: Lab) -> None:
    here = await replace(everywhere, scope=await add_space(everywhere.database)).beside()
    await put(here, *RIVALS)
    arguments = '{"competitors": ["Acme", "Bolt", "Zorg"], "aspects": ["pricing"]}'
    call = f"@offline call=compare_competitors args={arguments}"
    result = await here.send(f"Compare.\n{call}", agent=STRATEGIST)
    said = ended(await here.ended(result.turn_id), "compare_competitors")
    assert isinstance(said, ToolCompleted), said
    row = next(line for line in said.result.splitlines() if line.startswith("| pricing"))
    acme, _, zorg = (cell.strip() for cell in row.split("|")[2:5])
    assert acme.startswith("[")
    assert zorg == "nothing found"
    assert RIVALS[0] in said.result


async def test_a_deployment_without_a_provider_says_so(stack: Stack) -> None:
    async with lab(stack) as here:
        result = await here.send(f"Which shoes?\n{SEARCH}", agent=SEO)
        failed = ended(await here.ended(result.turn_id), "web_search")
        assert isinstance(failed, ToolFailed), failed
        assert "not set up in this deployment" in failed.detail
        assert "HOLDFAST_WEB_SEARCH__PROVIDER" in failed.detail
