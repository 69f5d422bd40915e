"""The collection of approved texts: nobody writes into it past a review."""

from uuid import UUID, uuid4

import pytest

from domain.ports.content import APPROVED_COLLECTION
from domain.ports.knowledge import Collection, Document
from tests.api.conftest import Scene

URL = "/v1/documents"


async def published(scene: Scene) -> Document:
    """As an approval leaves it."""
    await scene.fakes.collections.create(scene.scope, Collection(APPROVED_COLLECTION, ""))
    document, _ = await scene.fakes.documents.add(
        scene.scope,
        uuid4(),
        title="Spring",
        name="spring.md",
        media_type="text/markdown",
        data=b"# Spring",
        collection=APPROVED_COLLECTION,
    )
    return document


@pytest.mark.parametrize(
    "request_of",
    [
        {"json": {"text": "Buy!", "collection": APPROVED_COLLECTION}},
        {"json": {"url": "https://example.com", "collection": APPROVED_COLLECTION}},
        {
            "files": {"file": ("a.md", b"# Buy", "text/markdown")},
            "data": {"collection": APPROVED_COLLECTION},
        },
    ],
    ids=["text", "url", "file"],
)
async def test_no_document_is_brought_into_it(scene: Scene, request_of: dict[str, object]) -> None:
    await published(scene)
    answer = await scene.client.post(URL, **request_of)  # type: ignore[arg-type]  # of the three
    assert (answer.status_code, answer.json()["code"]) == (403, "collection_reserved")
    assert len(scene.fakes.documents.rows) == 1
    assert scene.fakes.engine.ingestions == []


async def test_no_document_is_moved_into_it(scene: Scene) -> None:
    await published(scene)
    made = await scene.client.post(URL, json={"text": "Buy!"})
    to = {"collection": APPROVED_COLLECTION}
    answer = await scene.client.patch(made.headers["location"], json=to)
    assert (answer.status_code, answer.json()["code"]) == (403, "collection_reserved")
    row = scene.fakes.documents.rows[scene.scope.space_id, UUID(made.json()["id"])]
    assert row.collection == "general"


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PATCH", "", {"collection": "general"}),
        ("PATCH", "", {"title": "Other"}),
        ("PUT", "", {"text": "Other"}),
        ("POST", "/refresh", None),
        ("DELETE", "", None),
    ],
)
async def test_what_was_approved_is_read_and_not_changed(
    scene: Scene, method: str, path: str, body: object
) -> None:
    document = await published(scene)
    url = f"{URL}/{document.id}"
    answer = await scene.client.request(method, f"{url}{path}", json=body)
    assert (answer.status_code, answer.json()["code"]) == (403, "collection_reserved")
    assert scene.fakes.documents.rows[scene.scope.space_id, document.id] == document
    assert (await scene.client.get(url)).status_code == 200
    assert (await scene.client.get(f"{url}/original")).content == b"# Spring"


async def test_the_collection_itself_stays(scene: Scene) -> None:
    await scene.fakes.collections.create(scene.scope, Collection(APPROVED_COLLECTION, ""))
    url = f"/v1/collections/{APPROVED_COLLECTION}"
    answer = await scene.client.delete(url)
    assert (answer.status_code, answer.json()["code"]) == (403, "collection_reserved")
    assert (await scene.client.get(url)).status_code == 200
