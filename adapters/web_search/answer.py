"""One request to a provider and its answer: bounded, never repeated, named when it fails."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

import httpx2
import orjson

from adapters.retry_after import retry_after
from models.errors import AppError, InvalidError, LimitError, UnavailableError

Json = dict[str, Any]

# 20 results with all that providers put around them stay below 300 KB.
LONGEST_ANSWER: Final = 2 * 1024 * 1024
# The tool that asks has 20 s, and may have a page to read besides.
TIMEOUT: Final = httpx2.Timeout(8.0, connect=3.0, pool=3.0)
CONNECTIONS: Final = httpx2.Limits(
    max_connections=50, max_keepalive_connections=10, keepalive_expiry=30.0
)
# A shorter wait is worth a repeat of the call; a longer one is told to whoever asked.
WORTH_WAITING: Final = 10.0
_USED_UP: Final = ("credit", "quota", "balance")


def search_client() -> httpx2.AsyncClient:
    """Close it at the end. A request with a key in it follows nobody."""
    return httpx2.AsyncClient(
        timeout=TIMEOUT,
        limits=CONNECTIONS,
        follow_redirects=False,
        headers={"Accept": "application/json", "Accept-Encoding": "identity"},
    )


async def asked(
    client: httpx2.AsyncClient,
    provider: str,
    method: str,
    url: str,
    *,
    params: Mapping[str, str] | None = None,
    body: Json | None = None,
    headers: Mapping[str, str] | None = None,
) -> Json:
    """The answer's object. UnavailableError provider_away or not_configured, LimitError
    provider_quota, InvalidError query_refused."""
    try:
        request = client.build_request(method, url, params=params, json=body, headers=headers)
        response = await client.send(request, stream=True)
        try:
            data = await _read(response)
        finally:
            await response.aclose()
    except (httpx2.InvalidURL, httpx2.UnsupportedProtocol):
        raise not_configured(f"The address of {provider} is not one.") from None
    except (httpx2.HTTPError, httpx2.StreamError, OSError) as error:
        # Their texts may name the inside, and the address may hold a key.
        raise away(f"{provider} does not answer ({type(error).__name__}).") from None
    if not response.is_success:
        raise _failure(provider, response, data)
    return _document(provider, data)


async def _read(response: httpx2.Response) -> bytes:
    data = bytearray()
    async for part in response.aiter_raw():
        data += part
        if len(data) > LONGEST_ANSWER:
            raise away("The search provider's answer has no end.", retryable=False)
    return bytes(data)


def _document(provider: str, data: bytes) -> Json:
    try:
        document = orjson.loads(data)
    except orjson.JSONDecodeError:
        raise away(f"{provider} answers with something that is no JSON.") from None
    if not isinstance(document, dict):
        raise away(f"{provider} answers with something that is no object.")
    return document


def _failure(provider: str, response: httpx2.Response, data: bytes) -> AppError:
    status, wait = response.status_code, retry_after(response.headers)
    said = data[:2_000].decode("utf-8", "replace").lower()
    if status == 402 or (status in {400, 403} and any(word in said for word in _USED_UP)):
        return LimitError(
            f"The searches that this deployment has bought from {provider} are used up: an "
            "operator can buy more. Go on without a search, or say that none was made.",
            code="provider_quota",
        )
    if status == 429:
        return _limited(provider, 1.0 if wait is None else wait)
    if status in {401, 403}:
        return not_configured(f"{provider} refuses the key or the kind of request.")
    if 400 <= status < 500 and status not in {404, 408}:
        return InvalidError(f"{provider} does not take this query.", code="query_refused")
    return away(f"{provider} answers with status {status}.", retry_after=wait)


def _limited(provider: str, wait: float) -> LimitError:
    return LimitError(
        f"{provider} takes no more searches now; it asks to wait {wait:.0f} s.",
        code="provider_quota",
        retryable=wait <= WORTH_WAITING,
        retry_after=wait,
    )


def away(
    detail: str, *, retryable: bool = True, retry_after: float | None = None
) -> UnavailableError:
    return UnavailableError(
        detail, code="provider_away", retryable=retryable, retry_after=retry_after
    )


def not_configured(why: str) -> UnavailableError:
    """In words that both the model and its reader understand."""
    return UnavailableError(
        f"Web search is not set up in this deployment. {why} An operator can set it up: "
        "HOLDFAST_WEB_SEARCH__PROVIDER (brave, serper or searxng), with "
        "HOLDFAST_WEB_SEARCH__API_KEY, or HOLDFAST_WEB_SEARCH__URL for searxng. "
        "Tell the user so, and do not answer as if a search had been made.",
        code="not_configured",
        retryable=False,
    )


def rows(document: object, *path: str) -> list[Json]:
    """The list of objects at the end of a path of keys; what is no object is left out."""
    for key in path:
        document = document.get(key) if isinstance(document, dict) else None
    found = document if isinstance(document, list) else []
    return [row for row in found if isinstance(row, dict)]


def text(value: object, most: int = 1_000) -> str:
    """One line of it."""
    return " ".join(value.split())[:most] if isinstance(value, str) else ""


def address(value: object) -> str:
    """Of a page on the web; empty for what is none."""
    found = value.strip() if isinstance(value, str) else ""
    sound = found.lower().startswith(("http://", "https://")) and len(found) <= 2_000
    return found if sound and found.isprintable() and " " not in found else ""


def moment(value: object) -> datetime | None:
    """ISO 8601, UTC where it says nothing else."""
    try:
        found = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return found.replace(tzinfo=found.tzinfo or UTC) if found else None
