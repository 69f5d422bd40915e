"""The readers' subscriptions: whoever comes hears what is new, whatever is under way to Redis."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis
from redis.asyncio.connection import AbstractConnection

from adapters.events import hub as hubs
from adapters.events.hub import Channel, Hub
from adapters.events.mailbox import Mailbox
from tests.waiting import until


@pytest.fixture
async def hub(redis: Redis) -> AsyncIterator[Hub]:
    hub = Hub(redis)
    yield hub
    await hub.close()


class Gate:
    """Holds one command on its way out, behind what Redis has of it already, or before."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, command: str, *, sent: bool) -> None:
        self.reached = asyncio.Event()
        self.release = asyncio.Event()
        self._held, self._sent = command, sent
        self._send = hubs._send
        monkeypatch.setattr(hubs, "_send", self._pass)

    async def _pass(self, connection: AbstractConnection, command: str, names: set[bytes]) -> None:
        holds = command == self._held and bool(names) and not self.release.is_set()
        if self._sent or not holds:
            await self._send(connection, command, names)
        if holds:
            self.reached.set()
            await self.release.wait()
            if not self._sent:
                await self._send(connection, command, names)


async def joined(hub: Hub, name: str) -> tuple[Channel, Mailbox]:
    mailbox = Mailbox()
    channel = hub.join(name, mailbox)
    await until(lambda: channel.ready)
    return channel, mailbox


async def hears(redis: Redis, name: str, mailbox: Mailbox) -> None:
    """What is published now comes."""
    mailbox.again = mailbox.hinted = False
    await redis.publish(name, b"")
    await until(lambda: mailbox.hinted)


async def test_who_leaves_and_joins_in_one_step_is_told_what_is_new(hub: Hub, redis: Redis) -> None:
    channel, mailbox = await joined(hub, "log")
    hub.leave(channel, mailbox)
    again = hub.join("log", mailbox)
    # Whatever there was to send or to confirm has gone through before this.
    await joined(hub, "another")

    assert again.ready
    await hears(redis, "log", mailbox)


async def test_who_joins_while_the_channel_is_being_left_waits_for_a_confirmation_of_its_own(
    hub: Hub, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    channel, mailbox = await joined(hub, "log")
    gate = Gate(monkeypatch, "UNSUBSCRIBE", sent=False)
    hub.leave(channel, mailbox)
    await gate.reached.wait()
    mailbox.again = False
    again = hub.join("log", mailbox)

    assert not again.ready
    gate.release.set()
    await until(lambda: again.ready)
    assert mailbox.again
    await hears(redis, "log", mailbox)


async def test_who_comes_back_when_the_confirmation_found_nobody_is_told_what_is_new(
    hub: Hub, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    confirmed = asyncio.Event()
    receive = hub._receive

    def received(reply: list[bytes]) -> None:
        receive(reply)
        confirmed.set()

    monkeypatch.setattr(hub, "_receive", received)
    gate = Gate(monkeypatch, "SUBSCRIBE", sent=True)
    mailbox = Mailbox()
    channel = hub.join("log", mailbox)
    await gate.reached.wait()
    hub.leave(channel, mailbox)
    await confirmed.wait()
    again = hub.join("log", mailbox)
    gate.release.set()
    await joined(hub, "another")

    assert again.ready
    await hears(redis, "log", mailbox)
