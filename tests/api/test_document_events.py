"""Watching a document being taken in."""

import asyncio
from collections.abc import Iterator
from uuid import UUID, uuid4

import httpx2
import pytest

from api.progress import Progress, Watching
from models.errors import LimitError, UnavailableError
from models.payloads.events import START
from models.payloads.ingestion import DocumentStatus
from tests.api.conftest import LIMITS, Scene
from tests.api.stream import Reading, Seen, all_of

READY = {"status": DocumentStatus.READY, "progress": 1.0, "live_version": 1}


async def a_document(scene: Scene) -> UUID:
    made = await scene.client.post("/v1/documents", json={"text": uuid4().hex})
    return UUID(made.json()["id"])


def events(document: UUID) -> str:
    return f"/v1/documents/{document}/events"


async def read(scene: Scene, url: str, **options: object) -> list[Seen]:
    async with scene.client.stream("GET", url, **options) as answer:  # type: ignore[arg-type]  # headers, params
        assert answer.status_code == 200
        return await all_of(answer)


async def eventually(scene: Scene, streams: int) -> None:
    """Until so many streams can be opened: their server has noticed who left."""
    async with asyncio.timeout(5):
        while scene.watching.free != streams:  # noqa: ASYNC110 - the server sets no event
            await asyncio.sleep(0.01)


async def test_a_stream_tells_what_has_changed_until_the_end(scene: Scene) -> None:
    document = await a_document(scene)
    move = scene.fakes.documents.move
    moves: Iterator[dict[str, object]] = iter(
        [
            {"status": DocumentStatus.PROCESSING, "progress": 0.1},
            {"passages": 4, "pictures": 1, "progress": 0.4},
            {"embedded": 2, "progress": 0.7},
            {**READY, "embedded": 4},
        ]
    )
    seen: list[Seen] = []
    async with scene.client.stream("GET", events(document)) as answer:
        async for event in Reading().events(answer):
            seen.append(event)
            if change := next(moves, {}):
                move(scene.scope, document, **change)
    assert [event.kind for event in seen] == ["document.progress"] * 4 + ["document.ready"]
    assert [event.id for event in seen] == ["1.1", "1.2", "1.3", "1.4", "1.5"]
    assert seen[-1].data | {"at": ""} == {
        "id": "1.5",
        "at": "",
        "kind": "document.ready",
        "document_id": str(document),
        "status": "ready",
        "progress": 1.0,
        "passages": 4,
        "embedded": 4,
        "pictures": 1,
        "version": 1,
    }


async def test_a_failure_is_told_with_its_reason(scene: Scene) -> None:
    document = await a_document(scene)
    scene.fakes.documents.move(
        scene.scope,
        document,
        status=DocumentStatus.FAILED,
        error_code="document_encrypted",
        error_detail="It has a password.",
    )
    [event] = await read(scene, events(document))
    assert event.kind == "document.failed"
    assert event.data["error"] == {"code": "document_encrypted", "detail": "It has a password."}


async def test_a_reader_that_has_the_end_is_told_not_to_come_back(scene: Scene) -> None:
    document = await a_document(scene)
    scene.fakes.documents.move(scene.scope, document, **READY)
    [event] = await read(scene, events(document), headers={"last-event-id": "1.1"})
    assert event.id == "1.2"
    for url, headers in (
        (events(document), {"last-event-id": "1.2"}),
        (f"{events(document)}?after=7.0", {}),
    ):
        answer = await scene.client.get(url, headers=headers)
        assert (answer.status_code, answer.content) == (204, b"")


async def test_a_new_version_is_news_to_who_saw_the_end_of_the_old_one(scene: Scene) -> None:
    document = await a_document(scene)
    scene.fakes.documents.move(scene.scope, document, **READY)
    await scene.client.put(f"/v1/documents/{document}", json={"text": "new"})
    scene.fakes.documents.move(scene.scope, document, **READY)
    [event] = await read(scene, events(document), headers={"last-event-id": "1.2"})
    assert (event.kind, event.data["version"]) == ("document.ready", 2)


@pytest.mark.parametrize("cursor", ["x", "1", "1.2.3", "-1.0", "1.\x00", "9" * 99 + ".1"])
async def test_a_cursor_that_is_none_is_refused(scene: Scene, cursor: str) -> None:
    document = await a_document(scene)
    answer = await scene.client.get(events(document), params={"after": cursor})
    assert (answer.status_code, answer.json()["code"]) == (422, "cursor_invalid")


async def test_a_stream_ends_in_time_and_gives_its_place_back_once(scene: Scene) -> None:
    document = await a_document(scene)
    watching, rows = Watching(1, 0.001, 0.002), scene.fakes.documents
    row = rows.rows[scene.scope.space_id, document]
    frames = Progress(watching, rows, scene.scope, row, START, at_most=0.05)
    with pytest.raises(LimitError):
        Progress(watching, rows, scene.scope, row, START, at_most=0.05)
    assert len([frame async for frame in frames]) == 1
    await frames.aclose()
    await frames.aclose()
    assert watching.free == 1


async def test_a_quiet_stream_looks_less_and_less_often(scene: Scene) -> None:
    document = await a_document(scene)
    looks = scene.fakes.documents
    row = looks.rows[scene.scope.space_id, document]
    slow = Progress(Watching(1, 0.01, 10), looks, scene.scope, row, START, at_most=0.2)
    assert len([frame async for frame in slow]) == 1
    assert looks.gets <= 6


async def test_a_document_that_is_removed_ends_its_streams(scene: Scene) -> None:
    document = await a_document(scene)
    async with asyncio.timeout(4), scene.client.stream("GET", events(document)) as answer:
        async for _ in Reading().events(answer):
            await scene.client.delete(f"/v1/documents/{document}")
    again = await scene.client.get(events(document))
    assert (again.status_code, again.json()["code"]) == (404, "document_not_found")


async def test_a_store_that_is_away_for_a_moment_breaks_no_stream(scene: Scene) -> None:
    document = await a_document(scene)
    documents = scene.fakes.documents
    seen: list[str] = []
    async with scene.client.stream("GET", events(document)) as answer:
        async for event in Reading().events(answer):
            seen.append(event.kind)
            if event.kind == "document.ready":
                continue
            documents.failure = UnavailableError("Away.", code="store_unavailable")
            before = documents.gets
            while documents.gets < before + 2:  # noqa: ASYNC110 - a plain fake sets no event
                await asyncio.sleep(0.01)
            documents.failure = None
            documents.move(scene.scope, document, **READY)
    assert seen == ["document.progress", "document.ready"]


async def test_so_many_streams_are_open_at_once_and_each_place_is_given_back(
    scene: Scene,
) -> None:
    document = await a_document(scene)
    open_ones = [
        scene.client.stream("GET", events(document)) for _ in range(LIMITS.document_streams)
    ]
    answers = [await one.__aenter__() for one in open_ones]
    assert {answer.status_code for answer in answers} == {200}
    full = await scene.client.get(events(document))
    assert (full.status_code, full.json()["code"]) == (429, "document_streams_full")
    assert int(full.headers["retry-after"]) >= 1
    for one in open_ones:
        await one.__aexit__(None, None, None)
    await eventually(scene, LIMITS.document_streams)


async def test_a_ticket_opens_a_documents_stream_once_and_no_other(scene: Scene) -> None:
    document, other = await a_document(scene), await a_document(scene)
    scene.fakes.documents.move(scene.scope, document, **READY)

    async def ticket() -> str:
        made = await scene.client.post("/v1/stream-tickets", json={"document_id": str(document)})
        assert made.status_code == 201
        return str(made.json()["ticket"])

    async with httpx2.AsyncClient(base_url=scene.client.base_url) as browser:
        one = await ticket()
        first = await browser.get(f"{events(document)}?ticket={one}")
        assert (first.status_code, "document.ready" in first.text) == (200, True)
        again = await browser.get(f"{events(document)}?ticket={one}")
        assert again.json()["code"] == "ticket_invalid"
        wrong = await browser.get(f"{events(other)}?ticket={await ticket()}")
        assert wrong.json()["code"] == "ticket_invalid"


@pytest.mark.parametrize("names", [[], ["conversation_id", "document_id"]])
async def test_a_ticket_is_for_one_stream(scene: Scene, names: list[str]) -> None:
    body = {name: str(uuid4()) for name in names}
    answer = await scene.client.post("/v1/stream-tickets", json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "request_invalid")
