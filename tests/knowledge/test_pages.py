"""Pages that a message names: fetched, read, ranked, kept for their space alone."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import uuid5

import pytest
from redis.asyncio import Redis

from activities.pages import AT_ONCE, Pages, PagesFound
from adapters.events.connection import connect
from adapters.parsing.process import ChildParser
from adapters.web.page_cache import LARGEST, PLACES, RedisPages
from domain.page_ranking import ranked
from domain.ports.knowledge import NewPassage
from domain.ports.pages import Page
from local.stack import Stack
from models.payloads.scope import Scope
from tests.adapters.web.hurried import Hurried
from tests.adapters.web.site import Behaviour, Site, fetcher_for, plain, redirect, served
from tests.knowledge.material import a_scope
from tests.waiting import until

GUIDE = b"""<!doctype html><html><head><title>Brand guide</title></head><body><main>
<h1>Brand guide</h1><p>Everything about how we look.</p>
<h1>Colours</h1><p>Our blue is Pantone 2945, used on vans and on letterheads.</p>
<h1>Voice</h1><p>We speak plainly and never shout at readers.</p>
</main></body></html>"""
NOTES = b"# Meeting\n\nThe launch of the autumn campaign moved to October.\n"


@pytest.fixture(scope="module")
async def redis(stack: Stack) -> AsyncIterator[Redis]:
    # As long as an answer takes: of one that is late nothing would be kept.
    redis = Redis.from_url(stack.redis_url, protocol=2)
    yield redis
    await redis.aclose()


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    pages: dict[str, bytes | Behaviour] = {
        "/guide": plain(GUIDE, media_type="text/html"),
        "/notes.md": plain(NOTES),
    }
    async with served(pages) as site:
        yield site


WITHIN = timedelta(minutes=1)
"""Longer than the parser itself waits: the first page brings up its nursery, for seconds."""


def reading(site: Site, parser: ChildParser, redis: Redis) -> Pages:
    return Pages(fetcher_for(site), parser, RedisPages(redis), within=WITHIN)


async def asked(pages: Pages, message: str, *, scope: Scope | None = None) -> PagesFound:
    return await pages.find(scope or a_scope(), message, message, most=3)


async def test_the_passage_that_answers_comes_first_with_its_source(
    site: Site, parser: ChildParser, redis: Redis
) -> None:
    scope = a_scope()
    url = site.url("/guide")
    message = f"Which blue do our vans have? It is in [the guide]({url})."
    found = await asked(reading(site, parser, redis), message, scope=scope)

    assert (found.addresses, found.error) == (1, None)
    best = found.passages[0]
    assert "Pantone 2945" in best.text
    assert "Pantone 2945" in best.source.snippet
    assert best.source.title == "Brand guide"
    assert best.source.heading == "Colours"
    assert best.source.url == url
    assert best.source.document_id == uuid5(scope.space_id, url)
    assert [passage.source.mark for passage in found.passages] == [1, 2, 3]
    assert best.source.score == 1.0
    assert all(0 <= passage.source.score < 1 for passage in found.passages[1:])
    assert len({passage.source.passage_id for passage in found.passages}) == 3


async def test_a_message_that_asks_nothing_gets_the_page_from_its_beginning(
    site: Site, parser: ChildParser, redis: Redis
) -> None:
    found = await asked(reading(site, parser, redis), site.url("/guide"))
    assert [passage.source.heading for passage in found.passages] == [
        "Brand guide",
        "Colours",
        "Voice",
    ]


async def test_a_message_without_addresses_has_nothing_to_do(
    site: Site, parser: ChildParser, redis: Redis
) -> None:
    assert await asked(reading(site, parser, redis), "Which blue?") == PagesFound()
    assert site.connections == 0


async def test_one_page_that_fails_is_named_and_the_others_answer(
    site: Site, parser: ChildParser, redis: Redis
) -> None:
    missing, inside = site.url("/missing"), "http://169.254.169.254/latest/meta-data"
    message = f"When is the launch? {missing} {inside} {site.url('/notes.md')}"
    found = await asked(reading(site, parser, redis), message)

    assert "October" in found.passages[0].text
    assert {failure.url: failure.code for failure in found.failures} == {
        missing: "url_not_found",
        inside: "url_forbidden",
    }
    assert found.error == "url_not_found"


async def test_a_page_that_hangs_costs_the_time_and_no_more(
    site: Site, parser: ChildParser, redis: Redis
) -> None:
    async def hang(writer: asyncio.StreamWriter) -> None:
        await asyncio.Event().wait()

    site.pages["/hang"] = hang
    fetcher = Hurried(fetcher_for(site), site.url("/hang"))
    pages = Pages(fetcher, parser, RedisPages(redis), within=WITHIN)
    await asked(pages, site.url("/notes.md"))
    found = await asked(pages, f"{site.url('/hang')} {site.url('/guide')}")
    assert [failure.code for failure in found.failures] == ["url_timeout"]
    assert found.passages[0].source.title == "Brand guide"


async def test_a_page_of_another_kind_than_it_says_is_read_as_what_it_is(
    site: Site, parser: ChildParser, redis: Redis
) -> None:
    site.pages["/page.php"] = plain(GUIDE, media_type="application/octet-stream")
    site.pages["/junk"] = plain(b"\x00\x01\x02" * 100, media_type="text/html")
    found = await asked(
        reading(site, parser, redis), f"{site.url('/page.php')} {site.url('/junk')}"
    )
    assert found.passages[0].source.title == "Brand guide"
    assert [failure.code for failure in found.failures] == ["document_type_mismatch"]


async def test_a_page_is_fetched_once_for_a_space_and_anew_for_another(
    site: Site, parser: ChildParser, redis: Redis
) -> None:
    pages, scope = reading(site, parser, redis), a_scope()
    first = await asked(pages, f"{site.url('/guide')} blue", scope=scope)
    again = await asked(pages, f"{site.url('/guide')} blue", scope=scope)
    assert site.asked.count("/guide") == 1
    assert again == first

    other = await asked(pages, f"{site.url('/guide')} blue")
    assert site.asked.count("/guide") == 2
    mine = {passage.source.passage_id for passage in first.passages}
    assert mine.isdisjoint(passage.source.passage_id for passage in other.passages)
    # Of this space alone: another test's may run out between the two questions.
    [key] = [key async for key in redis.scan_iter(f"*{scope.space_id}*:page:*")]
    assert key.decode().startswith("{")
    assert 0 < await redis.ttl(key) <= 600


async def test_pages_are_fetched_while_the_question_is_still_worded(
    site: Site, parser: ChildParser, redis: Redis
) -> None:
    async def worded() -> str:
        assert "/notes.md" in site.asked
        return "When is the launch?"

    pages = reading(site, parser, redis)
    found = await pages.find(a_scope(), site.url("/notes.md"), worded, most=1)
    assert "October" in found.passages[0].text
    assert await pages.find(a_scope(), "no address", worded, most=1) == PagesFound()


async def test_two_addresses_of_one_page_give_its_passages_once(
    site: Site, parser: ChildParser, redis: Redis
) -> None:
    site.pages["/old"] = redirect("/guide")
    found = await asked(reading(site, parser, redis), f"{site.url('/old')} {site.url('/guide')}")
    assert len({passage.text for passage in found.passages}) == len(found.passages) == 3


async def test_a_cache_that_is_away_costs_a_fetch(site: Site, parser: ChildParser) -> None:
    nobody = connect("redis://127.0.0.1:1/0")
    found = await asked(reading(site, parser, nobody), f"{site.url('/guide')} blue")
    await nobody.aclose()
    assert "Pantone" in found.passages[0].text


async def test_what_was_kept_damaged_is_fetched_again(
    site: Site, parser: ChildParser, redis: Redis
) -> None:
    pages, scope = reading(site, parser, redis), a_scope()
    await asked(pages, site.url("/guide"), scope=scope)
    async for key in redis.scan_iter(f"{{{scope.space_id}}}:*"):
        await redis.set(key, b'{"address": 1}')
    assert (await asked(pages, site.url("/guide"), scope=scope)).passages
    assert site.asked.count("/guide") == 2


async def test_a_space_has_so_many_places_for_pages_and_no_more(redis: Redis) -> None:
    cache, scope = RedisPages(redis), a_scope()
    page = Page("https://a.example/", "A", (NewPassage(0, "text", "", 0, 4),))
    for number in range(100):
        await cache.keep(scope, f"https://a.example/{number}", page)
    keys = [key async for key in redis.scan_iter(f"{{{scope.space_id}}}:*")]
    assert len(keys) == PLACES
    await cache.keep(scope, "huge", Page("u", "A", (NewPassage(0, "x" * LARGEST, "", 0, 4),)))
    assert await cache.get(scope, "huge") is None


async def test_a_space_that_reads_many_pages_is_told_to_wait(
    site: Site, parser: ChildParser, redis: Redis
) -> None:
    waiting = asyncio.Event()

    async def hang(writer: asyncio.StreamWriter) -> None:
        await waiting.wait()
        writer.write(plain(NOTES))

    paths = [f"/{number}" for number in range(AT_ONCE)]
    site.pages.update(dict.fromkeys(paths, hang))
    site.pages["/robots.txt"] = plain(b"")
    pages, scope = reading(site, parser, redis), a_scope()
    crowd = [asyncio.create_task(asked(pages, site.url(path), scope=scope)) for path in paths]
    await until(lambda: sum(path in site.asked for path in paths) == AT_ONCE)
    crowded = await asked(pages, site.url("/guide"), scope=scope)
    other = await asked(pages, site.url("/guide"))
    waiting.set()
    assert crowded.error == "pages_crowded"
    assert other.error is None
    assert all(found.passages for found in await asyncio.gather(*crowd))


def test_ranking_knows_rare_words_from_those_on_every_passage() -> None:
    texts = ["brand brand brand colours", "brand and voice", "brand, a blue of its own"]
    passages = [NewPassage(index, text, "", 0, 9) for index, text in enumerate(texts)]
    assert ranked("the blue of the brand", passages, 1)[0] == (2, 1.0)
    assert ranked("nothing shared", passages, 2) == [(0, 0.0), (1, 0.0)]
    assert ranked("blue", passages, 0) == []
    assert ranked("blue", [], 5) == []
