"""An organisation's servers: looked at when a person asks, and again before each call."""

import asyncio
import re
import ssl
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from importlib import import_module
from ipaddress import ip_address
from typing import Any, Final
from uuid import UUID, uuid4

import httpcore2

from adapters.mcp.listing import Listed
from adapters.mcp.program import Command
from adapters.mcp.wire import Meter
from adapters.store.mcp import PostgresMcp, changed, not_found
from adapters.web.guard import Guard, Rule
from adapters.web.resolver import Resolver
from adapters.web.url import page_url, port_of
from domain.ports.mcp import McpServer, McpToolState, Transport
from domain.ports.vault import Vault
from models.errors import AppError, InvalidError, LimitError, UnavailableError
from models.payloads.policy import Effect
from models.payloads.scope import Scope

# Short, so that with the tool's own it fits what models take for a name; no `_` at its end, so that
# `__` after it is the first.
NAME: Final = re.compile(r"[a-z](?:[a-z0-9]|_(?!_)){0,18}[a-z0-9]|[a-z]")
SECRET: Final = re.compile(r"[\x21-\x7e]{1,4000}")
_PURPOSE: Final = "mcp/{}"
# Each holds a child or a few connections, and up to 4 MB.
AT_ONCE: Final = 16


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds."""

    look: float = 15.0
    """To connect and list the tools."""
    call: float = 45.0
    """For the call after it."""


@dataclass(frozen=True, slots=True)
class Reach:
    """What servers may be: addresses that the rule permits, programs of the deployment's list."""

    resolver: Resolver
    rule: Rule
    commands: Mapping[str, Command] = field(default_factory=dict)
    certificates: ssl.SSLContext | None = None
    patience: Patience = field(default_factory=Patience)


class McpClients:
    """Implements `domain.ports.mcp.McpServers`. A session for each call: see ADR 28."""

    def __init__(self, rows: PostgresMcp, vault: Vault, reach: Reach) -> None:
        self._rows = rows
        self._vault = vault
        self._reach = reach
        self._guard = Guard(reach.resolver, reach.rule)
        self._certificates = reach.certificates or httpcore2.default_ssl_context()
        self._places = asyncio.Semaphore(AT_ONCE)

    async def all(self, scope: Scope) -> Sequence[McpServer]:
        return await self._rows.all(scope)

    async def get(self, scope: Scope, server_id: UUID) -> McpServer:
        for server in await self._rows.all(scope):
            if server.id == server_id:
                return server
        raise not_found()

    async def register(
        self,
        scope: Scope,
        *,
        name: str,
        transport: Transport,
        address: str,
        secret: str | None,
        by: UUID,
    ) -> McpServer:
        if not NAME.fullmatch(name):
            raise InvalidError(
                "A server's name has 1 to 20 characters: a-z, 0-9 and single _ between them.",
                code="mcp_name_invalid",
            )
        address = self._checked(transport, address, secret)
        server_id = uuid4()
        sealed = None
        if secret is not None:
            sealed = self._vault.seal(scope, _PURPOSE.format(server_id), secret, shared=True)
        await self._rows.add(
            *(scope, server_id),
            name=name,
            transport=transport,
            address=address,
            secret=sealed,
            by=by,
        )
        return await self.refresh(scope, server_id)

    async def refresh(self, scope: Scope, server_id: UUID) -> McpServer:
        """What went wrong stands in the server's `error`: it stays registered."""
        server = await self.get(scope, server_id)
        try:
            async with self._session(scope, server, self._reach.patience.look) as session:
                found = await session.tools()
        except AppError as error:
            await self._rows.failed(scope, server_id, error.code)
        else:
            await self._rows.seen(scope, server_id, found)
        return await self.get(scope, server_id)

    async def allow(
        self, scope: Scope, server_id: UUID, tool: str, *, digest: str, effect: Effect, by: UUID
    ) -> McpServer:
        await self._rows.allow(scope, server_id, tool, digest=digest, effect=effect, by=by)
        return await self.get(scope, server_id)

    async def refuse(self, scope: Scope, server_id: UUID, tool: str, *, by: UUID) -> McpServer:
        await self._rows.refuse(scope, server_id, tool, by=by)
        return await self.get(scope, server_id)

    async def remove(self, scope: Scope, server_id: UUID, *, by: UUID) -> None:
        await self._rows.remove(scope, server_id, by=by)

    async def call(
        self, scope: Scope, server_id: UUID, tool: str, arguments: Mapping[str, Any]
    ) -> str:
        server = await self.get(scope, server_id)
        pinned = next((one for one in server.tools if one.name == tool), None)
        if pinned is None or pinned.state is not McpToolState.ALLOWED:
            raise changed(tool)
        limit = self._reach.patience.look + self._reach.patience.call
        found: list[Listed] = []
        async with self._session(scope, server, limit) as session:
            async with _within(self._reach.patience.look):
                found = await session.tools()
            if any(one.name == tool and one.digest == pinned.digest for one in found):
                text: str = await session.call(tool, arguments)
                return text
        await self._rows.seen(scope, server_id, found)
        raise changed(tool)

    def _checked(self, transport: Transport, address: str, secret: str | None) -> str:
        if transport is Transport.STDIO:
            if address not in self._reach.commands:
                known = ", ".join(sorted(self._reach.commands)) or "none"
                raise InvalidError(
                    f"This deployment has no such command. It has: {known}.",
                    code="mcp_command_unknown",
                )
            if secret is not None:
                raise InvalidError("A command takes no secret.", code="mcp_secret_invalid")
            return address
        try:
            url = page_url(address, ports=self._reach.rule.all_ports)
        except InvalidError as error:
            raise InvalidError(error.detail, code="mcp_address_refused") from None
        if secret is not None and not SECRET.fullmatch(secret):
            raise InvalidError("A secret is printable ASCII.", code="mcp_secret_invalid")
        if secret is not None and url.scheme != "https" and not self._ours(url.host, port_of(url)):
            raise InvalidError("A secret goes over https alone.", code="mcp_address_refused")
        return str(url)

    def _ours(self, host: str, port: int) -> bool:
        """The operator said that it is reached without leaving the house."""
        try:
            return (ip_address(host.strip("[]")), port) in self._reach.rule.allowed
        except ValueError:
            return False

    @asynccontextmanager
    async def _session(self, scope: Scope, server: McpServer, limit: float) -> AsyncIterator[Any]:
        """Whatever goes wrong is one of our errors."""
        sealed = await self._rows.secret(scope, server.id)
        secret = None
        if sealed is not None:
            secret = self._vault.open(scope, _PURPOSE.format(server.id), sealed, shared=True)
        meter = Meter()
        try:
            opened = await self._opened(server, secret, meter)
            async with _within(limit, meter), self._places, opened as session:
                yield session
        except Exception as error:
            raise _named(error, meter) from error

    async def _opened(
        self, server: McpServer, secret: str | None, meter: Meter
    ) -> AbstractAsyncContextManager[Any]:
        # The SDK takes 0.4 s to import: who has no servers does without.
        sessions = await asyncio.to_thread(import_module, "adapters.mcp.session")
        if server.transport is Transport.HTTP:
            opened: AbstractAsyncContextManager[Any] = sessions.over_http(
                *(server.address, secret, self._guard, self._reach.rule),
                *(meter, self._certificates),
            )
            return opened
        command = self._reach.commands.get(server.address)
        if command is None:
            raise InvalidError(
                "This deployment has the command no more.", code="mcp_command_unknown"
            )
        piped: AbstractAsyncContextManager[Any] = sessions.over_pipes(command, meter)
        return piped


@asynccontextmanager
async def _within(seconds: float, meter: Meter | None = None) -> AsyncIterator[None]:
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(seconds) as clock:
            if meter is None:
                yield
                return
            meter.cut = lambda: clock.reschedule(loop.time())
            try:
                yield
            finally:
                meter.cut = None
    except TimeoutError:
        raise LimitError(
            "The server took too long. If it was called, nobody knows whether it did its work.",
            code="mcp_slow",
            retry_after=0,
        ) from None


def _named(error: Exception, meter: Meter) -> AppError:
    """Task groups wrap what was raised in them."""
    if meter.failure is not None:
        return meter.failure
    inner: BaseException = error
    while isinstance(inner, BaseExceptionGroup):
        inner = inner.exceptions[0]
    if isinstance(inner, AppError):
        return inner
    return UnavailableError(
        "The server went away or cannot be understood. If it was called, nobody knows whether it"
        " did its work.",
        code="mcp_away",
    )
