"""No answer without a good token, one space, and the right to it."""

from uuid import uuid4

import pytest

from domain.ports.identity import Role
from models.errors import UnavailableError
from models.payloads.scope import Scope
from tests.api.conftest import Scene
from tests.api.fakes.callers import a_caller


@pytest.mark.parametrize(
    ("authorization", "code"),
    [
        (None, "unauthenticated"),
        ("", "unauthenticated"),
        ("Basic abc", "unauthenticated"),
        ("Bearer", "unauthenticated"),
        ("Bearer foreign", "token_invalid"),
        ("Bearer expired", "token_expired"),
    ],
)
async def test_a_request_without_a_good_token_is_told_to_sign_in(
    scene: Scene, authorization: str | None, code: str
) -> None:
    del scene.client.headers["authorization"]
    headers = {} if authorization is None else {"authorization": authorization}
    answer = await scene.client.get("/v1/conversations", headers=headers)

    assert (answer.status_code, answer.json()["code"]) == (401, code)
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert answer.headers["content-type"] == "application/problem+json"


async def test_two_authorization_headers_are_refused(scene: Scene) -> None:
    headers = [("authorization", "Bearer good"), ("authorization", "Bearer good")]
    del scene.client.headers["authorization"]
    answer = await scene.client.get("/v1/conversations", headers=headers)
    assert answer.json()["code"] == "unauthenticated"


@pytest.mark.parametrize(
    ("spaces", "code"),
    [
        ([], "space_required"),
        ([""], "space_invalid"),
        (["main"], "space_invalid"),
        (["{00000000-0000-4000-8000-000000000000}"], "space_invalid"),
        (["00000000000040008000000000000000"], "space_invalid"),
        (["00000000-0000-4000-8000-000000000000"] * 2, "space_invalid"),
    ],
)
async def test_a_space_is_named_once_and_as_a_uuid(
    scene: Scene, spaces: list[str], code: str
) -> None:
    del scene.client.headers["x-space-id"]
    headers = [("x-space-id", space) for space in spaces]
    answer = await scene.client.get("/v1/conversations", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (400, code)


async def test_a_good_space_named_twice_is_refused_all_the_same(scene: Scene) -> None:
    mine = str(scene.scope.space_id)
    answer = await scene.client.get("/v1/conversations", headers=[("x-space-id", mine)] * 2)
    assert answer.json()["code"] == "space_invalid"


async def test_a_foreign_space_is_forbidden(scene: Scene) -> None:
    answer = await scene.client.get("/v1/conversations", headers={"x-space-id": str(uuid4())})
    assert (answer.status_code, answer.json()["code"]) == (403, "space_forbidden")
    assert scene.fakes.spaces.mirrored == []


@pytest.mark.parametrize(
    ("role", "method", "path", "body"),
    [
        (Role.VIEWER, "POST", "/v1/conversations", {}),
        (Role.VIEWER, "POST", "/v1/messages", {"content": "hello"}),
        (Role.VIEWER, "POST", "/v1/runs", {"input": "hello"}),
        (Role.VIEWER, "POST", "/v1/documents", {"text": "hello"}),
    ],
)
async def test_a_role_that_is_too_small_is_refused(
    scene: Scene, role: Role, method: str, path: str, body: dict[str, str]
) -> None:
    answer = await scene.client.request(method, path, json=body, headers=scene.sign_in(role))
    assert (answer.status_code, answer.json()["code"]) == (403, "role_required")


async def test_what_another_space_has_looks_as_if_it_did_not_exist(scene: Scene) -> None:
    other = Scope(organisation_id=scene.scope.organisation_id, space_id=uuid4())
    scene.fakes.verifier.callers["other"] = a_caller(other)
    theirs = {"authorization": "Bearer other", "x-space-id": str(other.space_id)}
    conversation = await scene.conversation()

    for path in ("", "/messages", "/events", "/summary", "/sessions"):
        foreign = await scene.client.get(f"/v1/conversations/{conversation}{path}", headers=theirs)
        unknown = await scene.client.get(f"/v1/conversations/{uuid4()}{path}")
        assert foreign.status_code == unknown.status_code == 404
        assert foreign.json()["code"] == unknown.json()["code"] == "conversation_not_found"
    listed = await scene.client.get("/v1/conversations", headers=theirs)
    assert listed.json() == {"items": [], "next_cursor": None}


async def test_a_space_is_mirrored_before_anything_is_written_in_it(scene: Scene) -> None:
    await scene.conversation()
    assert scene.fakes.spaces.mirrored == [scene.scope]


async def test_a_store_that_is_away_says_when_to_come_back(scene: Scene) -> None:
    scene.fakes.spaces.failure = UnavailableError("Away.", code="store_unavailable")
    answer = await scene.client.get("/v1/conversations")
    assert (answer.status_code, answer.json()["code"]) == (503, "store_unavailable")
    assert answer.headers["retry-after"] == "2"
