"""Quiet sockets on one edge: memory of each, of a subscription, of an SSE reader beside them."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack

from websockets.asyncio.client import ClientConnection, connect

from bench import processor
from bench.figures.readers import RAMP, Crowd, conversations
from bench.ours import Holdfast
from bench.place import Place
from bench.plan import Plan
from bench.restart import restarted
from bench.results import Results

# As many as one socket may have.
SUBSCRIPTIONS = 50
# Imports and pools of the first are not the others' own.
FIRST = 10
PATIENCE = 60.0  # seconds, until all of them are there
Opening = Callable[[int], Awaitable[object]]
"""Opens the one of that number."""


async def measure(place: Place, plan: Plan, results: Results) -> None:
    """Either kind of reader meets a fresh edge: memory that others left free would be reused."""
    contender = Holdfast(place.stack, "direct", "holdfast")
    logs = await conversations(contender, plan.sockets + FIRST)
    await restarted(place, ["edge"])
    await _sockets(contender, logs, plan.sockets, results)
    await restarted(place, ["edge"])
    crowd = Crowd(contender, logs)
    try:
        each = await _each(contender, plan.sockets, lambda _: crowd.join(1, at_once=1))
        _add(results, f"{plan.sockets:,} quiet SSE readers beside sockets", each)
    finally:
        await crowd.leave()


async def _sockets(contender: Holdfast, logs: Sequence[str], count: int, results: Results) -> None:
    async with AsyncExitStack() as held:
        sockets: list[ClientConnection] = []

        async def one(_: int) -> None:
            sockets.append(await _open(contender, held))

        _add(results, f"{count:,} quiet sockets", await _each(contender, count, one))
        each = await _each(contender, count, _subscribing(sockets, logs))
        _add(results, f"{count:,} quiet subscriptions, {SUBSCRIPTIONS} on a socket", each)


def _add(results: Results, what: str, kilobytes: float) -> None:
    results.add(f"{what}, memory each", "holdfast", "KB", [kilobytes])


async def _each(contender: Holdfast, count: int, open_one: Opening) -> float:
    """Kilobytes that each of so many adds to the edge."""
    edges = contender.processes()["edge"]
    async with asyncio.timeout(PATIENCE):
        for number in range(FIRST):
            await open_one(number)
        before = processor.megabytes(edges)
        for begun in range(0, count, RAMP):
            some = range(begun, min(begun + RAMP, count))
            await asyncio.gather(*(open_one(FIRST + number) for number in some))
        return (processor.megabytes(edges) - before) * 1_000 / count


async def _open(contender: Holdfast, held: AsyncExitStack) -> ClientConnection:
    url = f"{contender.stack.api.replace('http', 'ws', 1)}/v1/ws"
    socket = await held.enter_async_context(connect(url, compression=None, ping_interval=None))
    who = {"token": contender.stack.token, "space_id": str(contender.stack.space_id)}
    await _said(socket, {"type": "auth", **who}, "ready")
    return socket


def _subscribing(sockets: Sequence[ClientConnection], logs: Sequence[str]) -> Opening:
    """The first have a socket of their own."""
    # Nothing else comes of quiet logs: each takes its own answer.
    locks = [asyncio.Lock() for _ in sockets]

    async def subscribe(number: int) -> None:
        place = 0 if number < FIRST else 1 + (number - FIRST) // SUBSCRIPTIONS
        async with locks[place]:
            asked = {"type": "subscribe", "conversation_id": logs[number]}
            await _said(sockets[place], asked, "subscribed")

    return subscribe


async def _said(socket: ClientConnection, message: dict[str, str], answer: str) -> None:
    await socket.send(json.dumps(message))
    while json.loads(await socket.recv())["type"] != answer:
        pass
