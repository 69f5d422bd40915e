"""An https page is asked for by its name, and must prove to have it."""

import ssl
from pathlib import Path

import pytest

from models.errors import AppError, InvalidError, UnavailableError
from tests.adapters.web.certificates import server_and_client
from tests.adapters.web.site import SOON, Names, fetcher_for, plain, redirect, served


async def test_the_name_is_sent_and_the_certificate_is_checked(tmp_path: Path) -> None:
    server, client = server_and_client(tmp_path, "pages.example")
    said: list[str | None] = []
    server.sni_callback = lambda _, name, __: said.append(name)
    names = Names(**{"other.example": ["127.0.0.1"]})
    async with served({"/page": plain(b"safe")}, tls=server) as site:
        fetcher = fetcher_for(site, names=names, certificates=client)
        address = f"https://pages.example:{site.port}/page"
        fetched = await fetcher.fetch(address, most_bytes=99, within=SOON)
        assert fetched.data == b"safe"
        assert said == ["pages.example"]

        for stranger in ("other.example", "127.0.0.1"):
            with pytest.raises(UnavailableError) as caught:
                await fetcher.fetch(
                    f"https://{stranger}:{site.port}/page", most_bytes=99, within=SOON
                )
            assert (caught.value.code, caught.value.retryable) == ("url_unavailable", False)


async def test_a_certificate_of_nobody_is_refused(tmp_path: Path) -> None:
    server, _ = server_and_client(tmp_path, "pages.example")
    async with served({"/page": plain(b"x")}, tls=server) as site:
        with pytest.raises(AppError) as caught:
            await fetcher_for(site).fetch(
                f"https://pages.example:{site.port}/page", most_bytes=99, within=SOON
            )
    assert (caught.value.code, caught.value.retryable) == ("url_unavailable", False)
    assert "/page" not in site.asked


async def test_a_redirect_from_https_to_http_is_not_followed(tmp_path: Path) -> None:
    server, client = server_and_client(tmp_path, "pages.example")
    async with served({"/page": plain(b"x")}) as open_site:
        pages = {"/page": redirect(open_site.url("/page"))}
        async with served({**pages}, tls=server) as site:
            with pytest.raises(InvalidError) as caught:
                await fetcher_for(site, open_site, certificates=client).fetch(
                    f"https://pages.example:{site.port}/page", most_bytes=99, within=SOON
                )
    assert caught.value.code == "url_redirects"
    assert open_site.connections == 0


async def test_what_the_environment_says_of_proxies_is_not_heard(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with served({"/page": plain(b"straight")}) as site, served() as proxy:
        for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.url("", host="127.0.0.1"))
        monkeypatch.setenv("no_proxy", "")
        fetched = await fetcher_for(site).fetch(site.url("/page"), most_bytes=99, within=SOON)
    assert fetched.data == b"straight"
    assert proxy.connections == 0


def test_the_default_certificates_are_checked() -> None:
    fetcher = fetcher_for(certificates=None)
    assert fetcher._certificates.verify_mode is ssl.CERT_REQUIRED
    assert fetcher._certificates.check_hostname
