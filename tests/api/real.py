"""The edge as it is started, over real Postgres, Redis and Temporal."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from logging import getLogger
from pathlib import Path
from uuid import UUID, uuid4

import httpx2
import pytest
import structlog
import uvicorn
from joserfc import jwt
from joserfc.jwk import RSAKey
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter

from adapters.engine.temporal import ANSWER, TemporalEngine
from api.app import create
from api.ports import Ports
from local.ports import KEEP, listening
from local.stack import Stack
from tests.waiting import PATIENCE

# Its documents wait in a queue of their own, since Temporal remembers for minutes who asked for
# work, and other tests ask whether anybody did.
QUEUE = "documents of a tested edge"
KEY = RSAKey.generate_key(2048, {"kid": "one", "use": "sig", "alg": "RS256"}, private=True)


def token(organisation: UUID, *spaces: UUID, role: str = "admin", kid: str = "one") -> str:
    claims = {
        "iss": "holdfast-local",
        "aud": "holdfast",
        "sub": str(uuid4()),
        "org": str(organisation),
        "spaces": {str(space): role for space in spaces},
        "jti": uuid4().hex,
        "iat": 0,
        "exp": 2**33,
    }
    return jwt.encode({"alg": "RS256", "kid": kid}, claims, KEY)


def signed_in(organisation: UUID, space: UUID) -> dict[str, str]:
    return {
        "authorization": f"Bearer {token(organisation, space)}",
        "x-space-id": str(space),
    }


@pytest.fixture(scope="module")
def originals(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("originals")


@pytest.fixture(scope="module")
async def address(
    stack: Stack, tmp_path_factory: pytest.TempPathFactory, originals: Path
) -> AsyncIterator[str]:
    """Where the edge answers. No worker takes its turns: none is to be waited for."""
    folder = tmp_path_factory.mktemp("edge")
    async with serving(stack, folder, originals, answer=ANSWER) as address:
        yield address


@asynccontextmanager
async def serving(
    stack: Stack,
    folder: Path,
    originals: Path,
    turns_queue: str = "turns",
    around: Callable[[Ports], Ports] = lambda ports: ports,
    answer: float = PATIENCE,
) -> AsyncIterator[str]:
    """The edge, for as long as it is wanted; its turns go to that queue, by signal where no worker
    has answered after `answer` seconds. `around` changes its ports."""
    keys = folder / "jwks.json"
    keys.write_text(json.dumps({"keys": [KEY.as_dict(private=False)]}))
    held = listening(0)
    logging = structlog.get_config()
    root = getLogger()
    handlers, level = root.handlers[:], root.level
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOLDFAST_DATABASE_URL", stack.database_url)
        patch.setenv("HOLDFAST_REDIS_URL", stack.redis_url)
        patch.setenv("HOLDFAST_TEMPORAL__ADDRESS", stack.temporal_address)
        patch.setenv("HOLDFAST_IDENTITY__JWKS_FILE", str(keys))
        patch.setenv("HOLDFAST_ORIGINALS__URL", str(originals))
        patch.setenv("HOLDFAST_EMBEDDING__BASE_URL", stack.model_base_url)
        app = create()
        config = uvicorn.Config(
            app, log_config=None, timeout_keep_alive=KEEP, timeout_graceful_shutdown=1
        )
    server = uvicorn.Server(config)
    running = asyncio.create_task(server.serve(sockets=[held]))
    async with asyncio.timeout(20):
        while not server.started:  # noqa: ASYNC110 - uvicorn sets no event
            await asyncio.sleep(0.01)
    temporal = await Client.connect(stack.temporal_address, data_converter=pydantic_data_converter)
    engine = TemporalEngine(temporal, turns_queue=turns_queue, documents_queue=QUEUE, answer=answer)
    app.state.ports = around(replace(app.state.ports, engine=engine))
    try:
        yield f"http://127.0.0.1:{held.getsockname()[1]}"
    finally:
        server.should_exit = True
        await running
        held.close()
        # Logging belongs to the whole process: leave it as it was.
        root.handlers, root.level = handlers, level
        structlog.configure(**logging)


@pytest.fixture
async def client(address: str) -> AsyncIterator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(base_url=address, timeout=30) as client:
        yield client
