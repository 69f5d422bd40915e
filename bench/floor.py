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


def edge(place: Place, name: str, app: str, port: int) -> Running:
    argv = uvicorn(Path(sys.executable), app, port)
    started = program(name, argv, place.environment, partial(healthy, port), PROJECT)
    return Running(started, place.log(name))


def worker(place: Place, name: str, module: str, queue: str) -> Running:
    argv = (sys.executable, "-m", module)
    ready = partial(place.polled, queue)
    return Running(program(name, argv, place.environment, ready, PROJECT), place.log(name))


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
    port = place.port("bare")
    async with (
        worker(place, "bare-worker", "bench.floors.bare_worker", "bench-bare") as working,
        edge(place, "bare-edge", "bench.floors.bare_edge:app", port) as answering,
    ):
        yield Asking(
            "bare workflow",
            Kind.FLOOR,
            port,
            {"edge": answering, "worker": working},
            servers=("temporal", "redis"),
            caller="worker",
        )
