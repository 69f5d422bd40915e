"""One pub/sub connection for all readers of an edge."""

import asyncio
import contextlib
import random

import structlog
from redis.asyncio import Redis
from redis.asyncio.connection import AbstractConnection
from redis.exceptions import ConnectionError as RedisConnectionError

from adapters.events.connection import AWAY, cancellable
from adapters.events.mailbox import Mailbox, Message
from domain import wire

_LOG = structlog.get_logger(__name__)

# A connection silent for so long is asked for a sign of life, and given up after as long again.
SILENCE_SECONDS = 5.0
# Between attempts to connect: doubling, with jitter, so that edges do not return as one.
FIRST_PAUSE, LONGEST_PAUSE = 0.05, 1.0
# How exactly readers' times are kept: one timer for all instead of one for each event and reader.
TICK_SECONDS = 0.25
# Channels in one command: bounds its size.
CHUNK = 500


# What is published when a log was erased: its readers end, and find out when they come back.
ERASED = b"-"


class Channel:
    """One log's readers here. `ready`: Redis sends what is published; should its confirmation be
    yet to come, they read again at it."""

    __slots__ = ("key", "mailboxes", "ready")

    def __init__(self, key: bytes, *, ready: bool) -> None:
        self.key = key
        self.mailboxes: set[Mailbox] = set()
        self.ready = ready

    def read_again(self) -> None:
        for mailbox in self.mailboxes:
            mailbox.again = True
            mailbox.wake()


class Hub:
    """Subscribes for the first reader of a channel, and unsubscribes after the last."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._channels: dict[bytes, Channel] = {}
        self._sent: set[bytes] = set()
        self._changed = asyncio.Event()
        self._tasks: tuple[asyncio.Task[None], ...] = ()

    def join(self, name: str, mailbox: Mailbox) -> Channel:
        """Put what is published on a channel into the mailbox, until it leaves."""
        self._start()
        key = name.encode()
        channel = self._channels.get(key)
        if channel is None:
            # Left and joined in one step: nothing is sent, and so nothing confirmed, once more.
            channel = self._channels[key] = Channel(key, ready=key in self._sent)
            self._changed.set()
        channel.mailboxes.add(mailbox)
        return channel

    def leave(self, channel: Channel, mailbox: Mailbox) -> None:
        channel.mailboxes.discard(mailbox)
        if not channel.mailboxes and self._channels.get(channel.key) is channel:
            del self._channels[channel.key]
            self._changed.set()

    async def close(self) -> None:
        """Let go of the connection; readers end when they look next."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = ()

    def _start(self) -> None:
        if not self._tasks:
            self._tasks = (
                asyncio.create_task(self._stay_connected(), name="event hub"),
                asyncio.create_task(self._remind(), name="event hub clock"),
            )

    async def _remind(self) -> None:
        clock = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(TICK_SECONDS)
            now = clock.time()
            for channel in self._channels.values():
                for mailbox in channel.mailboxes:
                    mailbox.remind(now)

    async def _stay_connected(self) -> None:
        pause = FIRST_PAUSE
        while True:
            connection = _connection(self._redis)
            try:
                await cancellable(connection.connect())  # type: ignore[no-untyped-call]  # theirs
                pause = FIRST_PAUSE
                await self._serve(connection)
            except AWAY as error:
                _LOG.warning("event_hub.disconnected", reason=str(error)[:200])
            finally:
                self._lose()
                with contextlib.suppress(*AWAY):
                    await connection.disconnect(nowait=True)
            await asyncio.sleep(pause * random.uniform(0.5, 1.0))  # noqa: S311  # spreads load
            pause = min(pause * 2, LONGEST_PAUSE)

    def _lose(self) -> None:
        self._sent.clear()
        self._changed.set()
        for channel in self._channels.values():
            channel.ready = False
            channel.read_again()

    async def _serve(self, connection: AbstractConnection) -> None:
        subscribing = asyncio.create_task(self._subscribe(connection))
        try:
            await self._listen(connection)
        finally:
            subscribing.cancel()
            await asyncio.gather(subscribing, return_exceptions=True)

    async def _subscribe(self, connection: AbstractConnection) -> None:
        """Keep Redis's idea of our channels equal to ours."""
        while True:
            await self._changed.wait()
            self._changed.clear()
            wanted = set(self._channels)
            gone, new = self._sent - wanted, wanted - self._sent
            # Before the waits below: whoever joins in them is judged by what is being sent.
            self._sent = wanted
            await _send(connection, "UNSUBSCRIBE", gone)
            await _send(connection, "SUBSCRIBE", new)

    async def _listen(self, connection: AbstractConnection) -> None:
        asked = False
        while True:
            reply = await connection.read_response(timeout=SILENCE_SECONDS)
            if reply is None and asked:
                raise RedisConnectionError("no sign of life")
            if reply is None:
                asked = True
                await cancellable(connection.send_command("PING", check_health=False))
                continue
            asked = False
            if isinstance(reply, list):
                self._receive(reply)

    def _receive(self, reply: list[bytes]) -> None:
        kind, name, content = reply[0], reply[1], reply[-1]
        channel = self._channels.get(name)
        if channel is None:
            return
        if kind == b"subscribe":
            channel.ready = True
            channel.read_again()
        elif kind == b"message" and content == ERASED:
            for mailbox in channel.mailboxes:
                mailbox.ended = True
                mailbox.wake()
        elif kind == b"message" and content:
            self._deliver(channel, content)
        elif kind == b"message":
            for mailbox in channel.mailboxes:
                mailbox.hinted = True
                mailbox.wake()

    def _deliver(self, channel: Channel, content: bytes) -> None:
        try:
            events = tuple(wire.parse(line)[0] for line in content.split(b"\n"))
        except (ValueError, LookupError) as error:
            _LOG.warning("event_hub.unreadable", reason=str(error)[:200])
            channel.read_again()
            return
        message = Message(events, len(content))
        for mailbox in channel.mailboxes:
            mailbox.put(message)


def _connection(redis: Redis) -> AbstractConnection:
    """Make one beside the pool, with its settings."""
    made: AbstractConnection = redis.connection_pool.make_connection()  # type: ignore[no-untyped-call]  # theirs
    return made


async def _send(connection: AbstractConnection, command: str, names: set[bytes]) -> None:
    ordered = list(names)
    for start in range(0, len(ordered), CHUNK):
        chunk = ordered[start : start + CHUNK]
        await cancellable(connection.send_command(command, *chunk, check_health=False))
