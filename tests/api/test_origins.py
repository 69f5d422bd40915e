"""Other people's pages call where their organisation lets them, and read nothing elsewhere."""

from uuid import uuid4

import httpx2
import pytest

from domain.ports.identity import Role
from models.errors import UnavailableError
from models.payloads.scope import Scope
from tests.api.conftest import Scene
from tests.api.fakes.callers import a_caller

PAGE = "https://app.example.org"
ALLOWED = "access-control-allow-origin"
FROM_PAGE = {"origin": PAGE}


async def preflight(
    scene: Scene, origin: str = PAGE, path: str = "/v1/messages", asks: str = "authorization"
) -> httpx2.Response:
    headers = {
        "origin": origin,
        "access-control-request-method": "POST",
        "access-control-request-headers": asks,
    }
    # Whoever asks for a browser's page has said nothing of themselves.
    for name in ("authorization", "x-space-id"):
        scene.client.headers.pop(name, None)
    return await scene.client.options(path, headers=headers)


async def let_in(scene: Scene, *origins: str) -> httpx2.Response:
    return await scene.client.put("/v1/origins", json={"origins": list(origins)})


async def test_admins_say_from_where_pages_may_call(scene: Scene) -> None:
    put = await let_in(scene, "https://b.example", "HTTPS://App.Example.org:443", PAGE)
    assert put.json() == {"origins": [PAGE, "https://b.example"]}
    assert (await scene.client.get("/v1/origins")).json() == put.json()

    for role in (Role.VIEWER, Role.MEMBER, Role.APPROVER):
        headers = scene.sign_in(role)
        refused = await scene.client.put("/v1/origins", json={"origins": []}, headers=headers)
        assert (refused.status_code, refused.json()["code"]) == (403, "role_required")
        assert (await scene.client.get("/v1/origins", headers=headers)).status_code == 403


@pytest.mark.parametrize(
    "origin",
    [
        *("*", "null", "", "https://*", "https://*.example.org", "https://example.org/"),
        *("https://example.org/path", "https://user@example.org", "ftp://example.org"),
        *("example.org", "https://example.org:0", "https://example.org:70000", "https://"),
        *(
            "https://example.org\n",
            "https://ex\u00e4mple.org",
            "https://a.example https://b.example",
        ),
        "javascript:alert(1)",
    ],
)
async def test_what_is_no_exact_origin_is_refused(scene: Scene, origin: str) -> None:
    refused = await let_in(scene, origin)
    assert (refused.status_code, refused.json()["code"]) == (422, "origin_invalid")


async def test_there_are_twenty_at_most(scene: Scene) -> None:
    many = [f"https://a{number}.example" for number in range(21)]
    assert (await let_in(scene, *many)).status_code == 422
    assert (await let_in(scene, *many[:20])).status_code == 200


async def test_a_browser_may_ask_for_a_page_that_somebody_let_in(scene: Scene) -> None:
    await let_in(scene, PAGE)
    answer = await preflight(scene, asks="authorization, x-stainless-lang, x-evil")

    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers[ALLOWED] == PAGE
    assert answer.headers["vary"] == "Origin"
    assert "access-control-allow-credentials" not in answer.headers
    asked = {name.strip() for name in answer.headers["access-control-allow-headers"].split(",")}
    assert {"Authorization", "X-Space-Id", "Last-Event-ID", "Idempotency-Key"} <= asked
    assert "x-stainless-lang" in asked
    assert "x-evil" not in asked
    assert "PATCH" in answer.headers["access-control-allow-methods"]


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "https://app.example.org.evil.example", "x" * 5_000]
)
async def test_a_browser_may_not_ask_for_other_pages(scene: Scene, origin: str) -> None:
    await let_in(scene, PAGE)
    answer = await preflight(scene, origin)
    assert (answer.status_code, answer.json()["code"]) == (403, "origin_foreign")
    assert ALLOWED not in answer.headers
    assert answer.headers["vary"] == "Origin"


async def test_a_page_reads_what_its_own_organisation_answers(scene: Scene) -> None:
    await let_in(scene, PAGE)
    answer = await scene.client.get("/v1/conversations", headers=FROM_PAGE)

    assert answer.headers[ALLOWED] == PAGE
    assert "origin" in answer.headers["vary"].lower()
    assert "access-control-allow-credentials" not in answer.headers
    exposed = answer.headers["access-control-expose-headers"]
    assert {"X-Request-Id", "X-RateLimit-Remaining", "X-Turn-Id"} <= set(exposed.split(", "))


async def test_a_page_does_not_read_what_another_organisation_answers(scene: Scene) -> None:
    await let_in(scene, PAGE)
    other = Scope(organisation_id=uuid4(), space_id=uuid4())
    scene.fakes.verifier.callers["other"] = a_caller(other)
    theirs = {"authorization": "Bearer other", "x-space-id": str(other.space_id), **FROM_PAGE}
    answer = await scene.client.get("/v1/conversations", headers=theirs)

    assert answer.status_code == 200
    assert ALLOWED not in answer.headers
    assert "origin" in answer.headers["vary"].lower()


async def test_a_page_learns_why_it_was_refused(scene: Scene) -> None:
    await let_in(scene, PAGE)
    expired = {"authorization": "Bearer expired"}
    refused = await scene.client.get("/v1/conversations", headers={**expired, **FROM_PAGE})
    assert (refused.status_code, refused.headers[ALLOWED]) == (401, PAGE)
    stranger = {**expired, "origin": "https://evil.example"}
    assert ALLOWED not in (await scene.client.get("/v1/conversations", headers=stranger)).headers
    elsewhere = {"x-space-id": str(uuid4()), **FROM_PAGE}
    forbidden = await scene.client.get("/v1/conversations", headers=elsewhere)
    assert (forbidden.status_code, forbidden.headers[ALLOWED]) == (403, PAGE)


async def test_a_page_reads_streams_too_also_by_ticket(scene: Scene) -> None:
    await let_in(scene, PAGE)
    conversation = await scene.conversation()
    issued = await scene.client.post(
        "/v1/stream-tickets", json={"conversation_id": str(conversation)}
    )
    path = f"/v1/conversations/{conversation}/events"
    async with scene.client.stream("GET", path, headers=FROM_PAGE) as answer:
        assert answer.headers[ALLOWED] == PAGE
    for name in ("authorization", "x-space-id"):
        del scene.client.headers[name]
    asked = {"ticket": issued.json()["ticket"]}
    async with scene.client.stream("GET", path, params=asked, headers=FROM_PAGE) as answer:
        assert (answer.status_code, answer.headers[ALLOWED]) == (200, PAGE)


async def test_a_cookie_lets_no_other_page_read(scene: Scene) -> None:
    await let_in(scene, PAGE)
    person = scene.fakes.people.add("Ada", a_caller(scene.scope))
    for name in ("authorization", "x-space-id"):
        del scene.client.headers[name]
    await scene.client.post("/v1/session", json={"person": str(person.id)})
    answer = await scene.client.get("/v1/conversations", headers=FROM_PAGE)

    assert answer.status_code == 200
    assert ALLOWED not in answer.headers


async def test_our_own_pages_need_nobodys_leave(scene: Scene) -> None:
    own = {"origin": str(scene.client.base_url).rstrip("/")}
    answer = await scene.client.get("/v1/conversations", headers=own)
    assert ALLOWED not in answer.headers
    assert scene.fakes.origins.asked == 0


async def test_a_flood_of_questions_is_asked_of_the_store_once(scene: Scene) -> None:
    page = f"https://{uuid4().hex}.example"
    await let_in(scene, page)
    for _ in range(5):
        assert (await preflight(scene, page)).status_code == 204
    assert scene.fakes.origins.asked == 1


async def test_without_the_store_nothing_is_let_in_and_answers_stay(scene: Scene) -> None:
    page = f"https://{uuid4().hex}.example"
    scene.fakes.origins.failure = UnavailableError("Away.", code="store_unavailable")
    answer = await scene.client.get("/v1/conversations", headers={"origin": page})
    assert answer.status_code == 200
    assert ALLOWED not in answer.headers
    refused = await preflight(scene, page)
    assert (refused.status_code, refused.json()["code"]) == (503, "store_unavailable")
