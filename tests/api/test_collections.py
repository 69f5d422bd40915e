"""Collections and the space's profile over HTTP."""

from uuid import uuid4

import pytest

from domain.ports.identity import PROFILE_CHARACTERS, Role
from models.payloads.scope import Scope
from tests.api.conftest import Scene
from tests.api.fakes.callers import a_caller

BRAND = {
    "name": "brand",
    "description": "How we sound",
    "chunking": {"chunker": "sentence", "size": 800, "overlap": 100},
    "recency_days": 90.0,
}


async def test_a_space_begins_with_one_collection(scene: Scene) -> None:
    listed = await scene.client.get("/v1/collections")
    assert [one["name"] for one in listed.json()["items"]] == ["general"]
    general = (await scene.client.get("/v1/collections/general")).json()
    assert general["chunking"] == {"chunker": "semantic", "size": 1_500, "overlap": 200}
    assert (general["recency_days"], general["documents"]) == (None, 0)


async def test_a_collection_is_made_changed_and_removed(scene: Scene) -> None:
    made = await scene.client.post("/v1/collections", json=BRAND)
    assert made.status_code == 201
    assert {name: made.json()[name] for name in BRAND} == BRAND
    url = made.headers["location"]
    assert (await scene.client.get(url)).json() == made.json()
    changed = await scene.client.patch(url, json={"recency_days": None})
    assert changed.json() == {**made.json(), "recency_days": None}
    await scene.client.patch(url, json={"description": "Voice", "chunking": {"size": 500}})
    now = (await scene.client.get(url)).json()
    assert (now["description"], now["chunking"]["size"], now["recency_days"]) == (
        "Voice",
        500,
        None,
    )
    assert (await scene.client.delete(url)).status_code == 204
    gone = await scene.client.get(url)
    assert (gone.status_code, gone.json()["code"]) == (404, "collection_not_found")


async def test_a_collection_is_made_once_and_a_copy_with_its_key_is_told_so(scene: Scene) -> None:
    key = {"idempotency-key": "one"}
    made = await scene.client.post("/v1/collections", json=BRAND, headers=key)
    copy = await scene.client.post("/v1/collections", json=BRAND, headers=key)
    assert (made.status_code, copy.status_code, copy.json()) == (201, 200, made.json())
    for body, headers in ((BRAND, {}), ({"name": "brand"}, key)):
        again = await scene.client.post("/v1/collections", json=body, headers=headers)
        assert (again.status_code, again.json()["code"]) == (409, "collection_exists")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"name": "Brand"}, "collection_name_invalid"),
        ({"name": ""}, "collection_name_invalid"),
        ({"name": "a/b"}, "collection_name_invalid"),
        ({"name": "-a"}, "collection_name_invalid"),
        ({"name": "a" * 65}, "collection_name_invalid"),
        ({"name": "a\n"}, "collection_name_invalid"),
        ({"name": "a\x00"}, "collection_name_invalid"),
        ({"name": 5}, "collection_name_invalid"),
        ({"description": "a" * 1_001}, "request_invalid"),
        ({"description": "a\x00"}, "text_invalid"),
        ({"recency_days": 0}, "recency_invalid"),
        ({"recency_days": -1}, "recency_invalid"),
        ({"recency_days": "nan"}, "recency_invalid"),
        ({"chunking": {"chunker": "magic"}}, "chunking_invalid"),
        ({"chunking": {"size": 10}}, "chunking_invalid"),
        ({"chunking": {"size": 500, "overlap": 400}}, "chunking_invalid"),
        ({"documents": 5}, "request_invalid"),
    ],
)
async def test_a_collection_that_cannot_be_is_refused_by_name(
    scene: Scene, change: dict[str, object], code: str
) -> None:
    answer = await scene.client.post("/v1/collections", json={**BRAND, **change})
    assert (answer.status_code, answer.json()["code"]) == (422, code)


async def test_what_holds_documents_and_general_stay(scene: Scene) -> None:
    await scene.client.post("/v1/collections", json=BRAND)
    await scene.client.post("/v1/documents", json={"text": "Hello", "collection": "brand"})
    held = await scene.client.delete("/v1/collections/brand")
    assert (held.status_code, held.json()["code"]) == (409, "collection_not_empty")
    general = await scene.client.delete("/v1/collections/general")
    assert (general.status_code, general.json()["code"]) == (409, "collection_permanent")


@pytest.mark.parametrize("name", ["unknown", "A", "%00", "a%0a", "a" * 500])
async def test_a_name_that_no_collection_can_have_is_unknown(scene: Scene, name: str) -> None:
    for method in ("GET", "PATCH", "DELETE"):
        body: dict[str, str] | None = {} if method == "PATCH" else None
        answer = await scene.client.request(method, f"/v1/collections/{name}", json=body)
        assert (answer.status_code, answer.json()["code"]) == (404, "collection_not_found")


async def test_a_space_holds_so_many_collections(scene: Scene) -> None:
    codes = [
        (await scene.client.post("/v1/collections", json={"name": f"c{n}"})).status_code
        for n in range(100)
    ]
    assert codes == [201] * 99 + [429]


@pytest.mark.parametrize("role", [Role.VIEWER, Role.MEMBER, Role.APPROVER])
async def test_only_admins_change_collections_and_the_profile(scene: Scene, role: Role) -> None:
    headers = scene.sign_in(role)
    for method, path, body in (
        ("POST", "/v1/collections", BRAND),
        ("PATCH", "/v1/collections/general", {"description": "x"}),
        ("DELETE", "/v1/collections/general", None),
        ("PUT", "/v1/space/profile", {"text": "x"}),
    ):
        answer = await scene.client.request(method, path, json=body, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (403, "role_required")
    for path in ("/v1/collections", "/v1/collections/general", "/v1/space/profile"):
        assert (await scene.client.get(path, headers=headers)).status_code == 200


async def test_another_space_sees_none_of_it(scene: Scene) -> None:
    await scene.client.post("/v1/collections", json=BRAND)
    await scene.client.put("/v1/space/profile", json={"text": "We sell bicycles."})
    other = Scope(organisation_id=uuid4(), space_id=uuid4())
    scene.fakes.verifier.callers["other"] = a_caller(other)
    headers = {"authorization": "Bearer other", "x-space-id": str(other.space_id)}
    listed = await scene.client.get("/v1/collections", headers=headers)
    assert [one["name"] for one in listed.json()["items"]] == ["general"]
    assert (await scene.client.get("/v1/collections/brand", headers=headers)).status_code == 404
    profile = await scene.client.get("/v1/space/profile", headers=headers)
    assert profile.json() == {"text": ""}


async def test_a_space_says_what_its_business_is(scene: Scene) -> None:
    assert (await scene.client.get("/v1/space/profile")).json() == {"text": ""}
    longest = "a" * PROFILE_CHARACTERS
    for text in ("  We sell bicycles.\n", longest, ""):
        put = await scene.client.put("/v1/space/profile", json={"text": text})
        assert (put.status_code, put.json()["text"]) == (200, text.strip())
        assert (await scene.client.get("/v1/space/profile")).json() == put.json()


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"text": "a" * (PROFILE_CHARACTERS + 1)}, "request_invalid"),
        ({"text": "a\x00"}, "text_invalid"),
        ({}, "request_invalid"),
    ],
)
async def test_a_profile_that_cannot_be_is_refused(
    scene: Scene, body: dict[str, str], code: str
) -> None:
    answer = await scene.client.put("/v1/space/profile", json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, code)
