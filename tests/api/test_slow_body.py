"""A body that trickles does not hold its connection for ever."""

import asyncio
from typing import Any

import pytest

from api.edge import build
from api.ports import Limits
from tests.api.fakes.everything import Fakes

SCOPE: dict[str, Any] = {
    "type": "http",
    "http_version": "1.1",
    "method": "POST",
    "path": "/v1/messages",
    "raw_path": b"/v1/messages",
    "query_string": b"",
    "headers": [(b"content-type", b"application/json")],
    "client": ("127.0.0.1", 1),
    "server": ("127.0.0.1", 2),
    "scheme": "http",
}


@pytest.mark.parametrize("first", [b"", b'{"content":'])
async def test_a_body_that_does_not_arrive_is_given_up_by_name(first: bytes) -> None:
    app = build(Fakes().ports(), Limits(body_seconds=0.05))
    sent: list[Any] = []
    parts = [{"type": "http.request", "body": first, "more_body": True}]

    async def receive() -> Any:  # noqa: ANN401 -- ASGI
        if parts:
            return parts.pop()
        return await asyncio.get_running_loop().create_future()

    async def send(message: Any) -> None:  # noqa: ANN401 -- ASGI
        sent.append(message)

    await app(SCOPE, receive, send)
    assert sent[0]["status"] == 408
    assert b"body_too_slow" in sent[1]["body"]
