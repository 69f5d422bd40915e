"""Pages come as they are; answers that are made to harm come to a named end."""

import asyncio
import gzip
from datetime import timedelta

import pytest

from adapters.web.fetcher import Patience
from models.errors import AppError, InvalidError, TooLargeError, UnavailableError
from tests.adapters.web.site import SOON, Behaviour, Names, fetcher_for, plain, redirect, served
from tests.waiting import until

PAGE = b"<!doctype html><title>Brand</title><h1>Brand</h1><p>Blue is ours.</p>"


async def failure(
    page: bytes | Behaviour,
    *,
    most: int = 100_000,
    within: timedelta = SOON,
    patience: Patience | None = None,
) -> AppError:
    async with served({"/page": page}) as site:
        with pytest.raises(AppError) as caught:
            await fetcher_for(site, patience=patience).fetch(
                site.url("/page"), most_bytes=most, within=within
            )
    return caught.value


async def test_a_page_comes_with_its_address_kind_and_name() -> None:
    async with served({"/a/brand?x=1": plain(PAGE, media_type="text/html; charset=utf-8")}) as site:
        fetched = await fetcher_for(site).fetch(
            site.url("/a/brand?x=1#blue"), most_bytes=1_000, within=SOON
        )
    assert fetched.data == PAGE
    assert fetched.url == site.url("/a/brand?x=1")
    assert fetched.media_type == "text/html"
    assert fetched.name == "brand.html"


async def test_a_request_says_who_comes_and_carries_nothing_else() -> None:
    pages: dict[str, bytes | Behaviour] = {
        "/a": plain(b"", "Location: /b", "Set-Cookie: seen=1", status="302 Found"),
        "/b": plain(PAGE),
    }
    async with served(pages) as site:
        await fetcher_for(site).fetch(site.url("/a"), most_bytes=1_000, within=SOON)
    for head in site.heads:
        names = {line.partition(":")[0].lower() for line in head.split("\r\n")[1:] if line}
        assert names == {"host", "user-agent", "accept", "accept-encoding"}
        assert f"Host: pages.example:{site.port}" in head
        assert "User-Agent: HoldfastBot/" in head


async def test_redirects_are_followed_up_to_five() -> None:
    hops: dict[str, bytes | Behaviour] = {f"/{hop}": redirect(f"/{hop + 1}") for hop in range(6)}
    hops |= {"/6": plain(PAGE), "/page": redirect("/1")}
    async with served(hops) as site:
        fetcher = fetcher_for(site)
        fetched = await fetcher.fetch(site.url("/1"), most_bytes=1_000, within=SOON)
        assert fetched.url == site.url("/6")
        with pytest.raises(InvalidError) as caught:
            await fetcher.fetch(site.url("/0"), most_bytes=1_000, within=SOON)
    assert caught.value.code == "url_redirects"


@pytest.mark.parametrize(
    ("location", "code"),
    [
        ("/page", "url_redirects"),
        ("http://[broken", "url_invalid"),
        ("file:///etc/passwd", "url_forbidden"),
        ("http://127.0.0.1/", "url_forbidden"),
        ("http://pages.example:22/", "url_forbidden"),
        ("http://user:word@pages.example/", "url_invalid"),
        ("", "url_redirects"),
    ],
)
async def test_a_redirect_that_leads_astray_is_not_followed(location: str, code: str) -> None:
    assert (await failure(redirect(location))).code == code


async def test_a_redirect_without_end_ends() -> None:
    async def onwards(writer: asyncio.StreamWriter) -> None:
        site.pages[f"/{len(site.asked)}"] = onwards
        writer.write(redirect(f"/{len(site.asked)}"))

    async with served({"/page": onwards}) as site:
        with pytest.raises(InvalidError) as caught:
            await fetcher_for(site).fetch(site.url("/page"), most_bytes=9, within=SOON)
    assert caught.value.code == "url_redirects"
    assert len(site.asked) == 7  # robots.txt, the page, five redirects


@pytest.mark.parametrize(
    ("status", "kind", "code", "retryable"),
    [
        ("401 Unauthorized", InvalidError, "url_refused", False),
        ("403 Forbidden", InvalidError, "url_refused", False),
        ("451 Unavailable For Legal Reasons", InvalidError, "url_refused", False),
        ("404 Not Found", InvalidError, "url_not_found", False),
        ("410 Gone", InvalidError, "url_not_found", False),
        ("418 Teapot", InvalidError, "url_failed", False),
        ("204 No Content", InvalidError, "url_failed", False),
        ("304 Not Modified", InvalidError, "url_failed", False),
        ("429 Too Many Requests", UnavailableError, "url_unavailable", True),
        ("500 Internal Server Error", UnavailableError, "url_unavailable", True),
        ("503 Service Unavailable", UnavailableError, "url_unavailable", True),
    ],
)
async def test_each_status_has_its_meaning(
    status: str, kind: type[AppError], code: str, *, retryable: bool
) -> None:
    error = await failure(plain(b"", status=status))
    assert (type(error), error.code, error.retryable) == (kind, code, retryable)


async def test_a_server_that_asks_to_wait_is_heard() -> None:
    error = await failure(plain(b"", "Retry-After: 17", status="429 Too Many Requests"))
    assert error.retry_after == 17


async def test_a_server_that_says_nothing_is_left() -> None:
    async def hang(writer: asyncio.StreamWriter) -> None:
        await asyncio.Event().wait()

    error = await failure(hang, patience=Patience(silence=0.2))
    assert error.code == "url_timeout"


async def test_a_server_that_drips_is_left_at_the_end_of_the_time() -> None:
    async def drip(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n")
        while True:
            writer.write(b"drop ")
            await writer.drain()
            await asyncio.sleep(0.02)

    error = await failure(drip, within=timedelta(seconds=0.6), patience=Patience(silence=0.3))
    assert error.code == "url_timeout"


async def test_headers_that_drip_are_left_as_well() -> None:
    async def drip(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        while True:
            writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            await writer.drain()
            await asyncio.sleep(0.01)

    error = await failure(drip, within=timedelta(seconds=0.5))
    assert error.code == "url_timeout"


async def test_a_body_beyond_the_limit_is_not_read() -> None:
    error = await failure(plain(b"x" * 5_000), most=4_999)
    assert (type(error), error.code) == (TooLargeError, "url_too_large")


async def test_a_body_that_hides_its_length_is_cut_at_the_limit() -> None:
    async def flood(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n")
        while True:
            writer.write(b"x" * 65_536)
            await writer.drain()

    assert (await failure(flood, most=1_000_000)).code == "url_too_large"


async def test_a_compressed_page_comes_plain() -> None:
    packed = plain(gzip.compress(PAGE), "Content-Encoding: gzip", media_type="text/html")
    async with served({"/page": packed}) as site:
        fetched = await fetcher_for(site).fetch(site.url("/page"), most_bytes=1_000, within=SOON)
    assert fetched.data == PAGE


async def test_a_bomb_is_measured_by_what_comes_out_of_it() -> None:
    bomb = gzip.compress(bytes(50_000_000))
    assert len(bomb) < 100_000
    assert (await failure(plain(bomb, "Content-Encoding: gzip"))).code == "url_too_large"


@pytest.mark.parametrize("encoding", ["gzip, gzip", "br", "zstd", "gzip,identity,gzip", "evil"])
async def test_an_encoding_that_was_not_asked_for_is_refused(encoding: str) -> None:
    error = await failure(plain(gzip.compress(b"x"), f"Content-Encoding: {encoding}"))
    assert error.code == "url_failed"


def _chunked(*pieces: bytes) -> bytes:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n"
    return head + b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces)


BROKEN = {
    "a header of 200 KB": b"HTTP/1.1 200 OK\r\nX: " + b"x" * 200_000 + b"\r\n\r\n",
    "a chunk of no length": _chunked(b"good").replace(b"4\r\n", b"zz\r\n", 1),
    "a length that is not kept": plain(b"short").replace(b"Length: 5", b"Length: 500"),
    "two lengths": plain(b"short", "Content-Length: 4"),
    "a line that is no status": b"ICY 200 OK\r\n\r\n",
    "bytes": bytes(range(256)) * 10,
    "gzip that is none": plain(b"not packed at all", "Content-Encoding: gzip"),
    "no answer": b"",
}


@pytest.mark.parametrize("case", BROKEN)
async def test_an_answer_that_cannot_be_read_is_a_named_failure(case: str) -> None:
    async def send(writer: asyncio.StreamWriter) -> None:
        writer.write(BROKEN[case])
        await writer.drain()
        writer.close()

    error = await failure(send)
    assert (error.code, error.retryable) == ("url_unavailable", True)


async def test_a_hundred_headers_too_many_are_refused() -> None:
    error = await failure(plain(b"x", *(f"X-{number}: 1" for number in range(300))))
    assert error.code == "url_failed"


async def test_a_body_in_countless_pieces_is_refused_before_it_costs_us() -> None:
    error = await failure(_chunked(*([b"x"] * 100_000), b""), most=1_000_000)
    assert error.code == "url_failed"


async def test_a_page_in_many_fair_pieces_is_read() -> None:
    lines = [b"A line of a page that is flushed as it is made.\n"] * 5_000
    async with served({"/page": _chunked(*lines, b"")}) as site:
        fetched = await fetcher_for(site).fetch(
            site.url("/page"), most_bytes=1_000_000, within=SOON
        )
    assert fetched.data == b"".join(lines)


async def test_a_name_without_addresses_may_have_some_later() -> None:
    with pytest.raises(UnavailableError) as caught:
        await fetcher_for().fetch("http://nowhere.example/", most_bytes=9, within=SOON)
    assert (caught.value.code, caught.value.retryable) == ("url_unavailable", True)


async def test_a_server_that_is_down_may_be_up_later() -> None:
    async with served() as site:
        pass
    with pytest.raises(UnavailableError) as caught:
        await fetcher_for(site).fetch(site.url(), most_bytes=9, within=SOON)
    assert caught.value.code == "url_unavailable"


async def test_the_second_address_is_tried_when_the_first_is_down() -> None:
    async with served({"/page": plain(PAGE)}) as site:
        fetcher = fetcher_for(
            site,
            names=Names(twice=["127.0.0.9", "127.0.0.1"]),
            addresses=("127.0.0.9", "127.0.0.1"),
        )
        fetched = await fetcher.fetch(site.url("/page", host="twice"), most_bytes=99, within=SOON)
    assert fetched.data == PAGE


async def test_a_crowd_waits_for_its_turn_within_its_time() -> None:
    reached, goes_on = asyncio.Event(), asyncio.Event()

    async def hang(writer: asyncio.StreamWriter) -> None:
        reached.set()
        await goes_on.wait()
        writer.write(plain(PAGE))

    async with served({"/page": plain(PAGE), "/hang": hang}) as site:

        async def fetch(path: str, within: timedelta = SOON) -> bytes:
            return (await fetcher.fetch(site.url(path), most_bytes=99, within=within)).data

        fetcher = fetcher_for(site, at_once=1)
        first = asyncio.create_task(fetch("/hang"))
        await until(reached.is_set)
        with pytest.raises(InvalidError) as caught:
            await fetch("/page", timedelta(seconds=0.3))
        second = asyncio.create_task(fetch("/page"))
        await asyncio.sleep(0)  # now it waits
        goes_on.set()
        assert (await first, await second) == (PAGE, PAGE)
    assert caught.value.code == "url_timeout"
