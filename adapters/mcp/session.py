"""One conversation with a server: what tools it has, and a call."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, Final

import httpx2
import mcp_types as types
from mcp.client.client import Client
from mcp.client.streamable_http import streamable_http_client

from adapters.mcp.listing import MOST_TOOLS, Listed, listed
from adapters.mcp.program import Command
from adapters.mcp.stdio import spoken
from adapters.mcp.wire import Meter, Wire
from adapters.web.guard import Guard, Rule
from adapters.web.transport import GuardedTransport
from models.errors import InvalidError

# A server that pages on and on is cut off; what it says beyond is not there.
_MOST_PAGES: Final = 20
_ERROR_CHARACTERS: Final = 1_000
_CONNECT, _SILENCE = 5.0, 60.0  # seconds; the caller's own limit is for the whole
_WHO: Final = types.Implementation(name="holdfast", version="0.1")


class McpSession:
    def __init__(self, client: Client) -> None:
        self._client = client

    async def tools(self) -> list[Listed]:
        found: list[types.Tool] = []
        cursor: str | None = None
        for _ in range(_MOST_PAGES):
            params = types.PaginatedRequestParams(cursor=cursor)
            page = await self._client.session.list_tools(params=params)
            found += page.tools
            cursor = page.next_cursor
            if not cursor or len(found) >= MOST_TOOLS:
                break
        return listed((one.name, one.description, one.input_schema) for one in found)

    async def call(self, name: str, arguments: Mapping[str, Any]) -> str:
        """InvalidError mcp_tool_failed. Not by the SDK's `call_tool`, which checks the result by
        a schema of the server's, whose regular expressions may run for years."""
        request = types.CallToolRequest(
            params=types.CallToolRequestParams(name=name, arguments=dict(arguments))
        )
        result = await self._client.session.send_request(request, types.CallToolResult)
        text = _text(result)
        if result.is_error:
            raise InvalidError(
                f"The server says that it failed: {_quoted(text)}", code="mcp_tool_failed"
            )
        return text


@asynccontextmanager
async def over_http(
    url: str,
    secret: str | None,
    guard: Guard,
    rule: Rule,
    meter: Meter,
    certificates: Any,  # noqa: ANN401 - ssl's own, or None
) -> AsyncIterator[McpSession]:
    headers = {"Accept-Encoding": "identity", "User-Agent": "HoldfastBot/0.1"}
    if secret:
        headers["Authorization"] = f"Bearer {secret}"
    async with (
        GuardedTransport(guard, certificates) as guarded,
        httpx2.AsyncClient(
            transport=Wire(guarded, rule, meter),
            headers=headers,
            timeout=httpx2.Timeout(_SILENCE, connect=_CONNECT),
            trust_env=False,
        ) as client,
        # The meter bounds an event too.
        _opened(
            streamable_http_client(url, http_client=client, max_sse_event_size=None)
        ) as session,
    ):
        yield session


@asynccontextmanager
async def over_pipes(command: Command, meter: Meter) -> AsyncIterator[McpSession]:
    async with _opened(spoken(command, meter)) as session:
        yield session


@asynccontextmanager
async def _opened(transport: AbstractAsyncContextManager[Any]) -> AsyncIterator[McpSession]:
    """It offers no sampling, roots or elicitation: a server gets nothing from us but the call."""
    async with Client(transport, cache=None, client_info=_WHO) as client:
        yield McpSession(client)


def _text(result: types.CallToolResult) -> str:
    parts = [_part(one) for one in result.content]
    said = any(isinstance(one, types.TextContent) for one in result.content)
    # Some say it in this form alone.
    if not said and result.structured_content is not None:
        parts.append(json.dumps(result.structured_content, ensure_ascii=False))
    return "\n".join(parts)


def _part(one: types.ContentBlock) -> str:
    if isinstance(one, types.TextContent):
        return one.text
    if isinstance(one, types.EmbeddedResource) and isinstance(
        one.resource, types.TextResourceContents
    ):
        return one.resource.text
    return f"[{one.type}, not shown]"


def _quoted(text: str) -> str:
    return json.dumps(text[:_ERROR_CHARACTERS], ensure_ascii=False)
