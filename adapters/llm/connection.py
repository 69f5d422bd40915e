"""The openai package's clients, built so that nothing retries, redirects or waits by itself."""

from collections.abc import Mapping
from contextlib import AsyncExitStack
from typing import Any, Protocol

import httpx2
from openai import AsyncAzureOpenAI, AsyncOpenAI, AsyncStream, DefaultAioHttpClient
from pydantic import SecretStr

from adapters.llm.failure import from_status
from models.errors import ModelRefusedError

OPENAI_URL = "https://api.openai.com/v1"

# Connecting takes milliseconds; silence after it is judged by Patience, so there is no read limit.
TIMEOUT = httpx2.Timeout(None, connect=5.0, write=30.0, pool=5.0)
# Stuck calls hold a connection each: with 200 of them others must still get theirs.
# An idle one is kept for as long as a person thinks: opening one costs round trips and TLS.
CONNECTIONS = httpx2.Limits(
    max_connections=1_000, max_keepalive_connections=100, keepalive_expiry=30.0
)
# Error bodies are a few hundred bytes; more than this says nothing more.
LONGEST_ERROR = 64 * 1024
# Compressed bytes would escape the limits on events, and tokens gain nothing from it.
HEADERS = {"Accept-Encoding": "identity"}


def openai_client(*, api_key: str, base_url: str | None = None) -> AsyncOpenAI:
    """A client for OpenAI, or for any server that speaks its API. Close it at the end."""
    return AsyncOpenAI(
        api_key=api_key,
        base_url=base_url or OPENAI_URL,
        max_retries=0,
        timeout=TIMEOUT,
        default_headers=HEADERS,
        http_client=_http_client(),
    )


def azure_client(*, api_key: str, endpoint: str, api_version: str) -> AsyncOpenAI:
    """A client for Azure OpenAI: a request's model is the deployment's name."""
    return AsyncAzureOpenAI(
        api_key=api_key,
        azure_endpoint=endpoint,
        api_version=api_version,
        max_retries=0,
        timeout=TIMEOUT,
        default_headers=HEADERS,
        http_client=_http_client(),
    )


class Server(Protocol):
    """What the settings say of a server that speaks OpenAI's API."""

    @property
    def provider(self) -> str | None: ...
    @property
    def base_url(self) -> str | None: ...
    @property
    def api_key(self) -> SecretStr: ...
    @property
    def azure_api_version(self) -> str: ...


def client_for(server: Server, stack: AsyncExitStack) -> AsyncOpenAI:
    """A client for Azure where that is the provider, else for the address; the stack closes it."""
    key = server.api_key.get_secret_value()
    if server.provider == "azure":
        client = azure_client(
            api_key=key, endpoint=server.base_url or "", api_version=server.azure_api_version
        )
    else:
        client = openai_client(api_key=key, base_url=server.base_url)
    stack.push_async_callback(client.close)
    return client


async def post(
    client: AsyncOpenAI, path: str, body: Mapping[str, Any], *, request_id: str = ""
) -> httpx2.Response:
    """Send, and give the response with its body unread. Whoever gets it closes it.

    Typed parsing of events costs more CPU than the rest of a turn, and its SSE reader has no
    limit on a line: so the bytes are read here, the request still goes through the package.
    """
    stream = await client.post(
        path,
        body=body,
        cast_to=object,
        options={"headers": _headers(request_id)},
        stream=True,
        stream_cls=AsyncStream[object],
    )
    return stream.response


async def get(client: AsyncOpenAI, path: str, query: Mapping[str, object]) -> httpx2.Response:
    """As `post`, for what the provider keeps."""
    stream = await client.get(
        path,
        cast_to=object,
        options={"params": query},
        stream=True,
        stream_cls=AsyncStream[object],
    )
    return stream.response


async def warm(client: AsyncOpenAI) -> None:
    """Open a connection, and let the package do what it does once: it looks its platform up."""
    await (await get(client, "/models", {})).aclose()


def _headers(request_id: str) -> dict[str, str]:
    return {"X-Request-Id": request_id} if is_header_text(request_id) else {}


def is_header_text(text: str) -> bool:
    return 0 < len(text) <= 200 and text.isascii() and text.isprintable()


def _http_client() -> httpx2.AsyncClient:
    return DefaultAioHttpClient(
        timeout=TIMEOUT,
        limits=CONNECTIONS,
        # A POST with the key in it follows nobody.
        follow_redirects=False,
        event_hooks={"response": [_refuse_errors]},
    )


async def _refuse_errors(response: httpx2.Response) -> None:
    """Read an error's body within a limit: the client library would read it to its end."""
    if response.is_success:
        return
    if response.is_redirect:
        raise ModelRefusedError("The model's provider answered with a redirect.")
    raise from_status(response.status_code, response.headers, await error_body(response))


async def error_body(response: httpx2.Response) -> bytes:
    """Its beginning: whoever sends an endless one is not read to its end."""
    body = bytearray()
    async for chunk in response.aiter_raw():
        body += chunk
        if len(body) > LONGEST_ERROR:
            break
    return bytes(body[:LONGEST_ERROR])
