"""A stack started as a user starts it, its processes within reach of signals."""

import asyncio
import itertools
import json
import os
import shutil
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal
from uuid import UUID, uuid4

import httpx2

from local import identity, ports, product
from local.control import Request, ask
from local.log import LogFiles
from local.paths import PROJECT, Folder, programs
from local.process import Program, always_ready, tie_to_parent
from local.supervisor import Supervisor

EDGES = 2
WORKERS = 2
START_SECONDS = 180.0  # a first start makes a database
STOP_SECONDS = 60.0
RETURN_SECONDS = 60.0
PROVIDER_VARIABLE = "HOLDFAST_MODEL__PROVIDER"
DATABASE_VARIABLE = "HOLDFAST_DATABASE_URL"
# Hidden folders hold environments, caches and other stacks' data.
NO_CODE = (".*", "__pycache__", "node_modules", "tests", "bench", "docs")
_LOOK = 0.05


class SiteError(Exception):
    """The stack is not what a fault can be tried on."""


class Site:
    """One running stack, as its `stack.json` describes it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._exchanged: dict[str, Supervisor] = {}
        self._exchanges = itertools.count(1)
        facts = self._facts()
        self.api: str = facts["api"]
        self.token: str = facts["token"]
        self.organisation_id = UUID(facts["organisation_id"])
        self.space_id = UUID(facts["space_id"])
        self.owner_url: str = facts["database_owner_url"].replace("+asyncpg", "")
        self.redis_url: str = facts["redis_url"]
        self.slack: str = facts["slack"]
        self.temporal_address: str = facts["temporal_address"]
        self.ledger_url: str = facts["model_base_url"].removesuffix("/v1") + "/ledger"

    def _facts(self) -> dict[str, Any]:
        facts: dict[str, Any] = json.loads((self.folder / "stack.json").read_text())
        return facts

    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}", "X-Space-Id": str(self.space_id)}

    def stranger(self) -> tuple[str, UUID]:
        """A token of another space of the same organisation, and that space. Clocks that are wrong
        take it, too: it was issued an hour ago."""
        space = uuid4()
        hour = timedelta(hours=1)
        roles = {space: "admin"}
        token = identity.mint(self.folder, self.organisation_id, roles, uuid4(), hour, issued=-hour)
        return token, space

    def pids(self, name: str) -> list[int]:
        if (own := self._exchanged.get(name)) is not None:
            return own.pids()[name]
        return list(self._facts()["processes"].get(name, []))

    def environment(self, name: str) -> dict[str, str]:
        """What a running process of that name was started with; it holds secrets."""
        return _environment(self.pids(name)[0])

    def signal(self, pid: int, number: signal.Signals) -> None:
        with suppress(ProcessLookupError):
            os.kill(pid, number)

    async def replaced(self, name: str, gone: int, count: int) -> None:
        """Wait until a process is another one and as many run as before: a file tells us."""
        async with asyncio.timeout(RETURN_SECONDS):
            while gone in (pids := self.pids(name)) or len(pids) < count:  # noqa: ASYNC110 - see above
                await asyncio.sleep(_LOOK)

    async def down(self, name: str, seconds: float | None = None) -> None:
        """Take every process of that name down by SIGKILL (Postgres by SIGQUIT), for so long or
        until `up`; returns when they are gone."""
        if (own := self._exchanged.get(name)) is not None:
            await own.down(name, seconds)
        else:
            await ask(self.folder, Request(do="down", process=name, seconds=seconds))

    async def up(self, name: str) -> None:
        """Wait until every process of that name is back; its next death counts as a first."""
        if (own := self._exchanged.get(name)) is not None:
            await own.up(name)
        else:
            await ask(self.folder, Request(do="up", process=name))

    async def away(self, name: str, seconds: float) -> None:
        """Take it down as `down` does, and wait until it is back that much later."""
        await self.down(name)
        try:
            await asyncio.sleep(seconds)
        finally:
            await self.up(name)

    async def ready(self) -> None:
        """Wait until the edge's dependencies answer."""
        async with httpx2.AsyncClient(trust_env=False) as http, asyncio.timeout(RETURN_SECONDS):
            while True:
                with suppress(httpx2.HTTPError):
                    if (await http.get(f"{self.api}/readyz", timeout=5)).status_code == 200:
                        return
                await asyncio.sleep(_LOOK)

    @asynccontextmanager
    async def providing(self, provider: Literal["responses", "chat"]) -> AsyncIterator[None]:
        """Workers that speak this provider's language to the same model server."""
        if provider == "responses":
            yield
            return
        async with self.exchanged(worker={PROVIDER_VARIABLE: "chat"}):
            yield

    @asynccontextmanager
    async def exchanged(
        self,
        *,
        worker: Mapping[str, str] | None = None,
        edge: Mapping[str, str] | None = None,
        workers: int = WORKERS,
        edges: int = EDGES,
    ) -> AsyncIterator[None]:
        """Other processes for a while, with these changes to the environment of those before.

        The workers of before are down meanwhile; the edges of before stay where they are, and
        `api` is where the others listen: enter it before the scene is made (`Fault.around`).
        `pids`, `down`, `up` and `environment` mean the others. It can be entered inside itself.
        """
        async with AsyncExitStack() as stack:
            if edge is not None:
                await stack.enter_async_context(self._edges(edges, edge))
            if worker is not None:
                await stack.enter_async_context(self._workers(workers, worker))
            yield

    @asynccontextmanager
    async def _workers(self, count: int, changes: Mapping[str, str]) -> AsyncIterator[None]:
        environment = {**self.environment("worker"), **changes}
        code = _code(self.folder)
        argv = (sys.executable, str(code / "worker.py"))
        program = product.worker(count, environment, always_ready)
        await self.down("worker")
        try:
            async with self._instead(replace(program, argv=argv, cwd=code)):
                yield
        finally:
            await self.up("worker")

    @asynccontextmanager
    async def _edges(self, count: int, changes: Mapping[str, str]) -> AsyncIterator[None]:
        environment = {**self.environment("edge"), **changes}
        before = self.api
        with ports.listening(0) as held:
            port = held.getsockname()[1]
            program = product.edge(held.fileno(), port, count, environment)
            async with self._instead(replace(program, cwd=_code(self.folder))):
                self.api = f"http://{ports.HOST}:{port}"
                try:
                    yield
                finally:
                    self.api = before

    @asynccontextmanager
    async def _instead(self, program: Program) -> AsyncIterator[None]:
        """Processes under a supervisor of our own, which everyone finds under their name."""
        name, before = program.name, self._exchanged.get(program.name)
        folder = Folder.made(self.folder / f"exchanged-{next(self._exchanges)}")
        own = Supervisor(folder, LogFiles(folder, _silent).show, _unnoticed)
        try:
            await own.start(program)
            self._exchanged[name] = own
            yield
        finally:
            if before is None:
                self._exchanged.pop(name, None)
            else:
                self._exchanged[name] = before
            await own.stop_all(first=(name,))


def _silent(name: str, line: str) -> None:
    """Log files have what they say."""


def _unnoticed() -> None:
    """Nobody else looks at these processes."""


def _environment(pid: int) -> dict[str, str]:
    """What that process was started with."""
    text = Path(f"/proc/{pid}/environ").read_bytes().decode()
    return dict(pair.split("=", 1) for pair in text.split("\0") if "=" in pair)


def _code(folder: Path) -> Path:
    return folder.parent / "code"


def _copied(folder: Path) -> Path:
    """The code as it is now: a process that is started again must not find it edited."""
    code = _code(folder)
    shutil.rmtree(code, ignore_errors=True)
    shutil.copytree(PROJECT, code, ignore=shutil.ignore_patterns(*NO_CODE))
    return code


@asynccontextmanager
async def started(folder: Path) -> AsyncIterator[Site]:
    """`holdfast dev` on a folder of its own; Ctrl-C ends it."""
    code = await asyncio.to_thread(_copied, folder)
    command = [str(programs() / "holdfast"), "dev", "--data", str(folder)]
    command += ["--model", "offline", "--edges", str(EDGES), "--workers", str(WORKERS)]
    with (folder / "terminal.log").open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            *command,
            cwd=code,
            env={**os.environ, "PYTHONPATH": str(code)},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            preexec_fn=tie_to_parent,
        )
    try:
        yield await _up(folder, process)
    finally:
        await _stopped(process)


async def _up(folder: Path, process: asyncio.subprocess.Process) -> Site:
    try:
        async with asyncio.timeout(START_SECONDS):
            while process.returncode is None:
                if (site := _complete(folder)) is not None:
                    await site.ready()
                    return site
                await asyncio.sleep(_LOOK)
    except TimeoutError:
        pass
    said = (folder / "terminal.log").read_text(errors="replace")[-2_000:]
    raise SiteError(f"`holdfast dev` did not come up. It said:\n{said}")


def _complete(folder: Path) -> Site | None:
    # The control socket is the last thing to come.
    if not ((folder / "stack.json").exists() and Folder(folder).control_socket.exists()):
        return None
    site = Site(folder)
    full = len(site.pids("edge")) == EDGES and len(site.pids("worker")) == WORKERS
    return site if full else None


async def _stopped(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.send_signal(signal.SIGINT)
    try:
        async with asyncio.timeout(STOP_SECONDS):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
