"""What the model server was really asked, by a mark in the message."""

from collections.abc import Sequence
from typing import Any

import httpx2

from local.stack import Stack


async def calls(stack: Stack, mark: str) -> Sequence[dict[str, Any]]:
    """One entry a call whose last user message has the mark, oldest first."""
    address = stack.model_base_url.removesuffix("/v1") + "/ledger"
    async with httpx2.AsyncClient() as http:
        answer = await http.get(address, params={"marker": mark})
    answer.raise_for_status()
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def model_calls(stack: Stack, mark: str) -> int:
    """How many answers were asked for; taking one up again is none."""
    asked = [call["kind"] for call in await calls(stack, mark)]
    return sum(kind in {"responses.create", "chat"} for kind in asked)
