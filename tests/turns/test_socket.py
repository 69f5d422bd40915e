"""The WebSocket on the real servers: edges come and go, what a client saw adds up."""

import asyncio
import json
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import orjson
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from domain.fold import fold
from domain.wire import decode
from local.stack import Stack
from models.payloads.events import LoggedEvent
from tests.api.real import serving, token
from tests.turns.cast import SLOW
from tests.turns.held import HELD, Held
from tests.turns.lab import Lab, lab

RESTARTS = 1012


class Client:
    """Follows one conversation over whichever edge there is, and keeps what it saw."""

    def __init__(self, here: Lab) -> None:
        self.here = here
        self.seen: list[LoggedEvent] = []
        self._token = token(here.scope.organisation_id, here.scope.space_id)

    async def open(self, stack: AsyncExitStack, address: str) -> ClientConnection:
        url = f"ws{address.removeprefix('http')}/v1/ws"
        connection = await stack.enter_async_context(connect(url, proxy=None))
        space = str(self.here.scope.space_id)
        ready = await ask(connection, "auth", token=self._token, space_id=space)
        assert ready["type"] == "ready", ready
        after = str(self.seen[-1].id) if self.seen else None
        conversation = str(self.here.conversation_id)
        followed = await ask(connection, "subscribe", conversation_id=conversation, after=after)
        assert followed["type"] == "subscribed", followed
        return connection

    async def read(self, connection: ClientConnection, until: str, most: int = 1_000) -> bool:
        """Whether that kind of event came, before so many events had."""
        for _ in range(most):
            said = await hear(connection)
            if said["type"] != "event":
                continue
            event = decode(orjson.dumps(said["event"]))
            self.seen.append(event)
            if event.event.kind == until:
                return True
        return False


async def hear(connection: ClientConnection) -> dict[str, Any]:
    async with asyncio.timeout(60):
        said: dict[str, Any] = json.loads(await connection.recv())
    return said


async def ask(connection: ClientConnection, kind: str, **fields: object) -> dict[str, Any]:
    await connection.send(json.dumps({"type": kind, **fields}))
    return await hear(connection)


async def test_an_edge_goes_away_mid_answer_and_another_goes_on(
    stack: Stack, tmp_path: Path
) -> None:
    held = Held()
    async with lab(stack, around=held.around) as here, AsyncExitStack() as open_until_the_end:
        client, dying = Client(here), AsyncExitStack()
        first = await dying.enter_async_context(serving(stack, tmp_path, tmp_path, here.queue))
        connection = await client.open(open_until_the_end, first)
        conversation = str(here.conversation_id)
        text = f"{HELD}\n@offline gap_ms=25 tokens=80"
        typing = await ask(connection, "send", conversation_id=conversation, content=text)
        assert typing["type"] == "typing"
        assert await client.read(connection, "text.delta")
        await dying.aclose()
        with pytest.raises(ConnectionClosed):
            await client.read(connection, "turn.completed")
        assert connection.close_code == RESTARTS
        held.release.set()
        second = await open_until_the_end.enter_async_context(
            serving(stack, tmp_path, tmp_path, here.queue)
        )
        for most in (7, 11, 1_000):
            connection = await client.open(open_until_the_end, second)
            if await client.read(connection, "turn.completed", most=most):
                break
            connection.transport.abort()
        await here.idle()
        assert fold(client.seen) == await here.stored_fold()
        ids = [event.id for event in client.seen]
        assert ids == sorted(set(ids))


async def test_a_turn_is_stopped_over_the_socket(stack: Stack, tmp_path: Path) -> None:
    async with (
        lab(stack) as here,
        serving(stack, tmp_path, tmp_path, here.queue) as address,
        AsyncExitStack() as opened,
    ):
        client = Client(here)
        connection = await client.open(opened, address)
        conversation = str(here.conversation_id)
        await ask(connection, "send", conversation_id=conversation, content=SLOW)
        assert await client.read(connection, "text.delta")
        await connection.send(json.dumps({"type": "stop", "conversation_id": conversation}))
        assert await client.read(connection, "turn.stopped")
        await here.idle()
        assert fold(client.seen) == await here.stored_fold()


async def test_places_for_streams_are_counted_over_all_edges(
    stack: Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOLDFAST_RATES__STREAMS", "4")
    async with (
        lab(stack) as here,
        serving(stack, tmp_path, tmp_path, here.queue) as first,
        serving(stack, tmp_path, tmp_path, here.queue) as second,
        AsyncExitStack() as opened,
    ):
        client = Client(here)
        for place in range(4):
            await client.open(opened, (first, second)[place % 2])
        one_more = await opened.enter_async_context(
            connect(f"ws{first.removeprefix('http')}/v1/ws", proxy=None)
        )
        space = str(here.scope.space_id)
        refused = await ask(one_more, "auth", token=client._token, space_id=space)
        assert (refused["status"], refused["code"]) == (429, "too_many_streams")
