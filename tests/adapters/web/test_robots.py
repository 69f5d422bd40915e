"""What a site's owner asks of robots is asked for once, and kept to."""

import asyncio
from datetime import timedelta

import httpx2
import pytest

from adapters.web.fetcher import HttpFetcher, Patience
from adapters.web.robots import KEPT, KEPT_AWAY, MOST_BYTES, MOST_SITES, Robots
from models.errors import AppError, InvalidError, UnavailableError
from tests.adapters.web.site import SOON, Behaviour, Site, fetcher_for, plain, redirect, served

PAGES: dict[str, bytes | Behaviour] = {"/open": plain(b"open"), "/shut/page": plain(b"shut")}


async def fetched(fetcher: HttpFetcher, site: Site, path: str) -> bytes | str:
    try:
        return (await fetcher.fetch(site.url(path), most_bytes=99, within=SOON)).data
    except AppError as error:
        return error.code


@pytest.mark.parametrize(
    ("text", "shut"),
    [
        (b"User-agent: *\nDisallow: /shut/", "url_robots"),
        (b"user-agent: holdfastbot\ndisallow: /shut", "url_robots"),
        (b"User-agent: *\nDisallow: /\n\nUser-agent: HoldfastBot\nDisallow: /shut/", "url_robots"),
        (b"User-agent: *\nDisallow: /s*t/\nAllow: /open", "url_robots"),
        (b"User-agent: *\nDisallow: /shut/\nAllow: /shut/page", b"shut"),
        (b"User-agent: OtherBot\nDisallow: /", b"shut"),
        (b"<!doctype html><p>Not found", b"shut"),
        (b"\xff\xfe\x00junk: \x00", b"shut"),
        (b"", b"shut"),
    ],
)
async def test_rules_are_kept_to(text: bytes, shut: bytes | str) -> None:
    async with served({**PAGES, "/robots.txt": plain(text)}) as site:
        fetcher = fetcher_for(site)
        assert await fetched(fetcher, site, "/shut/page") == shut
        assert await fetched(fetcher, site, "/open") == b"open"
        assert site.asked.count("/robots.txt") == 1


@pytest.mark.parametrize(
    "status", ["404 Not Found", "403 Forbidden", "410 Gone", "400 Bad Request"]
)
async def test_a_site_without_rules_allows_everything(status: str) -> None:
    async with served({**PAGES, "/robots.txt": plain(b"no", status=status)}) as site:
        assert await fetched(fetcher_for(site), site, "/open") == b"open"


@pytest.mark.parametrize(
    "answer",
    [
        plain(b"", status="500 Internal Server Error"),
        plain(b"", "Retry-After: 77", status="503 Service Unavailable"),
        plain(b"", status="429 Too Many Requests"),
        b"no HTTP at all\r\n\r\n",
    ],
)
async def test_a_site_that_cannot_say_forbids_everything_for_now(answer: bytes) -> None:
    async with served({**PAGES, "/robots.txt": answer}) as site:
        fetcher = fetcher_for(site)
        with pytest.raises(UnavailableError) as caught:
            await fetcher.fetch(site.url("/open"), most_bytes=99, within=SOON)
        assert caught.value.code == "url_unavailable"
        assert caught.value.retryable
        assert "/open" not in site.asked
        # A hundred documents of one site do not ask it a hundred times.
        assert await fetched(fetcher, site, "/open") == "url_unavailable"
        assert site.asked.count("/robots.txt") == 1
    if b"77" in answer:
        assert caught.value.retry_after == 77


async def test_a_site_whose_rules_hang_forbids_everything_for_now() -> None:
    async def hang(writer: asyncio.StreamWriter) -> None:
        await asyncio.Event().wait()

    async with served({**PAGES, "/robots.txt": hang}) as site:
        fetcher = fetcher_for(site, patience=Patience(robots=0.2))
        assert await fetched(fetcher, site, "/open") == "url_unavailable"


async def test_rules_may_be_redirected_to() -> None:
    pages = {"/robots.txt": redirect("/rules"), "/rules": plain(b"User-agent: *\nDisallow: /shut/")}
    async with served({**PAGES, **pages}) as site:
        assert await fetched(fetcher_for(site), site, "/shut/page") == "url_robots"


async def test_rules_that_are_redirected_for_ever_forbid_nothing() -> None:
    pages = {"/robots.txt": redirect("/a"), "/a": redirect("/b"), "/b": redirect("/a")}
    async with served({**PAGES, **pages}) as site:
        assert await fetched(fetcher_for(site), site, "/open") == b"open"


async def test_a_redirect_to_a_page_that_is_shut_is_not_followed() -> None:
    pages = {
        "/robots.txt": plain(b"User-agent: *\nDisallow: /shut/"),
        "/page": redirect("/shut/page"),
    }
    async with served({**PAGES, **pages}) as site:
        assert await fetched(fetcher_for(site), site, "/page") == "url_robots"
        assert "/shut/page" not in site.asked


async def test_only_the_beginning_of_endless_rules_is_read() -> None:
    rules = b"User-agent: *\nDisallow: /shut/\n" + b"#" * 3_000_000
    async with served({**PAGES, "/robots.txt": plain(rules)}) as site:
        fetcher = fetcher_for(site)
        assert await fetched(fetcher, site, "/shut/page") == "url_robots"
        assert await fetched(fetcher, site, "/open") == b"open"


class Clock:
    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


class Owner:
    """A site's rules, and how often they were asked for."""

    def __init__(self, text: str) -> None:
        self.text: str | None = text
        self.asked = 0

    async def __call__(self, url: httpx2.URL) -> str:
        self.asked += 1
        if self.text is None:
            raise UnavailableError("away", code="url_unavailable")
        return self.text


async def test_rules_are_asked_for_again_when_they_are_old() -> None:
    clock, owner = Clock(), Owner("User-agent: *\nDisallow: /")
    robots, url = Robots("HoldfastBot", clock=clock), httpx2.URL("https://a.example/")
    for _ in range(3):
        with pytest.raises(InvalidError):
            await robots.permit(url, owner, patience=1)
    assert owner.asked == 1

    clock.now += KEPT
    owner.text = None
    with pytest.raises(UnavailableError):
        await robots.permit(url, owner, patience=1)
    clock.now += KEPT_AWAY
    owner.text = ""
    await robots.permit(url, owner, patience=1)
    assert owner.asked == 3


async def test_each_site_has_rules_of_its_own() -> None:
    robots, shut, open_ = Robots("HoldfastBot"), Owner("User-agent: *\nDisallow: /"), Owner("")
    with pytest.raises(InvalidError):
        await robots.permit(httpx2.URL("https://a.example/"), shut, patience=1)
    for other in ("http://a.example/", "https://a.example:444/", "https://b.example/"):
        await robots.permit(httpx2.URL(other), open_, patience=1)
    assert open_.asked == 3


async def test_a_delay_is_kept_to_or_the_caller_told_to_come_later() -> None:
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    clock, owner = Clock(), Owner("User-agent: *\nCrawl-delay: 3")
    robots, url = Robots("HoldfastBot", clock=clock, sleep=sleep), httpx2.URL("https://a.example/")
    await robots.permit(url, owner, patience=10)
    await robots.permit(url, owner, patience=10)
    await robots.permit(url, owner, patience=10)
    assert slept == [0, 3, 6]
    with pytest.raises(UnavailableError) as caught:
        await robots.permit(url, owner, patience=5)
    assert caught.value.retry_after == 9


async def test_what_is_remembered_of_sites_is_bounded() -> None:
    robots, small = Robots("HoldfastBot"), Owner("")
    for number in range(MOST_SITES + 50):
        await robots.permit(httpx2.URL(f"https://a{number}.example/"), small, patience=1)
    assert len(robots._sites) == MOST_SITES
    large = Owner("#" * 500_000)
    for number in range(30):
        await robots.permit(httpx2.URL(f"https://b{number}.example/"), large, patience=1)
    assert sum(len(site.text) for site in robots._sites.values()) == robots._bytes <= MOST_BYTES


async def test_a_file_made_to_keep_the_parser_busy_does_not_hold_up_others() -> None:
    made = Owner("User-agent: *\nDisallow: /a*b*c$\n" * 15_000)
    robots = Robots("HoldfastBot")
    judging = asyncio.create_task(
        robots.permit(httpx2.URL("https://a.example/" + "abc" * 500), made, patience=1)
    )
    turns = 0
    while not judging.done():
        await asyncio.sleep(0.001)
        turns += 1
    with pytest.raises(InvalidError):
        await judging
    assert turns >= 5


async def test_a_fetch_that_may_not_wait_so_long_says_when_to_come() -> None:
    rules = plain(b"User-agent: *\nCrawl-delay: 5")
    async with served({**PAGES, "/robots.txt": rules}) as site:
        fetcher = fetcher_for(site)
        first, second = (
            fetcher.fetch(site.url("/open"), most_bytes=99, within=timedelta(seconds=2))
            for _ in range(2)
        )
        assert (await first).data == b"open"
        with pytest.raises(UnavailableError) as caught:
            await second
    assert caught.value.retry_after is not None
    assert 0 < caught.value.retry_after <= 5
