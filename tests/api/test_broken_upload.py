"""Uploads that break off leave nothing behind, and are no fault of ours."""

import asyncio
from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

import pytest
from structlog.testing import capture_logs

from tests.api.conftest import LIMITS, Scene

PART = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.md"\r\n\r\n# A'


async def broken(scene: Scene, method: str, path: str, content_type: str, body: bytes) -> None:
    """Send less than was announced, then hang up."""
    address = urlsplit(str(scene.client.base_url))
    _, writer = await asyncio.open_connection(address.hostname, address.port)
    sent = {"authorization": "Bearer good", "x-space-id": str(scene.scope.space_id)}
    lines = [f"{name}: {value}\r\n" for name, value in sent.items()]
    head = f"{method} {path} HTTP/1.1\r\nhost: x\r\n{''.join(lines)}"
    size = f"content-type: {content_type}\r\ncontent-length: {len(body) + 1_000}\r\n\r\n"
    writer.write((head + size).encode() + body)
    await writer.drain()
    await asyncio.sleep(0)
    writer.close()
    await writer.wait_closed()


@pytest.mark.parametrize(
    ("method", "path", "content_type", "body"),
    [
        ("POST", "/v1/documents", "multipart/form-data; boundary=x", PART),
        ("POST", "/v1/documents", "application/json", b'{"text": "a'),
        ("POST", "/v1/search", "multipart/form-data; boundary=x", PART),
    ],
    ids=["file", "text", "picture"],
)
async def test_an_upload_that_breaks_off_is_dropped(
    scene: Scene, method: str, path: str, content_type: str, body: bytes
) -> None:
    with capture_logs() as logs:
        for _ in range(LIMITS.bulk + 1):
            await broken(scene, method, path, content_type, body)
        async with asyncio.timeout(5):
            while len(answered(logs)) <= LIMITS.bulk:  # noqa: ASYNC110 - the server sets no event
                await asyncio.sleep(0.01)
    assert {log["event"] for log in logs} == {"request.broken_off", "request.answered"}
    assert scene.fakes.documents.rows == {}
    whole = await scene.client.post("/v1/documents", files={"file": ("a.md", b"# A")})
    assert whole.status_code == 202


def answered(logs: Sequence[Mapping[str, object]]) -> Sequence[Mapping[str, object]]:
    return [log for log in logs if log["event"] == "request.answered"]
