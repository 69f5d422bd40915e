"""A space that is connected to a server of Google's shape, and everything around it real."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID, uuid4

import httpx2
import pytest
import structlog
from redis.asyncio import Redis

from adapters.analytics.ga4 import GoogleAnalytics
from adapters.connections.google import ANALYTICS, google
from adapters.connections.oauth import OAuthConnections
from adapters.connections.state import Journeys
from adapters.events.connection import connect
from adapters.store.connections import PostgresGrants
from adapters.store.database import Database
from adapters.vault import KeyringVault, new_key
from domain.ports.connections import Connection
from local.stack import Stack
from models.payloads.scope import Scope
from tests.connections.google import CLIENT_ID, CLIENT_SECRET, Google, google_server
from tests.knowledge.conftest import add_space

BACK = "http://app.example/v1/connections/callback"


@dataclass
class Desk:
    """One deployment: any number of its processes, one space, one person."""

    google: Google
    database: Database
    redis: Redis
    client: httpx2.AsyncClient
    scope: Scope
    user: UUID = field(default_factory=uuid4)
    vault: KeyringVault = field(default_factory=lambda: KeyringVault([new_key()]))

    def process(self, database: Database | None = None) -> OAuthConnections:
        """What one process builds."""
        provider = google(
            client_id=CLIENT_ID,
            client_secret=CLIENT_SECRET,
            redirect_url=BACK,
            accounts_url=self.google.address,
            tokens_url=self.google.address,
        )
        journeys = Journeys(self.redis, self.vault)
        grants = PostgresGrants(database or self.database)
        return OAuthConnections(grants, self.vault, journeys, [provider])

    def analytics(self) -> GoogleAnalytics:
        return GoogleAnalytics(self.client, self.process(), url=self.google.address)

    async def go_there(self, address: str) -> tuple[str, str]:
        """As a browser does: the state and code that the person comes back with."""
        answer = await self.client.get(address)
        assert answer.is_redirect, answer.text
        assert answer.headers["location"].startswith(BACK)
        back = parse_qs(urlsplit(answer.headers["location"]).query)
        return back["state"][0], back["code"][0]

    async def connected(self) -> Connection:
        here = self.process()
        address = await here.begin(self.scope, ANALYTICS, by=self.user)
        scope, connection = await here.complete(*await self.go_there(address))
        assert scope == self.scope
        return connection

    async def sql(self, statement: str, *values: object) -> Any:  # noqa: ANN401 - rows
        async with self.database.transaction(self.scope) as session:
            return await session.fetch(statement, self.scope.space_id, *values)

    async def age(self, minutes: float) -> None:
        """So long until the access token's end."""
        await self.sql(
            "UPDATE connection SET expires_at = now() + $2::float * interval '1 minute' "
            "WHERE space_id = $1",
            minutes,
        )

    async def audited(self) -> list[str]:
        rows = await self.sql("SELECT action FROM audit WHERE space_id = $1 ORDER BY sequence")
        return [row["action"] for row in rows]


@pytest.fixture
async def google_() -> AsyncIterator[Google]:
    async with google_server() as server:
        yield server


@pytest.fixture(scope="session")
async def redis(stack: Stack) -> AsyncIterator[Redis]:
    client = connect(stack.redis_url)
    yield client
    await client.aclose()


@pytest.fixture
async def desk(google_: Google, database: Database, redis: Redis) -> AsyncIterator[Desk]:
    scope = await add_space(database)
    plain = httpx2.AsyncHTTPTransport(verify=False)
    async with httpx2.AsyncClient(timeout=10, transport=plain) as client:
        yield Desk(google_, database, redis, client, scope)


@pytest.fixture
def logged() -> Any:  # noqa: ANN401 - structlog's own
    with structlog.testing.capture_logs() as lines:
        yield lines
