"""Keys that programs call with."""

from typing import Any
from uuid import uuid4

import pytest

from domain.ports.identity import Role
from tests.api.conftest import Scene


async def made(scene: Scene, **fields: object) -> dict[str, Any]:
    answer = await scene.client.post("/v1/api-keys", json={"name": "Job", **fields})
    assert answer.status_code == 201
    view: dict[str, Any] = answer.json()
    return view


def bearing(key: str) -> dict[str, str]:
    return {"authorization": f"Bearer {key}"}


async def test_a_key_is_shown_once_and_listed_by_its_first_characters(scene: Scene) -> None:
    shown = await made(scene, role="viewer")
    key = shown.pop("key")
    listed = (await scene.client.get("/v1/api-keys")).json()

    assert listed == {"items": [shown]}
    assert key.startswith(shown["prefix"])
    assert key not in str(listed)
    assert shown["user_id"] == str(scene.caller.user_id)


async def test_a_key_needs_no_space_header_and_may_name_its_own(scene: Scene) -> None:
    key = (await made(scene))["key"]
    own = str(scene.scope.space_id)
    del scene.client.headers["x-space-id"]

    assert (await scene.client.get("/v1/conversations", headers=bearing(key))).status_code == 200
    named = {**bearing(key), "x-space-id": own}
    assert (await scene.client.post("/v1/conversations", headers=named)).status_code == 201
    foreign = {**bearing(key), "x-space-id": str(uuid4())}
    refused = await scene.client.get("/v1/conversations", headers=foreign)
    assert (refused.status_code, refused.json()["code"]) == (403, "space_forbidden")
    broken = await scene.client.get(
        "/v1/conversations", headers={**bearing(key), "x-space-id": "main"}
    )
    assert (broken.status_code, broken.json()["code"]) == (400, "space_invalid")


async def test_a_key_may_do_what_its_role_may(scene: Scene) -> None:
    key = (await made(scene, role="viewer"))["key"]

    assert (await scene.client.get("/v1/conversations", headers=bearing(key))).status_code == 200
    refused = await scene.client.post("/v1/conversations", headers=bearing(key))
    assert (refused.status_code, refused.json()["code"]) == (403, "role_required")


async def test_a_keys_smaller_role_does_not_become_its_owners(scene: Scene) -> None:
    key = (await made(scene, role="viewer"))["key"]
    scene.fakes.spaces.mirrored.clear()

    await scene.client.get("/v1/conversations", headers=bearing(key))

    assert scene.fakes.spaces.mirrored == []


async def test_a_revoked_key_opens_nothing(scene: Scene) -> None:
    shown = await made(scene)
    ended = await scene.client.delete(f"/v1/api-keys/{shown['id']}")
    refused = await scene.client.get("/v1/conversations", headers=bearing(shown["key"]))

    assert ended.status_code == 204
    assert (refused.status_code, refused.json()["code"]) == (401, "token_invalid")
    again = await scene.client.delete(f"/v1/api-keys/{shown['id']}")
    assert (again.status_code, again.json()["code"]) == (404, "api_key_not_found")


async def test_a_key_makes_and_revokes_no_keys(scene: Scene) -> None:
    shown = await made(scene, role="admin")
    bearer = bearing(shown["key"])

    created = await scene.client.post("/v1/api-keys", json={"name": "Heir"}, headers=bearer)
    revoked = await scene.client.delete(f"/v1/api-keys/{shown['id']}", headers=bearer)

    for refused in (created, revoked):
        assert (refused.status_code, refused.json()["code"]) == (403, "person_required")
    signed_in = await scene.client.post("/v1/session", json={"token": shown["key"]})
    assert (signed_in.status_code, signed_in.json()["code"]) == (401, "token_invalid")


@pytest.mark.parametrize("role", [Role.VIEWER, Role.MEMBER, Role.APPROVER])
async def test_keys_are_for_admins(scene: Scene, role: Role) -> None:
    headers = scene.sign_in(role)
    for answer in (
        await scene.client.get("/v1/api-keys", headers=headers),
        await scene.client.post("/v1/api-keys", json={"name": "Job"}, headers=headers),
        await scene.client.delete(f"/v1/api-keys/{uuid4()}", headers=headers),
    ):
        assert (answer.status_code, answer.json()["code"]) == (403, "role_required")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"name": "  "},
        {"name": "n" * 101},
        {"name": "\u0000"},
        {"name": "Job", "role": "owner"},
        {"name": "Job", "expires_in": 1},
        {"name": "Job", "expires_in": 10**12},
        {"name": "Job", "space_id": str(uuid4())},
    ],
)
async def test_a_key_that_cannot_be_is_refused(scene: Scene, body: dict[str, object]) -> None:
    assert (await scene.client.post("/v1/api-keys", json=body)).status_code == 422
    assert scene.fakes.keys.kept == {}
