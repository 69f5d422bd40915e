"""What holds for every answer."""

from collections.abc import Iterator
from uuid import UUID, uuid4

import httpx2
import orjson
import pytest
from fastapi import FastAPI
from structlog.testing import capture_logs

from models.errors import AppError
from tests.api.conftest import LIMITS, Scene


@pytest.mark.parametrize("header", ["x-request-id", "x-correlation-id"])
async def test_the_callers_request_id_is_kept(scene: Scene, header: str) -> None:
    answer = await scene.client.get("/healthz", headers={header: "trace-1/a"})
    assert answer.headers["x-request-id"] == "trace-1/a"


@pytest.mark.parametrize("given", ["", "a b", "a" * 129, '"><script>', "a;b", "%0d%0a"])
async def test_a_request_id_that_is_not_safe_is_replaced(scene: Scene, given: str) -> None:
    answer = await scene.client.get("/healthz", headers={"x-request-id": given})
    assert UUID(answer.headers["x-request-id"])


async def test_every_answer_is_signed_and_cannot_be_run(scene: Scene) -> None:
    conversation = await scene.conversation()
    for path in ("/healthz", "/v1/agents", "/nowhere", f"/v1/conversations/{conversation}"):
        answer = await scene.client.get(path)
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["content-security-policy"].startswith("default-src 'none'")
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-request-id"]


async def test_an_unknown_address_and_method_are_problems_too(scene: Scene) -> None:
    unknown = await scene.client.get("/v1/nowhere")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "route_not_found")
    method = await scene.client.put("/v1/conversations", json={})
    assert (method.status_code, method.json()["code"]) == (405, "method_not_allowed")
    assert method.headers["allow"]
    assert method.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    "failure", [RuntimeError("password=hunter2"), AppError("password=hunter2")]
)
async def test_a_fault_of_ours_tells_its_id_and_nothing_else(
    scene: Scene, failure: Exception
) -> None:
    scene.fakes.engine.failure = failure
    # Kept, not rendered: a page of every frame's locals takes seconds.
    with capture_logs() as logs:
        answer = await scene.client.post("/v1/messages", json={"content": "hi"})
    assert "request.failed" in {log["event"] for log in logs}
    assert (answer.status_code, answer.json()["code"]) == (500, "internal")
    assert answer.json()["request_id"] == answer.headers["x-request-id"]
    assert b"hunter2" not in answer.content


@pytest.mark.parametrize(
    "body",
    [b"{", b"", b"\xff\xfe", b"[" * 100_000, b'{"content": ' + b"9" * 5_000 + b"}", b'"text"'],
    ids=["cut", "none", "no utf-8", "deep", "huge number", "no object"],
)
async def test_a_body_that_cannot_be_read_is_the_callers_fault(scene: Scene, body: bytes) -> None:
    answer = await scene.client.post(
        "/v1/messages", content=body, headers={"content-type": "application/json"}
    )
    assert answer.status_code in {400, 422}
    assert answer.json()["code"] in {"json_invalid", "bad_request", "request_invalid"}


async def test_a_body_of_megabytes_is_refused_by_its_declared_size(scene: Scene) -> None:
    body = orjson.dumps({"content": "a" * LIMITS.body_bytes})
    answer = await scene.client.post(
        "/v1/messages", content=body, headers={"content-type": "application/json"}
    )
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")


async def test_a_body_in_chunks_is_refused_where_it_passes_the_limit(scene: Scene) -> None:
    sent = 0

    async def chunks() -> httpx2.AsyncByteStream:  # type: ignore[misc]  # a generator of bytes
        nonlocal sent
        while sent < 2 * LIMITS.body_bytes:
            sent += 65_536
            yield b"a" * 65_536

    try:
        answer = await scene.client.post(
            "/v1/messages", content=chunks(), headers={"content-type": "application/json"}
        )
    except httpx2.TransportError:
        return  # refused while it was still sending
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")


async def test_problems_hold_strangers_text_and_stay_utf_8(scene: Scene) -> None:
    answer = await scene.client.post(
        "/v1/messages",
        content=b'{"content": "a", "on_busy": "\\ud800", "a/b~c": 1}',
        headers={"content-type": "application/json"},
    )
    assert answer.status_code == 422
    assert "/a~1b~0c" in {error["pointer"] for error in answer.json()["errors"]}


async def test_requests_are_counted_by_route_and_status(
    edge: tuple[FastAPI, str], scene: Scene
) -> None:
    await scene.client.get(f"/v1/conversations/{uuid4()}")
    text = (await scene.client.get("/metrics")).text
    line = 'method="GET",route="/v1/conversations/{conversation_id}",status="404"'
    assert any(line in row for row in text.splitlines())
    assert "holdfast_open_streams 0.0" in text


async def test_readiness_names_each_dependency_and_no_address(scene: Scene) -> None:
    answer = await scene.client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json() == {
        "status": "unavailable",
        "checks": {"postgres": "ok", "redis": "failed"},
    }


def references(described: object) -> Iterator[str]:
    if isinstance(described, list):
        for item in described:
            yield from references(item)
    if isinstance(described, dict):
        if isinstance(described.get("$ref"), str):
            yield described["$ref"]
        for value in described.values():
            yield from references(value)


async def test_the_api_is_described_with_stable_names_and_its_failures(scene: Scene) -> None:
    described = (await scene.client.get("/openapi.json")).json()
    described_at = [
        (path, operation)
        for path, methods in described["paths"].items()
        for operation in methods.values()
        if path.startswith("/v1/")
    ]
    operations = [operation for _, operation in described_at]
    names = [operation["operationId"] for operation in operations]
    assert len(names) == len(set(names))
    assert all(name.isidentifier() and "_" not in name for name in names)
    for reference in references(described):
        found = described
        for part in reference.removeprefix("#/").split("/"):
            found = found[part]
    for path, operation in described_at:
        assert operation["tags"]
        assert operation["description"]
        form = "json" if path.startswith("/v1/openai/") else "problem+json"
        content = operation["responses"]["422"]["content"]
        assert "HTTPValidationError" not in str(content[f"application/{form}"])
        assert {"401", "403", "500", "503"} <= operation["responses"].keys()
