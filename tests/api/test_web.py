"""The app's pages beside the API."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest

from api.edge import build
from api.site import Site
from api.web import POLICY
from tests.api.fakes.everything import Fakes

PAGE = "<!doctype html><title>App</title>"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    built = tmp_path / "dist"
    (built / "assets").mkdir(parents=True)
    (built / "index.html").write_text(PAGE)
    (built / "theme.js").write_text("theme()")
    (built / "assets" / "index-abc.js").write_text("app()")
    (built / "assets" / "index-abc.js.gz").write_bytes(b"zipped")
    (built / "assets" / "inter.woff2").write_bytes(b"font")
    (tmp_path / "secret.txt").write_text("secret")
    (built / "link.txt").symlink_to(tmp_path / "secret.txt")
    return built


def visitor(site: Site, base: str = "http://127.0.0.1:1") -> httpx2.AsyncClient:
    transport = httpx2.ASGITransport(build(Fakes().ports(), site=site))
    headers = {"accept-encoding": "identity"}
    return httpx2.AsyncClient(transport=transport, base_url=base, headers=headers)


@pytest.fixture
async def client(folder: Path) -> AsyncIterator[httpx2.AsyncClient]:
    async with visitor(Site(folder=folder)) as client:
        yield client


@pytest.mark.parametrize("path", ["/", "/inbox", "/c/1/turns/2", "/agents/a.b", "/index.html"])
async def test_an_address_of_the_app_is_its_page(client: httpx2.AsyncClient, path: str) -> None:
    answer = await client.get(path, headers={"accept": "text/html,*/*"})

    assert (answer.status_code, answer.text) == (200, PAGE)
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["cache-control"] == "no-cache"


async def test_a_page_runs_what_this_site_serves_and_nothing_else(
    client: httpx2.AsyncClient,
) -> None:
    headers = (await client.get("/")).headers

    assert headers["content-security-policy"] == POLICY
    assert "unsafe" not in POLICY
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-frame-options"] == "DENY"
    assert headers["x-content-type-options"] == "nosniff"
    assert "strict-transport-security" not in headers


async def test_over_tls_the_browser_is_told_to_stay_there(folder: Path) -> None:
    for site, base in (
        (Site(folder=folder), "https://agents.example.org"),
        (Site(("https://agents.example.org",), folder), "http://10.0.0.1:8000"),
    ):
        async with visitor(site, base) as client:
            headers = (await client.get("/")).headers
        assert headers["strict-transport-security"] == "max-age=31536000"


@pytest.mark.parametrize(
    ("path", "kind", "kept"),
    [
        ("/theme.js", "text/javascript; charset=utf-8", "no-cache"),
        ("/assets/index-abc.js", "text/javascript; charset=utf-8", "immutable"),
        ("/assets/inter.woff2", "font/woff2", "immutable"),
    ],
)
async def test_a_file_has_its_type_and_stays_as_long_as_its_name_says(
    client: httpx2.AsyncClient, path: str, kind: str, kept: str
) -> None:
    answer = await client.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (200, kind)
    assert kept in answer.headers["cache-control"]
    known = {"if-none-match": answer.headers["etag"]}
    assert (await client.get(path, headers=known)).status_code == 304
    head = await client.head(path)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == str(len(answer.content))


async def test_what_was_compressed_before_goes_to_who_reads_that(
    client: httpx2.AsyncClient,
) -> None:
    async with client.stream(
        "GET", "/assets/index-abc.js", headers={"accept-encoding": "gzip, br"}
    ) as answer:
        raw = b"".join([part async for part in answer.aiter_raw()])
    assert raw == b"zipped"
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
    plain = await client.get("/assets/index-abc.js")
    assert (plain.text, plain.headers["vary"]) == ("app()", "accept-encoding")


@pytest.mark.parametrize(
    "path", ["/v1/nothing", "/v1", "/docs/nothing", "/metrics/nothing", "/.well-known/openid"]
)
async def test_a_path_of_the_api_that_leads_nowhere_is_no_page(
    client: httpx2.AsyncClient, path: str
) -> None:
    answer = await client.get(path, headers={"accept": "text/html"})
    assert (answer.status_code, answer.json()["code"]) == (404, "route_not_found")


@pytest.mark.parametrize(
    "path",
    [
        "/assets/gone-123.js",
        "/gone.js",
        "/../secret.txt",
        "/%2e%2e/secret.txt",
        "/assets/..%2f..%2fsecret.txt",
        "/link.txt",
        "//etc/passwd.txt",
        "/a%00.txt",
    ],
)
async def test_what_is_not_in_the_folder_is_not_served(
    client: httpx2.AsyncClient, path: str
) -> None:
    answer = await client.get(path)
    assert answer.status_code == 404
    assert "secret" not in answer.text


async def test_nothing_is_sent_to_a_page(client: httpx2.AsyncClient) -> None:
    assert (await client.post("/inbox")).status_code == 404
    assert (await client.delete("/v1/conversations")).status_code == 405


async def test_before_it_is_built_its_page_says_how(tmp_path: Path) -> None:
    async with visitor(Site(folder=tmp_path / "dist")) as client:
        answer = await client.get("/")
        missing = await client.get("/assets/index.js")

    assert answer.status_code == 200
    assert "npm run build" in answer.text
    assert answer.headers["content-security-policy"] == POLICY
    assert missing.status_code == 404


async def test_the_apis_own_pages_load_nothing_from_elsewhere(client: httpx2.AsyncClient) -> None:
    page = await client.get("/docs")
    assert page.headers["content-security-policy"] == POLICY
    assert "//" not in page.text.replace("</", "")
    for name, kind in (
        ("swagger-ui-bundle.js", "text/javascript; charset=utf-8"),
        ("start.js", "text/javascript; charset=utf-8"),
        ("swagger-ui.css", "text/css; charset=utf-8"),
    ):
        file = await client.get(f"/docs/{name}")
        assert (file.status_code, file.headers["content-type"]) == (200, kind)
        assert f"/docs/{name}" in page.text
    for name in ("__init__.py", "..%2f__init__.py", "%2e%2e"):
        assert (await client.get(f"/docs/{name}")).status_code == 404
