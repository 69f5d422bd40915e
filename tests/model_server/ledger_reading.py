"""Read the server's ledger as a test does: by the marker in its messages."""

import asyncio
from typing import Any

import httpx2

from tests.waiting import PATIENCE


async def calls(http: httpx2.AsyncClient, marker: str, kind: str | None = None) -> list[Any]:
    params = {"marker": marker} | ({} if kind is None else {"kind": kind})
    answer = await http.get("/ledger", params=params)
    items: list[Any] = answer.json()["items"]
    return items


async def only_call(http: httpx2.AsyncClient, marker: str, *, status: str) -> Any:  # noqa: ANN401 - JSON
    """The one call of a message, once it has the status."""
    async with asyncio.timeout(PATIENCE):
        while True:
            [call] = await calls(http, marker)
            if call["status"] == status:
                return call
            await asyncio.sleep(0.02)
