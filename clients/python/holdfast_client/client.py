"""One caller in one space: repeats what may be repeated, names what went wrong."""

import asyncio
import math
import random
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from enum import Enum
from typing import Any, Protocol, Self, TypeVar
from urllib.parse import urlsplit
from uuid import UUID

import httpx2
from pydantic import BaseModel, ValidationError

# An edge that is being replaced is back within seconds; a minute covers a restart of everything.
PATIENCE = 60.0
FIRST_WAIT = 0.1
LONGEST_WAIT = 2.0
LONGEST_RETRY_AFTER = 30.0
CONNECT_SECONDS = 5.0
# A send may wait 2 s for a worker and then for the durable path; uploads take longer than that.
ANSWER_SECONDS = 30.0
# What says "ask again": 500 does not, since the same request would meet the same defect.
PASSING = frozenset({429, 502, 503, 504})
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})

Document = dict[str, Any]
Read = TypeVar("Read", bound=BaseModel)


class Link(Protocol):
    """Told whether the server can be reached, as often as it is found out."""

    def up(self) -> None: ...

    def down(self) -> None: ...


class Account(Protocol):
    """Where to ask, as whom, in which space."""

    @property
    def api(self) -> str: ...

    @property
    def token(self) -> str: ...

    @property
    def space_id(self) -> UUID: ...


class Unwatched:
    """Nobody wants to know."""

    def up(self) -> None: ...

    def down(self) -> None: ...


class ApiError(Exception):
    """The API said no, in its own words; `code` is what to branch on."""

    def __init__(
        self, code: str, title: str, detail: str, request_id: str | None, status: int
    ) -> None:
        super().__init__(detail or title)
        self.code = code
        self.title = title
        self.detail = detail
        self.request_id = request_id
        self.status = status


class UnreachableError(Exception):
    """Nothing answered for as long as we were willing to ask."""


def error_of(response: httpx2.Response) -> ApiError:
    """The problem that a response with a body already read describes."""
    problem: dict[str, Any] = {}
    try:
        body = response.json()
    except ValueError:  # a proxy's page: the status says all there is to know
        body = None
    if isinstance(body, dict):
        problem = body
    request_id = problem.get("request_id") or response.headers.get("x-request-id")
    return ApiError(
        code=str(problem.get("code") or f"http_{response.status_code}"),
        title=str(problem.get("title") or response.reason_phrase or "The request failed"),
        detail=" ".join(_details(problem)),
        request_id=str(request_id) if request_id else None,
        status=response.status_code,
    )


def _details(problem: Document) -> list[str]:
    """Its own detail, and what is wrong with each field that this does not say already."""
    detail = str(problem.get("detail") or "")
    errors = problem.get("errors")
    faults = [error for error in errors if isinstance(error, dict)] if errors else []
    said = [f"{fault.get('pointer', '')}: {fault.get('detail', '')}" for fault in faults]
    return [one for one in (detail, *(fault for fault in said if fault not in detail)) if one]


def retry_after(response: httpx2.Response) -> float | None:
    """Seconds that the server asks us to wait, bounded; dates are not understood."""
    try:
        seconds = float(response.headers.get("retry-after", ""))
    except ValueError:
        return None
    return None if math.isnan(seconds) else min(max(seconds, 0.0), LONGEST_RETRY_AFTER)


def written(body: BaseModel | None) -> object:
    """What was set of it, as JSON."""
    return None if body is None else body.model_dump(mode="json", exclude_unset=True)


def query_of(**given: object) -> dict[str, str]:
    """The parameters that were given, as an address carries them."""
    return {name: _written(value) for name, value in given.items() if value is not None}


def _written(value: object) -> str:
    match value:
        case bool():
            return str(value).lower()
        case list():
            return ",".join(_written(one) for one in value)
        case Enum():
            return str(value.value)
        case _:
            return str(getattr(value, "root", value))


def backoff(attempt: int, first: float = FIRST_WAIT) -> float:
    """Seconds before attempt `attempt` (from 1), doubled each time, with jitter."""
    ceiling = max(LONGEST_WAIT, first)
    # The exponent is bounded, since the attempts are not.
    return min(ceiling, first * 2.0 ** min(attempt - 1, 16)) * random.uniform(0.5, 1.0)  # noqa: S311 - spreads load, keeps no secret


def _document(response: httpx2.Response) -> Document:
    """The JSON object of an answer; empty for an answer without one."""
    if not response.content:
        return {}
    try:
        document = response.json()
    except ValueError:
        document = None
    if isinstance(document, dict):
        return document
    raise _not_holdfast(response)


def read(kind: type[Read], response: httpx2.Response) -> Read:
    """The answer as its model; ApiError when it is something else."""
    try:
        return kind.model_validate_json(response.content)
    except ValidationError:
        raise _not_holdfast(response) from None


def _not_holdfast(response: httpx2.Response) -> ApiError:
    detail = f"{response.request.url} did not answer with JSON as it should: is it a Holdfast API?"
    return ApiError("not_holdfast", "Unexpected answer", detail, None, response.status_code)


class Client:
    """One caller in one space. Use as an async context manager."""

    def __init__(
        self,
        base_url: str,
        token: str,
        space_id: UUID | str,
        *,
        patience: float = PATIENCE,
        link: Link | None = None,
    ) -> None:
        self.base_url = base_url.rstrip("/")
        self.link = link or Unwatched()
        self._patience = patience
        address = urlsplit(self.base_url)
        self._http = httpx2.AsyncClient(
            base_url=self.base_url,
            headers={
                "Accept": "application/json",
                "Authorization": f"Bearer {token}",
                "X-Space-Id": str(space_id),
            },
            timeout=httpx2.Timeout(ANSWER_SECONDS, connect=CONNECT_SECONDS),
            # A proxy from the environment cannot reach this machine's own loopback.
            trust_env=address.hostname not in LOOPBACK,
            # Reading the certificates takes longer than a local request, which needs none.
            verify=address.scheme != "http",
        )

    @classmethod
    def at(cls, place: Account) -> Self:
        return cls(place.api, place.token, place.space_id)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._http.aclose()

    async def get(self, path: str, query: Mapping[str, str] | None = None) -> Document:
        return _document(await self.ask("GET", path, query=query))

    async def post(self, path: str, body: object = None, *, key: UUID | None = None) -> Document:
        """POST what is safe to repeat: by its own nature, or by the Idempotency-Key given."""
        return _document(await self.ask("POST", path, body=body, key=key))

    async def ask(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: object = None,
        file: tuple[str, tuple[str, bytes, str]] | None = None,
        fields: Mapping[str, Any] | None = None,
        key: UUID | None = None,
        repeat: bool = True,
    ) -> httpx2.Response:
        """Send until it is answered, or until patience ends (then UnreachableError, or the
        last ApiError). `repeat` is False for requests that may not be sent twice. `file` is the
        field's name, then the file's name, bytes and type; `fields` are the form's others."""
        headers = {} if key is None else {"Idempotency-Key": str(key)}
        files = None if file is None else dict([file])
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self._patience
        attempt = 0
        while True:
            attempt += 1
            failure: Exception
            try:
                response = await self._http.request(
                    method,
                    path,
                    params=query,
                    json=body,
                    files=files,
                    data=None if file is None else fields,
                    headers=headers,
                )
            except httpx2.TransportError as error:
                failure, wait = self._unreachable(error), backoff(attempt)
            else:
                if response.is_success:
                    self.link.up()
                    return response
                failure = error_of(response)
                if response.status_code not in PASSING:
                    raise failure
                wait = retry_after(response) or backoff(attempt)
            if not repeat or loop.time() + wait > deadline:
                raise failure
            self.link.down()
            await asyncio.sleep(wait)

    def _unreachable(self, error: httpx2.TransportError) -> UnreachableError:
        cause = str(error) or type(error).__name__
        return UnreachableError(f"Nothing answers at {self.base_url} ({cause}).")

    @asynccontextmanager
    async def streaming(
        self, path: str, *, params: Mapping[str, str], headers: Mapping[str, str], silence: float
    ) -> AsyncIterator[httpx2.Response]:
        """One GET whose body is read as it comes; `silence` bounds the wait between two bytes."""
        timeout = httpx2.Timeout(ANSWER_SECONDS, connect=CONNECT_SECONDS, read=silence)
        async with self._http.stream(
            "GET", path, params=params, headers=headers, timeout=timeout
        ) as response:
            yield response
