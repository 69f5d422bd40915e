"""Follow a log's events for ever: whatever is cut, nothing is missed or seen twice."""

import asyncio
import json
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

import httpx2

from holdfast_client.client import (
    FIRST_WAIT,
    PASSING,
    ApiError,
    Client,
    backoff,
    error_of,
    retry_after,
)

# The edge says something every 15 s: three silences in a row mean that nobody is there.
SILENCE = 45.0
# The largest event is a list of sources or a tool's result, far below this.
LARGEST_EVENT = 16 * 1024 * 1024
LONGEST_RETRY = 30.0
# What is no event stream so many times in a row is somebody else's server.
UNREADABLE = 5


class Cursor(NamedTuple):
    """A place in a log, written `<turn>.<sequence>`; only rises."""

    turn: int = 0
    sequence: int = 0

    def __str__(self) -> str:
        return f"{self.turn}.{self.sequence}"

    @classmethod
    def parse(cls, text: str) -> "Cursor":
        """ValueError for anything else."""
        turn, _, sequence = text.partition(".")
        return cls(int(turn), int(sequence))


START = Cursor()


@dataclass(frozen=True, slots=True)
class Received:
    """An event as it came; `data` is its JSON object."""

    id: Cursor
    kind: str
    data: bytes

    @property
    def event(self) -> Any:  # noqa: ANN401 - models.Event's classes, of which some are yet to come
        """The event as its class; pydantic's ValidationError for a kind that a later server
        added."""
        return _event_reader()(self.data)


class GarbledStreamError(Exception):
    """The stream cannot be what the server meant to send: ask again from the last good event."""


@dataclass
class _Pace:
    """How long to wait before the next connection."""

    first: float = FIRST_WAIT
    attempt: int = 0
    unreadable: int = 0
    asked: float | None = None

    def progressed(self) -> None:
        self.attempt = self.unreadable = 0

    def retry(self, milliseconds: int) -> None:
        self.first = min(max(milliseconds / 1000, 0.0), LONGEST_RETRY) or FIRST_WAIT

    def next(self) -> float:
        self.attempt += 1
        asked, self.asked = self.asked, None
        return backoff(self.attempt, self.first) if asked is None else asked


async def follow(
    client: Client,
    path: str,
    *,
    after: Cursor = START,
    until_idle: bool = False,
    silence: float = SILENCE,
) -> AsyncGenerator[Received, None]:
    """Yield each event after the cursor once, in order. It ends only when the server says that
    there is nothing more to come (204); ApiError when it says that asking again is no use."""
    reader = _Reader(client, path, after, until_idle=until_idle, silence=silence)
    pace = reader.pace
    while not reader.finished:
        try:
            async for event in reader.connection():
                yield event
        except httpx2.TransportError as error:
            if isinstance(error, httpx2.SSEError):
                pace.unreadable += 1
                if pace.unreadable >= UNREADABLE:
                    raise ApiError("stream_unreadable", str(error), "", None, 200) from error
            client.link.down()
        except GarbledStreamError:
            client.link.down()
        if not reader.finished:
            await asyncio.sleep(pace.next())


class _Reader:
    """What survives from one connection to the next."""

    def __init__(
        self, client: Client, path: str, after: Cursor, *, until_idle: bool, silence: float
    ) -> None:
        self.pace = _Pace()
        self.finished = False
        self._client = client
        self._path = path
        self._last = Cursor(*after)
        self._until_idle = until_idle
        self._silence = silence

    async def connection(self) -> AsyncGenerator[Received, None]:
        """One connection, from the last event seen until it ends or is cut."""
        headers = {"Accept": "text/event-stream", "Cache-Control": "no-store"}
        if self._last > START:
            headers["Last-Event-ID"] = str(self._last)
        params = {"until": "idle"} if self._until_idle else {}
        async with self._client.streaming(
            self._path, params=params, headers=headers, silence=self._silence
        ) as response:
            if not await self._accepted(response):
                return
            self._client.link.up()
            async for sent in httpx2.EventSource(response, max_event_size=LARGEST_EVENT):
                if sent.retry is not None:
                    self.pace.retry(sent.retry)
                if sent.data and (event := self._newer(sent)) is not None:
                    self.pace.progressed()
                    yield event

    async def _accepted(self, response: httpx2.Response) -> bool:
        if response.status_code == httpx2.codes.NO_CONTENT:
            self.finished = True
            return False
        if response.is_success:
            return True
        await response.aread()
        if response.status_code not in PASSING:
            raise error_of(response)
        self._client.link.down()
        self.pace.asked = retry_after(response)
        return False

    def _newer(self, sent: httpx2.ServerSentEvent) -> Received | None:
        """None for one seen before, and for what has no place in a log: it was for its moment."""
        try:
            document = json.loads(sent.data)
            kind, place = str(document["kind"]), document.get("id")
            found = Received(Cursor.parse(place), kind, sent.data.encode()) if place else None
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise GarbledStreamError from error
        if found is None or found.id <= self._last:
            return None
        self._last = found.id
        return found


@cache
def _event_reader() -> Callable[[bytes], Any]:
    """Made when it is first asked for: who reads the JSON alone does not wait for the models."""
    from holdfast_client.models import Event  # noqa: PLC0415

    return lambda data: Event.model_validate_json(data).root
