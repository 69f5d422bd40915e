"""Content over HTTP."""

from uuid import uuid4

import pytest

from domain.ports.identity import Role
from models.payloads.scope import Scope
from tests.api.conftest import Scene
from tests.api.fakes.callers import a_caller

DRAFT = {"kind": "email", "title": "Spring", "text": "Dear reader"}


async def test_a_draft_is_made_revised_and_submitted(scene: Scene) -> None:
    made = await scene.client.post("/v1/content", json=DRAFT)
    assert (made.status_code, made.json()["state"]) == (201, "draft")
    url = made.headers["location"]
    revised = await scene.client.patch(url, json={"expected": 1, "text": "Dear readers"})
    assert [one["text"] for one in revised.json()["versions"]] == ["Dear reader", "Dear readers"]
    assert revised.json()["versions"][1]["title"] == "Spring"
    submitted = await scene.client.post(f"{url}/submit")
    assert (submitted.status_code, submitted.json()["state"]) == (202, "in_review")
    assert [str(one) for one in scene.fakes.engine.asked] == [submitted.json()["review_id"]]
    listed = await scene.client.get("/v1/content?state=in_review")
    assert [one["id"] for one in listed.json()["items"]] == [made.json()["id"]]
    again = await scene.client.post(f"{url}/submit")
    assert (again.status_code, again.json()["code"]) == (409, "content_in_review")


async def test_a_copy_of_a_request_finds_the_draft(scene: Scene) -> None:
    body = {**DRAFT, "id": str(uuid4())}
    first, second = [await scene.client.post("/v1/content", json=body) for _ in range(2)]
    assert first.json() == second.json()


async def test_a_key_stands_for_one_person_s_one_draft(scene: Scene) -> None:
    key = {"idempotency-key": "spring"}
    first, second = [
        await scene.client.post("/v1/content", json=DRAFT, headers=key) for _ in range(2)
    ]
    assert (first.status_code, first.json()) == (201, second.json())
    lost = {**DRAFT, "text": "Dear all"}
    other = await scene.client.post("/v1/content", json=lost, headers=key)
    assert (other.status_code, other.json()["code"]) == (409, "content_exists")
    theirs = key | scene.sign_in(Role.MEMBER)
    made = await scene.client.post("/v1/content", json=lost, headers=theirs)
    assert made.status_code == 201
    assert made.json()["id"] != first.json()["id"]


async def test_an_id_that_is_somebody_else_s_is_refused(scene: Scene) -> None:
    body = {**DRAFT, "id": str(uuid4())}
    await scene.client.post("/v1/content", json=body)
    theirs = scene.sign_in(Role.MEMBER)
    answer = await scene.client.post("/v1/content", json=body, headers=theirs)
    assert (answer.status_code, answer.json()["code"]) == (409, "content_exists")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({**DRAFT, "kind": "E-Mail!"}, "content_kind_invalid"),
        ({**DRAFT, "text": ""}, "invalid"),
        ({**DRAFT, "text": "x" * 50_001}, "invalid"),
        ({**DRAFT, "state": "approved"}, "invalid"),
    ],
    ids=["kind", "empty", "long", "state"],
)
async def test_what_cannot_be_a_draft_is_refused_by_name(
    scene: Scene, body: dict[str, object], code: str
) -> None:
    answer = await scene.client.post("/v1/content", json=body)
    assert answer.status_code == 422
    assert code in {answer.json()["code"], "invalid"}


async def test_a_revision_on_an_old_version_is_refused(scene: Scene) -> None:
    url = (await scene.client.post("/v1/content", json=DRAFT)).headers["location"]
    for expected, status in ((1, 200), (1, 409)):
        answer = await scene.client.patch(url, json={"expected": expected, "text": "New"})
        assert answer.status_code == status
    nothing = await scene.client.patch(url, json={"expected": 2})
    assert nothing.status_code == 422


async def test_what_is_submitted_is_the_version_that_was_read(scene: Scene) -> None:
    url = (await scene.client.post("/v1/content", json=DRAFT)).headers["location"]
    await scene.client.patch(url, json={"expected": 1, "text": "New"})
    stale = await scene.client.post(f"{url}/submit", json={"expected": 1})
    assert (stale.status_code, stale.json()["code"]) == (409, "content_changed")
    assert (await scene.client.get(url)).json()["state"] == "draft"
    newest = await scene.client.post(f"{url}/submit", json={"expected": 2})
    assert (newest.status_code, newest.json()["state"]) == (202, "in_review")


async def test_viewers_read_and_write_nothing(scene: Scene) -> None:
    url = (await scene.client.post("/v1/content", json=DRAFT)).headers["location"]
    viewer = scene.sign_in(Role.VIEWER)
    assert (await scene.client.get(url, headers=viewer)).status_code == 200
    for path in ("/v1/content", f"{url}/submit"):
        answer = await scene.client.post(path, json=DRAFT, headers=viewer)
        assert answer.status_code == 403


async def test_another_space_does_not_see_it(scene: Scene) -> None:
    url = (await scene.client.post("/v1/content", json=DRAFT)).headers["location"]
    other = Scope(organisation_id=scene.scope.organisation_id, space_id=uuid4())
    scene.fakes.verifier.callers["other"] = a_caller(other)
    there = {"authorization": "Bearer other", "x-space-id": str(other.space_id)}
    answer = await scene.client.get(url, headers=there)
    assert (answer.status_code, answer.json()["code"]) == (404, "content_not_found")
