"""Requests and answers as the tests of both dialects write them."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx2

from domain.ports.model import ChatModel
from models.payloads.chat import (
    ChatMessage,
    ChatPart,
    ChatRequest,
    Cursor,
    Reply,
    Role,
    TextPart,
    ToolSchema,
)

ADD = ToolSchema(
    name="add",
    description="Adds.",
    parameters={"type": "object", "properties": {"a": {"type": "integer"}}},
)


def asking(question: str, **changes: Any) -> ChatRequest:  # noqa: ANN401 - fields of a request
    return ChatRequest(
        model="",
        instructions="Answer.",
        messages=(ChatMessage(role=Role.USER, content=question),),
    ).model_copy(update=changes)


async def parts_of(
    model: ChatModel, request: ChatRequest, resume: Cursor | None = None
) -> list[ChatPart]:
    return [part async for part in model.stream(request, resume)]


def text_of(parts: list[ChatPart]) -> str:
    return "".join(part.text for part in parts if isinstance(part, TextPart))


def reply_in(parts: list[ChatPart]) -> Reply:
    [reply] = [part for part in parts if isinstance(part, Reply)]
    assert parts[-1] is reply
    return reply


async def first_text(stream: AsyncIterator[ChatPart]) -> TextPart:
    async for part in stream:
        if isinstance(part, TextPart):
            return part
    raise AssertionError("no text came")


async def ledger_calls(ledger: httpx2.AsyncClient, marker: str) -> list[Any]:
    items: list[Any] = (await ledger.get("/ledger", params={"marker": marker})).json()["items"]
    return items


async def collect(stream: AsyncIterator[ChatPart], seen: list[ChatPart]) -> None:
    """As `parts_of`, for a stream whose parts matter although it fails."""
    async for part in stream:
        seen.append(part)  # noqa: PERF401 - a comprehension would lose them


async def ended(ledger: httpx2.AsyncClient, marker: str, status: str) -> None:
    """Wait until the marked message's call has that status."""
    async with asyncio.timeout(10):
        while status not in {call["status"] for call in await ledger_calls(ledger, marker)}:  # noqa: ASYNC110 - another process
            await asyncio.sleep(0.02)
