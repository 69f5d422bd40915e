"""Nothing inside is reached, however it is spelled and by whatever way it is led to."""

import socket
import ssl
import threading
from collections.abc import AsyncIterator
from contextlib import closing
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.web.address import Address, is_ours, is_public, networks
from adapters.web.fetcher import HttpFetcher
from adapters.web.guard import Rule
from adapters.web.resolver import Resolver, SystemResolver
from models.errors import AppError, InvalidError
from tests.adapters.web.inside import ELSEWHERE, LOOPBACK, Canary, canary
from tests.adapters.web.site import EMPTY, SOON, Names, fetcher_for, plain, redirect, served


@pytest.fixture
async def bird() -> AsyncIterator[Canary]:
    async with canary() as bird:
        yield bird


def open_to(bird: Canary, resolver: Resolver) -> HttpFetcher:
    """The default rule, but for the port: only the address stands between it and the canary."""
    return HttpFetcher(resolver, Rule(ports=frozenset({bird.port})), certificates=EMPTY)


async def attempt(fetcher: HttpFetcher, url: str) -> AppError:
    with pytest.raises(AppError) as caught:
        await fetcher.fetch(url, most_bytes=1_000, within=SOON)
    return caught.value


async def test_no_notation_of_an_inside_address_is_connected_to(bird: Canary) -> None:
    hosts = LOOPBACK + ELSEWHERE
    assert len(set(hosts)) >= 100
    resolver = SystemResolver()
    with closing(resolver):
        codes = {
            host: (await attempt(open_to(bird, resolver), f"http://{host}:{bird.port}/")).code
            for host in hosts
        }
    assert bird.connections == 0
    # Some are no addresses, or names that nobody has: none is let past.
    assert set(codes.values()) <= {"url_forbidden", "url_invalid", "url_unavailable"}
    plainly = ("127.0.0.1", "2130706433", "0x7f.1", "[::1]", "localhost", "169.254.169.254")
    assert {codes[host] for host in plainly} == {"url_forbidden"}


async def test_the_canary_sings_for_a_fetcher_without_the_rule(bird: Canary) -> None:
    class Careless(Rule):
        def permits(self, address: Address, port: int) -> bool:
            return True

    resolver = SystemResolver()
    with closing(resolver):
        fetcher = HttpFetcher(resolver, Careless(ports=frozenset({bird.port})), certificates=EMPTY)
        for host in ("127.1", "0x7f000001", "localhost", "2130706433", "[::1]"):
            await fetcher.fetch(f"http://{host}:{bird.port}/", most_bytes=99, within=SOON)
    assert bird.connections >= 5


async def test_a_redirect_inside_is_refused(bird: Canary) -> None:
    names = Names(inside=["127.0.0.1"])
    for target in (
        f"http://inside:{bird.port}/",
        f"http://127.0.0.1:{bird.port}/",
        f"//inside:{bird.port}/",
        f"http://[::1]:{bird.port}/",
    ):
        async with served({"/page": redirect(target)}) as site:
            fetcher = fetcher_for(site, names=names)
            # Its port is not what stops it: pretend that the rule has it.
            object.__setattr__(fetcher._rule, "ports", frozenset({80, 443, bird.port}))
            assert (await attempt(fetcher, site.url("/page"))).code == "url_forbidden"
    assert bird.connections == 0


async def test_a_robots_file_that_leads_inside_is_refused(bird: Canary) -> None:
    pages = {"/robots.txt": redirect(f"http://127.0.0.1:{bird.port}/"), "/page": plain(b"x")}
    async with served({**pages}) as site:
        fetcher = fetcher_for(site)
        object.__setattr__(fetcher._rule, "ports", frozenset({80, 443, bird.port}))
        assert (await attempt(fetcher, site.url("/page"))).code == "url_forbidden"
    assert bird.connections == 0


async def test_one_answer_inside_spoils_the_public_ones_beside_it(bird: Canary) -> None:
    for answers in (["8.8.8.8", "127.0.0.1"], ["127.0.0.1", "8.8.8.8"], ["2a00::1", "::1"]):
        fetcher = open_to(bird, Names(mixed=answers))
        error = await attempt(fetcher, f"http://mixed:{bird.port}/")
        assert error.code == "url_forbidden"
        assert not any(answer in error.detail for answer in answers)
    assert bird.connections == 0


class Changing:
    """A name whose address is another at each question."""

    def __init__(self, *answers: str) -> None:
        self._answers = list(answers)
        self.asked = 0

    async def resolve(self, host: str, port: int) -> list[Address]:
        self.asked += 1
        return [ip_address(self._answers[min(self.asked, len(self._answers)) - 1])]


async def test_an_answer_that_changes_gains_nothing(bird: Canary) -> None:
    """What is asked for is resolved once for each connection, and connected to as checked."""
    async with served({"/page": plain(b"public")}) as site:
        names = Changing("127.0.0.1", "127.0.0.5", "::1")
        allowed = frozenset({(ip_address("127.0.0.1"), site.port)})
        fetcher = HttpFetcher(names, Rule(allowed=allowed), certificates=EMPTY)
        fetched = await fetcher.fetch(site.url("/page"), most_bytes=99, within=SOON)
        assert fetched.data == b"public"
        # robots.txt and the page came over one connection: the name was not asked for again.
        assert (names.asked, site.connections) == (1, 1)
        # And when it is, what it leads to then is checked as well.
        assert (await attempt(fetcher, site.url("/page"))).code == "url_forbidden"
        assert site.connections == 1


async def test_a_port_that_is_not_for_pages_is_refused_before_anything_is_asked() -> None:
    names = Names(public=["8.8.8.8"])
    fetcher = HttpFetcher(names, certificates=EMPTY)
    for port in (22, 25, 6379, 5432, 8080, 0):
        assert (await attempt(fetcher, f"http://public:{port}/")).code == "url_forbidden"
    assert names.asked == 0


async def test_a_site_that_is_allowed_is_so_at_its_own_port_alone() -> None:
    allowed = frozenset({(ip_address("10.1.2.3"), 8080)})
    rule = Rule(allowed=allowed)
    assert rule.permits(ip_address("10.1.2.3"), 8080)
    assert not rule.permits(ip_address("10.1.2.3"), 80)
    assert not rule.permits(ip_address("10.1.2.4"), 8080)
    assert not rule.permits(ip_address("8.8.8.8"), 8080)


def test_networks_of_ones_own_that_look_public_can_be_refused() -> None:
    rule = Rule(refused=networks(["8.8.8.0/24", "2a00:1450::/32"]))
    assert not rule.permits(ip_address("8.8.8.8"), 80)
    assert not rule.permits(ip_address("2a00:1450::1"), 443)
    assert rule.permits(ip_address("8.8.4.4"), 80)


def test_addresses_of_this_machine_are_known() -> None:
    assert is_ours(ip_address("127.0.0.1"))
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as probe:
        probe.bind(("127.0.0.1", 0))
    assert not is_ours(ip_address("8.8.8.8"))


@pytest.mark.parametrize("text", ["1.1.1.1", "8.8.8.8", "93.184.216.34", "2606:4700::1111"])
def test_public_addresses_are_public(text: str) -> None:
    assert is_public(ip_address(text))
    assert is_public(ip_address("64:ff9b::808:808"))


@given(st.integers(min_value=0, max_value=2**32 - 1))
def test_no_ipv4_address_is_public_that_python_calls_otherwise(number: int) -> None:
    address = IPv4Address(number)
    if is_public(address):
        assert address.is_global
        assert not any((address.is_multicast, address.is_reserved, address.is_loopback))


@given(st.integers(min_value=0, max_value=2**128 - 1) | st.integers(0, 2**64))
def test_no_ipv6_address_is_public_that_python_calls_otherwise(number: int) -> None:
    address = IPv6Address(number)
    if is_public(address):
        assert address.is_global
        assert address in IPv6Network("2000::/3") or address in IPv6Network("64:ff9b::/96")
        assert address.ipv4_mapped is None
        assert address.sixtofour is None
        assert address.teredo is None


@given(
    st.ip_addresses(v=4).filter(lambda address: not is_public(address)),
    st.sampled_from(["::ffff:{}", "::{}", "64:ff9b::{}", "::ffff:0:{}", "2a00::5efe:{}"]),
)
def test_no_wrapping_makes_an_inside_address_public(address: IPv4Address, wrap: str) -> None:
    assert not is_public(ip_address(wrap.format(address)))


def _carried(address: IPv4Address) -> IPv6Address:
    return IPv6Address((0x2002 << 112) | (int(address) << 80) | 1)


@given(st.ip_addresses(v=4))
def test_6to4_is_refused_with_any_address_in_it(address: IPv4Address) -> None:
    assert not is_public(_carried(address))


_INSIDE = st.ip_addresses(v=4, network="127.0.0.0/8").map(int)


def _spelled(number: int, parts: int, bases: list[int]) -> str:
    """inet_aton's ways: one to four parts, the last takes what is left, each in its base."""
    octets = [number >> 24, number >> 16 & 255, number >> 8 & 255, number & 255]
    last = int.from_bytes(bytes(octets[parts - 1 :]), "big")
    values = [*octets[: parts - 1], last]
    forms = {8: "0{:o}", 10: "{}", 16: "0x{:x}"}
    return ".".join(forms[base].format(value) for value, base in zip(values, bases, strict=False))


@given(_INSIDE, st.integers(1, 4), st.lists(st.sampled_from([8, 10, 16]), min_size=4, max_size=4))
async def test_no_spelling_of_a_loopback_address_is_permitted(
    number: int, parts: int, bases: list[int]
) -> None:
    resolver = SystemResolver()
    with closing(resolver):
        try:
            addresses = await resolver.resolve(_spelled(number, parts, bases), 80)
        except OSError:
            return
    assert addresses
    assert not any(Rule().permits(address, 80) for address in addresses)


async def test_a_silent_name_server_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    released = threading.Event()

    def silent(*_: object, **__: object) -> list[object]:
        released.wait(60)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", silent)
    resolver = SystemResolver(seconds=0.01)
    try:
        with closing(resolver), pytest.raises(OSError, match="no name server answers"):
            await resolver.resolve("pages.example", 80)
    finally:
        released.set()


@pytest.mark.parametrize("number", [socket.EAI_NONAME, socket.EAI_AGAIN])
async def test_a_name_that_nobody_has_is_not_asked_for_again(
    monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def refusing(*_: object, **__: object) -> list[object]:
        raise socket.gaierror(number, "refused")

    monkeypatch.setattr(socket, "getaddrinfo", refusing)
    resolver = SystemResolver()
    with closing(resolver):
        error = await attempt(HttpFetcher(resolver, certificates=EMPTY), "http://pages.example/")
    assert (error.code, error.retryable) == ("url_unavailable", number == socket.EAI_AGAIN)


async def test_a_hostile_url_is_refused_by_name_before_it_is_resolved() -> None:
    names = Names()
    fetcher = HttpFetcher(names, certificates=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))
    for url in (
        "ftp://pages.example/",
        "file:///etc/passwd",
        "gopher://127.0.0.1:6379/_FLUSHALL",
        "javascript:alert(1)",
        "data:text/html,x",
        "http://",
        "http:/pages.example",
        "pages.example",
        "http://pages.example/\r\nHost: inside",
        "http://pages.example/\x00",
        "http://pages.example/a b",
        "http://pages.example/\u202egpj.exe",
        "http://" + "a" * 2_000 + ".example/",
        "http://pages.example:99999/",
        "http://pages.example:-1/",
        "http://[::1",
        "http://" + ".".join(["a" * 64, "example"]) + "/",
        "",
    ):
        with pytest.raises(InvalidError) as caught:
            await fetcher.fetch(url, most_bytes=9, within=SOON)
        assert caught.value.code in {"url_invalid", "url_forbidden"}, url
    assert names.asked == 0
