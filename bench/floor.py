"""The floors: the model server alone, a plain proxy, a bare workflow."""

import json
import re
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from bench.answer import Answer
from bench.client import Connection, Request
from bench.contender import Kind
from bench.place import Place
from bench.program import Running, program
from local.paths import PROJECT
from local.probe import healthy

TURN = re.compile(rb'"turn": "([^"]+)"')


@dataclass(frozen=True)
class ModelAlone:
    """The model server asked directly, with Chat Completions."""

    port: int
    name: str = "model server"
    kind: Kind = Kind.FLOOR
    servers: Sequence[str] = ()

    async def conversation(self, connection: Connection) -> str:  # noqa: ARG002 -- the contract's
        return ""

    def ask(self, conversation: str, content: str) -> Request:  # noqa: ARG002 -- the contract's
        body = {
            "model": "offline",
            "stream": True,
            "messages": [{"role": "user", "content": content}],
        }
        return Request("POST", "/v1/chat/completions", json.dumps(body).encode())

    def processes(self) -> Mapping[str, Sequence[int]]:
        return {}

    async def crash(self) -> None:
        raise NotImplementedError("The model server is everybody's.")

    def resume(self, conversation: str, answer: Answer) -> Request | None:  # noqa: ARG002 -- as above
        return None


@dataclass(frozen=True)
class Asking:
    """A program with `POST /ask {content}` that answers with a stream: floors, and small peers."""

    name: str
    kind: Kind
    port: int
    running: Mapping[str, Running]
    servers: Sequence[str] = ()
    caller: str = "edge"
    """The role of the process that calls the model."""
    resumes: bool = False
    """Has `GET /turns/{id}`, the id being in the answer's first event."""

    async def conversation(self, connection: Connection) -> str:  # noqa: ARG002 -- the contract's
        return ""

    def ask(self, conversation: str, content: str) -> Request:  # noqa: ARG002 -- the contract's
        return Request("POST", "/ask", json.dumps({"content": content}).encode())

    async def crash(self) -> None:
        await self.running[self.caller].crash()

    def resume(self, conversation: str, answer: Answer) -> Request | None:  # noqa: ARG002 -- as above
        found = TURN.search(answer.said) if self.resumes else None
        return Request("GET", f"/turns/{found[1].decode()}?after=0") if found else None

    def processes(self) -> Mapping[str, Sequence[int]]:
        return {role: [running.pid] for role, running in self.running.items()}


def uvicorn(python: Path, app: str, port: int) -> tuple[str, ...]:
    """One process, as fast as uvicorn goes."""
    argv = [str(python), "-m", "uvicorn", app, "--host", "127.0.0.1", "--port", str(port)]
    return (*argv, "--no-access-log", "--loop", "uvloop", "--timeout-graceful-shutdown", "1")


def edge(
    place: Place, name: str, app: str, port: int, more: Mapping[str, str] | None = None
) -> Running:
    argv = uvicorn(Path(sys.executable), app, port)
    env = {**place.environment, **(more or {})}
    started = program(name, argv, env, partial(healthy, port), PROJECT)
    return Running(started, place.log(name))


def worker(
    place: Place, name: str, module: str, queue: str, more: Mapping[str, str] | None = None
) -> Running:
    argv = (sys.executable, "-m", module)
    env = {**place.environment, **(more or {})}
    ready = partial(place.polled, queue)
    return Running(program(name, argv, env, ready, PROJECT), place.log(name))


@asynccontextmanager
async def model_alone(place: Place) -> AsyncIterator[ModelAlone]:
    yield ModelAlone(place.model_port)


@asynccontextmanager
async def proxy(place: Place) -> AsyncIterator[Asking]:
    port = place.port("proxy")
    async with edge(place, "proxy", "bench.floors.proxy:app", port) as running:
        yield Asking("plain proxy", Kind.FLOOR, port, {"edge": running})


@asynccontextmanager
async def bare(place: Place) -> AsyncIterator[Asking]:
    """As anyone would write it, the model's stream read as its client's documentation shows."""
    async with _bare(place, "bare workflow", {}) as asking:
        yield asking


@asynccontextmanager
async def bare_lean(place: Place) -> AsyncIterator[Asking]:
    """The same, its model's stream read as ours is: nearest to what the engine itself costs."""
    async with _bare(place, "bare workflow, lean", {"BENCH_LEAN": "1"}) as asking:
        yield asking


@asynccontextmanager
async def _bare(place: Place, name: str, more: Mapping[str, str]) -> AsyncIterator[Asking]:
    key = name.replace(", ", "-").replace(" ", "-")
    port = place.port(key)
    queue = f"bench-{key}"
    env = {**more, "BENCH_QUEUE": queue}
    module, app = "bench.floors.bare_worker", "bench.floors.bare_edge:app"
    async with (
        worker(place, f"{key}-worker", module, queue, env) as working,
        edge(place, f"{key}-edge", app, port, env) as answering,
    ):
        running = {"edge": answering, "worker": working}
        servers = ("temporal", "redis")
        yield Asking(name, Kind.FLOOR, port, running, servers, caller="worker")
