"""Follow a conversation's events for ever: whatever is cut, nothing is missed or seen twice."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass

import httpx2
import orjson
from pydantic import ValidationError

from cli.client import FIRST_WAIT, PASSING, ApiError, Client, backoff, error_of, retry_after
from domain.wire import decode
from models.payloads.events import START, EventId, LoggedEvent

# The edge says something every 15 s: three silences in a row mean that nobody is there.
SILENCE = 45.0
# The largest event is a list of sources or a tool's result, far below this.
LARGEST_EVENT = 16 * 1024 * 1024
LONGEST_RETRY = 30.0
# What is no event stream so many times in a row is somebody else's server.
UNREADABLE = 5


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
    after: EventId = START,
    until_idle: bool = False,
    silence: float = SILENCE,
) -> AsyncGenerator[LoggedEvent, None]:
    """Yield each event after the id once, in order. It ends only when the server says that there
    is nothing more to come (204); ApiError when it says that asking again is no use."""
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
        self, client: Client, path: str, after: EventId, *, until_idle: bool, silence: float
    ) -> None:
        self.pace = _Pace()
        self.finished = False
        self._client = client
        self._path = path
        self._last = after
        self._until_idle = until_idle
        self._silence = silence

    async def connection(self) -> AsyncGenerator[LoggedEvent, None]:
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

    def _newer(self, sent: httpx2.ServerSentEvent) -> LoggedEvent | None:
        """The event, or None for one seen before and for a kind that a later version added."""
        try:
            event = decode(sent.data.encode())
        except ValidationError:
            self._last = max(self._last, _id_of(sent))
            return None
        except (orjson.JSONDecodeError, ValueError, KeyError, TypeError) as error:
            raise GarbledStreamError from error
        if event.id <= self._last:
            return None
        self._last = event.id
        return event


def _id_of(sent: httpx2.ServerSentEvent) -> EventId:
    try:
        return EventId.parse(sent.id)
    except ValueError:
        return START  # without an id there is nothing to resume from: it was for this moment only
