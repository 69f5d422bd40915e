"""The edge over fakes of its ports, behind a real server: streams need one."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from uuid import UUID, uuid4

import httpx2
import pytest
import uvicorn
from fastapi import FastAPI

from api.edge import build
from api.ports import Limits
from api.progress import Watching
from domain.ports.identity import Caller, Role
from local.ports import KEEP, listening
from models.payloads.scope import LogKey, Scope
from tests.api.fakes.callers import a_caller
from tests.api.fakes.everything import Fakes

# Short enough that a quiet stream shows its comments, and ends, within a test.
LIMITS = Limits(
    document_bytes=64 * 1024,
    picture_bytes=64 * 1024,
    document_look=(0.01, 0.02),
    document_streams=3,
    longest_stream=5.0,
    ping=0.05,
    body_seconds=5.0,
    socket_auth=60.0,
)


@dataclass
class Scene:
    """A space, a caller with a role in it, and the edge's fakes."""

    fakes: Fakes
    client: httpx2.AsyncClient
    scope: Scope
    caller: Caller
    watching: Watching
    app: FastAPI

    def log(self, conversation_id: UUID) -> LogKey:
        return LogKey(scope=self.scope, conversation_id=conversation_id)

    async def conversation(self) -> UUID:
        made = await self.client.post("/v1/conversations")
        return UUID(made.json()["id"])

    def sign_in(self, role: Role) -> dict[str, str]:
        """Headers of somebody else in the same space."""
        token = uuid4().hex
        self.fakes.verifier.callers[token] = a_caller(self.scope, role)
        return {"authorization": f"Bearer {token}"}


@pytest.fixture(scope="session")
async def edge() -> AsyncIterator[tuple[FastAPI, str]]:
    app = build(Fakes().ports(), LIMITS)
    held = listening(0)
    server = uvicorn.Server(
        uvicorn.Config(
            app,
            log_config=None,
            timeout_keep_alive=KEEP,
            lifespan="off",
            timeout_graceful_shutdown=1,
            access_log=False,
        )
    )
    serving = asyncio.create_task(server.serve(sockets=[held]))
    yield app, f"http://127.0.0.1:{held.getsockname()[1]}"
    server.should_exit = True
    await serving
    held.close()


@pytest.fixture
async def scene(edge: tuple[FastAPI, str]) -> AsyncIterator[Scene]:
    """Fresh fakes in the one server."""
    app, address = edge
    fakes = Fakes()
    app.state.ports = fakes.ports()
    scope = Scope(organisation_id=uuid4(), space_id=uuid4())
    caller = a_caller(scope)
    fakes.verifier.callers["good"] = caller
    headers = {"authorization": "Bearer good", "x-space-id": str(scope.space_id)}
    # Nothing is encrypted here, and reading the certificates takes longer than most tests.
    plain = httpx2.AsyncHTTPTransport(verify=False)
    async with httpx2.AsyncClient(
        base_url=address, headers=headers, timeout=10, transport=plain
    ) as client:
        yield Scene(fakes, client, scope, caller, app.state.watching, app)
