"""The peers: other durable engines that install from the registries, each at its best setting."""

import json
import re
import shutil
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from bench import database, venvs
from bench.answer import Answer
from bench.client import Connection, Request
from bench.contender import Kind
from bench.floor import Asking, edge, uvicorn, worker
from bench.place import Place
from bench.program import Running, program
from local.paths import PROJECT
from local.probe import healthy

PEERS = PROJECT / "bench" / "peers"
# One job a client, so that none waits for a slot of our choosing.
JOBS = "100"
RUN = re.compile(rb'"run_id":\s*"([^"]+)"')


@dataclass(frozen=True)
class AgentProtocol:
    """A server of LangGraph's Agent Protocol: Aegra, LangGraph's own."""

    name: str
    port: int
    running: Running
    servers: Sequence[str]
    kind: Kind = Kind.PEER
    caller: str = "server"

    async def conversation(self, connection: Connection) -> str:
        answer = await connection.send(Request("POST", "/threads", b"{}"))
        return str(json.loads(bytes(answer.said).partition(b",")[0] + b"}")["thread_id"])

    def ask(self, conversation: str, content: str) -> Request:
        body = {
            "assistant_id": "agent",
            "input": {"messages": [{"role": "user", "content": content}]},
            "stream_mode": ["messages-tuple"],
            "on_disconnect": "continue",
        }
        path = f"/threads/{conversation}/runs/stream"
        return Request("POST", path, json.dumps(body).encode())

    async def crash(self) -> None:
        await self.running.crash()

    def resume(self, conversation: str, answer: Answer) -> Request | None:
        found = RUN.search(answer.said)
        if found is None:
            return None
        return Request("GET", f"/threads/{conversation}/runs/{found[1].decode()}/stream")

    def processes(self) -> Mapping[str, Sequence[int]]:
        return {self.caller: [self.running.pid]}


@asynccontextmanager
async def dbos(place: Place) -> AsyncIterator[Asking]:
    python = await venvs.python(place.folder, venvs.DBOS)
    env = {**place.environment, "BENCH_DATABASE": await database.fresh(place, "bench_dbos")}
    port = place.port("dbos")
    argv = uvicorn(python, "dbos_app:app", port)
    started = program("dbos", argv, env, partial(healthy, port), PEERS)
    async with Running(started, place.log("dbos")) as running:
        yield Asking(
            "DBOS",
            Kind.PEER,
            port,
            {"server": running},
            servers=("postgres",),
            caller="server",
            resumes=True,
        )


@asynccontextmanager
async def streams(place: Place) -> AsyncIterator[Asking]:
    port = place.port("streams")
    async with (
        worker(place, "streams-worker", "bench.peers.streams_worker", "bench-streams") as working,
        edge(place, "streams-edge", "bench.peers.streams_edge:app", port) as answering,
    ):
        yield Asking(
            "workflow_streams",
            Kind.PEER,
            port,
            {"edge": answering, "worker": working},
            servers=("temporal",),
            caller="worker",
        )


@asynccontextmanager
async def aegra(place: Place) -> AsyncIterator[AgentProtocol]:
    async with _aegra(place, "Aegra", {}) as server:
        yield server


@asynccontextmanager
async def aegra_redis(place: Place) -> AsyncIterator[AgentProtocol]:
    settings = {
        "REDIS_BROKER_ENABLED": "true",
        "REDIS_URL": place.stack.redis_url,
        "WORKER_COUNT": "3",
        "N_JOBS_PER_WORKER": JOBS,
    }
    async with _aegra(place, "Aegra with Redis", settings) as server:
        yield server


@asynccontextmanager
async def _aegra(
    place: Place, name: str, settings: Mapping[str, str]
) -> AsyncIterator[AgentProtocol]:
    """Its app under uvicorn: `aegra serve` would leave its child behind."""
    python = await venvs.python(place.folder, venvs.AEGRA)
    key = name.lower().replace(" ", "_")
    env = {
        **place.environment,
        "DATABASE_URL": await database.fresh(place, f"bench_{key}"),
        "AEGRA_CONFIG": "aegra.json",
        "ENV_MODE": "PRODUCTION",
        "LOG_LEVEL": "WARNING",
        **settings,
    }
    port = place.port(key)
    argv = uvicorn(python, "aegra_api.main:app", port)
    started = program(key, argv, env, partial(healthy, port, "/health"), _home(place, "aegra"))
    servers = ("postgres", "redis") if settings else ("postgres",)
    async with Running(started, place.log(key)) as running:
        yield AgentProtocol(name, port, running, servers)


@asynccontextmanager
async def langgraph(place: Place) -> AsyncIterator[AgentProtocol]:
    python = await venvs.python(place.folder, venvs.LANGGRAPH)
    port = place.port("langgraph")
    argv: tuple[str, ...] = (str(python.with_name("langgraph")), "dev", "--port", str(port))
    argv += ("--no-browser", "--no-reload", "--n-jobs-per-worker", JOBS)
    argv += ("--server-log-level", "ERROR")
    env = {**place.environment, "LANGSMITH_TRACING": "false", "LANGGRAPH_CLI_NO_ANALYTICS": "1"}
    started = program(
        "langgraph", argv, env, partial(healthy, port, "/ok"), _home(place, "langgraph")
    )
    async with Running(started, place.log("langgraph")) as running:
        yield AgentProtocol("LangGraph dev server", port, running, ())


def _home(place: Place, name: str) -> Path:
    """A folder to run in, which names the graph; LangGraph's server keeps its state there."""
    home = place.folder / name
    if home.exists():
        shutil.rmtree(home)
    home.mkdir(parents=True)
    config = {"dependencies": ["."], "graphs": {"agent": f"{PEERS / 'graph.py'}:graph"}}
    (home / f"{name}.json").write_text(json.dumps(config))
    return home
