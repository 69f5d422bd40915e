"""A browser's session: begun, used, ended, and never anybody else's."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import httpx2
import pytest

from api.cookies import COOKIE, SECURE_COOKIE
from api.site import Site
from domain.ports.identity import Role
from tests.api.conftest import Scene
from tests.api.fakes.callers import a_caller

PUBLIC = "https://agents.example.org"


@pytest.fixture
def browser(scene: Scene) -> httpx2.AsyncClient:
    """No token; it keeps cookies, and says where its pages come from."""
    scene.client.headers.pop("authorization")
    scene.client.headers.pop("x-space-id")
    scene.client.headers["origin"] = str(scene.client.base_url).rstrip("/")
    return scene.client


@pytest.fixture
def public(scene: Scene) -> Iterator[None]:
    """People's browsers come by TLS, to a proxy before the edge."""
    before = scene.app.state.site
    scene.app.state.site = Site(origins=(PUBLIC,))
    yield
    scene.app.state.site = before


def somebody(scene: Scene, *more: UUID) -> str:
    return str(scene.fakes.people.add("Ada", a_caller(scene.scope, Role.ADMIN, *more)).id)


async def signed_in(scene: Scene, browser: httpx2.AsyncClient, *more: UUID) -> dict[str, Any]:
    answer = await browser.post("/v1/session", json={"person": somebody(scene, *more)})
    assert answer.status_code == 200
    view: dict[str, Any] = answer.json()
    return view


async def test_who_may_be_chosen_is_told_while_nobody_is_signed_in(
    scene: Scene, browser: httpx2.AsyncClient
) -> None:
    person = somebody(scene)
    told = (await browser.get("/v1/session")).json()

    assert (told["signed_in"], told["csrf"]) == (False, None)
    assert told["people"] == [
        {"id": person, "name": "Ada", "role": "admin", "organisation": "Some"}
    ]


async def test_a_person_who_signs_in_may_read_and_change(
    scene: Scene, browser: httpx2.AsyncClient
) -> None:
    begun = await signed_in(scene, browser)
    again = (await browser.get("/v1/session")).json()

    assert again == {**begun, "people": []}
    assert begun["spaces"] == [{"id": str(scene.scope.space_id), "name": "space", "role": "admin"}]
    assert (await browser.get("/v1/conversations")).status_code == 200
    made = await browser.post("/v1/conversations", headers={"x-csrf-token": begun["csrf"]})
    assert made.status_code == 201


async def test_the_cookie_is_out_of_reach_of_scripts_and_of_other_sites(
    scene: Scene, browser: httpx2.AsyncClient
) -> None:
    answer = await browser.post("/v1/session", json={"person": somebody(scene)})
    name, *flags = answer.headers["set-cookie"].split("; ")

    assert name.startswith(f"{COOKIE}=")
    assert {flag.lower() for flag in flags if "=" not in flag or "ath" in flag} == {
        *("httponly", "path=/")
    }
    assert "samesite=lax" in answer.headers["set-cookie"].lower()
    assert "domain" not in answer.headers["set-cookie"].lower()


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"x-csrf-token": ""},
        {"x-csrf-token": "guessed"},
        {"x-csrf-token": "\u00e9"},
        {"x-csrf-token": "RIGHT", "origin": "https://evil.example"},
        {"x-csrf-token": "RIGHT", "origin": "null"},
    ],
)
async def test_a_change_that_our_page_did_not_ask_for_is_refused(
    scene: Scene, browser: httpx2.AsyncClient, headers: dict[str, str]
) -> None:
    csrf = (await signed_in(scene, browser))["csrf"]
    sent = {name: value.replace("RIGHT", csrf).encode() for name, value in headers.items()}
    answer = await browser.post("/v1/conversations", headers=sent)  # type: ignore[arg-type]  # bytes are sent as they are

    assert (answer.status_code, answer.json()["code"]) == (403, "csrf_invalid")


async def test_a_browser_that_says_that_another_site_sent_it_is_refused(
    scene: Scene, browser: httpx2.AsyncClient
) -> None:
    csrf = (await signed_in(scene, browser))["csrf"]
    del browser.headers["origin"]
    headers = {"x-csrf-token": csrf, "sec-fetch-site": "same-site"}
    answer = await browser.post("/v1/conversations", headers=headers)
    assert answer.json()["code"] == "csrf_invalid"


async def test_another_sessions_csrf_token_does_not_do(
    scene: Scene, browser: httpx2.AsyncClient
) -> None:
    first = await signed_in(scene, browser)
    await signed_in(scene, browser)
    answer = await browser.post("/v1/conversations", headers={"x-csrf-token": first["csrf"]})
    assert answer.json()["code"] == "csrf_invalid"


@pytest.mark.parametrize("origin", ["https://evil.example", "null"])
async def test_nobody_is_signed_in_by_another_sites_page(
    scene: Scene, browser: httpx2.AsyncClient, origin: str
) -> None:
    answer = await browser.post(
        "/v1/session", json={"person": somebody(scene)}, headers={"origin": origin}
    )
    assert (answer.status_code, answer.json()["code"]) == (403, "origin_foreign")
    assert scene.fakes.sessions.open == {}


async def test_a_name_that_was_made_to_point_here_signs_nobody_in(
    scene: Scene, browser: httpx2.AsyncClient
) -> None:
    rebound = {"host": "evil.example:80", "origin": "http://evil.example:80"}
    person = somebody(scene)
    answer = await browser.post("/v1/session", json={"person": person}, headers=rebound)

    assert (answer.status_code, answer.json()["code"]) == (403, "origin_foreign")
    assert (await browser.get("/v1/session", headers=rebound)).json()["people"] == []


async def test_a_session_that_was_there_before_is_not_taken_over(
    scene: Scene, browser: httpx2.AsyncClient
) -> None:
    await signed_in(scene, browser)
    planted = browser.cookies[COOKIE]
    await signed_in(scene, browser)

    assert browser.cookies[COOKIE] != planted
    assert list(scene.fakes.sessions.open) == [browser.cookies[COOKIE]]


async def test_a_cookie_that_the_browser_made_up_is_no_session(
    scene: Scene, browser: httpx2.AsyncClient
) -> None:
    await signed_in(scene, browser)
    browser.cookies.clear()
    browser.cookies.set(COOKIE, "chosen by an attacker")
    answer = await browser.get("/v1/conversations")

    assert (answer.status_code, answer.json()["code"]) == (401, "session_ended")
    told = await browser.get("/v1/session")
    assert told.json()["signed_in"] is False
    assert "max-age=0" in told.headers["set-cookie"].lower()


async def test_of_two_cookies_of_the_name_neither_counts(
    scene: Scene, browser: httpx2.AsyncClient
) -> None:
    await signed_in(scene, browser)
    mine = browser.cookies[COOKIE]
    browser.cookies.clear()
    answer = await browser.get(
        "/v1/conversations", headers={"cookie": f"{COOKIE}={mine}; {COOKIE}=tossed"}
    )
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")


async def test_a_token_wins_over_a_cookie(scene: Scene, browser: httpx2.AsyncClient) -> None:
    await signed_in(scene, browser)
    with_token = {"authorization": "Bearer good", "x-space-id": str(scene.scope.space_id)}

    assert (await browser.post("/v1/conversations", headers=with_token)).status_code == 201
    bad = await browser.get("/v1/conversations", headers={"authorization": "Bearer foreign"})
    assert bad.json()["code"] == "token_invalid"
    told = (await browser.get("/v1/session", headers=with_token)).json()
    assert (told["user"]["id"], told["csrf"]) == (str(scene.caller.user_id), None)


async def test_with_several_spaces_a_request_says_which(
    scene: Scene, browser: httpx2.AsyncClient
) -> None:
    other = uuid4()
    await signed_in(scene, browser, other)

    assert (await browser.get("/v1/conversations")).json()["code"] == "space_required"
    chosen = await browser.get("/v1/conversations", headers={"x-space-id": str(other)})
    assert chosen.status_code == 200
    foreign = await browser.get("/v1/conversations", headers={"x-space-id": str(uuid4())})
    assert (foreign.status_code, foreign.json()["code"]) == (403, "space_forbidden")


async def test_a_good_token_begins_a_session_and_a_bad_one_does_not(
    scene: Scene, browser: httpx2.AsyncClient
) -> None:
    begun = await browser.post("/v1/session", json={"token": "good"})
    assert begun.json()["user"]["id"] == str(scene.caller.user_id)
    assert (await browser.get("/v1/conversations")).status_code == 200

    for token, code in (("foreign", "token_invalid"), ("expired", "token_expired")):
        refused = await browser.post("/v1/session", json={"token": token})
        assert (refused.status_code, refused.json()["code"]) == (401, code)


@pytest.mark.parametrize("body", [{}, {"person": str(uuid4()), "token": "good"}, {"person": 1}])
async def test_one_says_a_person_or_a_token(
    scene: Scene, browser: httpx2.AsyncClient, body: dict[str, object]
) -> None:
    assert (await browser.post("/v1/session", json=body)).status_code == 422
    unknown = await browser.post("/v1/session", json={"person": str(uuid4())})
    assert (unknown.status_code, unknown.json()["code"]) == (401, "person_unknown")


async def test_who_signs_out_is_signed_out(scene: Scene, browser: httpx2.AsyncClient) -> None:
    begun = await signed_in(scene, browser)
    kept = browser.cookies[COOKIE]
    refused = await browser.delete("/v1/session")
    assert (refused.status_code, refused.json()["code"]) == (403, "csrf_invalid")

    ended = await browser.delete("/v1/session", headers={"x-csrf-token": begun["csrf"]})
    assert ended.status_code == 204
    assert COOKIE not in browser.cookies
    reused = await browser.get("/v1/conversations", headers={"cookie": f"{COOKIE}={kept}"})
    assert reused.json()["code"] == "session_ended"
    assert (await browser.delete("/v1/session")).status_code == 204


async def test_who_signs_out_everywhere_is_signed_out_in_other_browsers(
    scene: Scene, browser: httpx2.AsyncClient
) -> None:
    begun = await signed_in(scene, browser)
    caller = next(iter(scene.fakes.sessions.open.values())).caller
    elsewhere, _ = await scene.fakes.sessions.begin(caller)
    stranger, _ = await scene.fakes.sessions.begin(a_caller(scene.scope))
    headers = {"x-csrf-token": begun["csrf"]}

    await browser.delete("/v1/session", params={"everywhere": "true"}, headers=headers)

    assert elsewhere not in scene.fakes.sessions.open
    assert stranger in scene.fakes.sessions.open


async def test_behind_tls_the_cookie_belongs_to_this_host_alone(
    scene: Scene,
    browser: httpx2.AsyncClient,
    public: None,
) -> None:
    headers = {"origin": PUBLIC, "host": "agents.example.org"}
    answer = await browser.post("/v1/session", json={"person": somebody(scene)}, headers=headers)
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith(f"{SECURE_COOKIE}=")
    assert {"secure", "path=/"} <= {part.lower() for part in cookie.split("; ")}

    secret = cookie.partition("=")[2].partition(";")[0]
    kept = {**headers, "cookie": f"{SECURE_COOKIE}={secret}"}
    assert (await browser.get("/v1/conversations", headers=kept)).status_code == 200
    # Over plain HTTP, or from a neighbouring name, somebody could have set this one.
    tossed = {**headers, "cookie": f"{COOKIE}={secret}"}
    answer = await browser.get("/v1/conversations", headers=tossed)
    assert answer.json()["code"] == "unauthenticated"
