"""The only way to a database session: one transaction, inside one space, run again when lost."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import TypeVar

import orjson
from sqlalchemy.engine import make_url
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from adapters.store.failure import repeatable, unavailable
from adapters.store.session import Link, Session
from models.payloads.scope import Scope

Result = TypeVar("Result")

# A transaction takes a few milliseconds: this many at once keep two cores busy, and ten such
# processes stay below Postgres's usual hundred connections.
POOL_SIZE = 10
# Connections opened before the first turn; a burst opens the others.
WARM = 4
ARRAYS = "SELECT $1::bigint[], $2::uuid[], $3::varchar[], $4::bytea[], $5::timestamptz[]"
# Longer than any lock is held; then the caller hears 503 rather than waiting in line.
POOL_TIMEOUT = 5.0  # seconds
CONNECT_TIMEOUT = 5.0  # seconds
# For a server that went away without a word: longer than the server's own limit below.
COMMAND_TIMEOUT = 15.0  # seconds
SERVER_SETTINGS = {
    "application_name": "holdfast",
    "jit": "off",  # compiling costs more than our short queries take
    # Planning a step's window for its values took 0.7 of its 1.3 ms, and never changed the plan.
    "plan_cache_mode": "force_generic_plan",
    # The heaviest of ours, erasing a conversation of 10,000 turns, takes a second or two.
    "statement_timeout": "10s",
    # A stopped process must not hold a conversation's lock for longer than its heartbeat lasts,
    "idle_in_transaction_session_timeout": "3s",
    # and whoever waits for that lock gets it then.
    "lock_timeout": "5s",
}
# About 1.5 s in all: a connection that was cut comes back at once; what takes longer is left to
# the caller, whose own retries are patient.
PAUSES = (0.02, 0.1, 0.3, 0.5, 0.6)


class Database:
    """A bounded pool of connections of the application's role."""

    def __init__(self, url: str, *, pool_size: int = POOL_SIZE) -> None:
        self._engine = _engine(url)
        self._places = asyncio.Semaphore(pool_size)
        self._idle: list[Link] = []
        self._closed = False

    async def close(self) -> None:
        """Those in use close when they are given back."""
        self._closed = True
        while self._idle:
            await self._idle.pop().connection.close()
        await self._engine.dispose()

    async def ping(self) -> None:
        """UnavailableError when Postgres does not answer now; for readiness, so not repeated."""
        try:
            async with self.transaction(None) as session:
                await session.fetch("SELECT 1")
        except Exception as error:
            raise unavailable(error) or error from error

    async def warm(self, statements: Sequence[str] = ()) -> None:
        """Open as many connections as a few turns use at once; on each let the driver learn the
        types of our arrays (10 ms) and of vectors, and the server plan these statements (as long
        again)."""

        async def one() -> None:
            async with self.transaction(None) as session:
                await session.fetch(ARRAYS, [], [], [], [], [])
                await session.take_vectors()
                for statement in statements:
                    await session.plan(statement)

        await asyncio.gather(*(one() for _ in range(WARM)))

    @asynccontextmanager
    async def transaction(self, scope: Scope | None) -> AsyncIterator[Session]:
        """One transaction; without a scope no row of any space is seen. Not run again when the
        connection is lost: `run` does that."""
        try:
            async with self._linked() as link:
                session = await Session.begin(link, scope)
                try:
                    yield session
                except Exception:
                    await session.roll_back()
                    raise
                except BaseException:
                    # Cancelled in mid-statement: nobody knows what is still to be read.
                    await link.connection.invalidate()
                    raise
                await session.commit()
        except Exception as error:
            if repeatable(error):
                raise
            if (failure := unavailable(error)) is not None:
                raise failure from error
            raise

    @asynccontextmanager
    async def _linked(self) -> AsyncIterator[Link]:
        """The connection that was used last, so that few stay warm. SQLAlchemy's own pool takes
        0.4 ms of CPU to hand one out, more than most of our transactions."""
        await self._admitted()
        try:
            link = await self._taken()
            try:
                yield link
            finally:
                if self._closed or link.connection.invalidated or link.driver.is_closed():
                    await link.connection.close()
                else:
                    self._idle.append(link)
        finally:
            self._places.release()

    async def _admitted(self) -> None:
        if not self._places.locked():
            await self._places.acquire()
            return
        try:
            async with asyncio.timeout(POOL_TIMEOUT):
                await self._places.acquire()
        except TimeoutError as error:
            raise PoolTimeoutError(f"no connection became free in {POOL_TIMEOUT:g} s") from error

    async def _taken(self) -> Link:
        while self._idle:
            link = self._idle.pop()
            # Free of charge, unlike a ping: the driver has seen the server hang up.
            if not link.driver.is_closed():
                return link
            await link.connection.close()
        return await Link.of(await self._engine.connect())

    async def run(
        self, scope: Scope | None, work: Callable[[Session], Awaitable[Result]]
    ) -> Result:
        """Run the work in a transaction of its own, again when the connection was lost, even in
        its commit: so it must be idempotent. Raises UnavailableError("store_unavailable")."""
        for pause in (*PAUSES, None):
            try:
                async with self.transaction(scope) as session:
                    return await work(session)
            except Exception as error:
                if not repeatable(error):
                    raise
                if pause is None and (failure := unavailable(error)) is not None:
                    raise failure from error
            await asyncio.sleep((pause or 0) * random.uniform(0.5, 1.5))  # noqa: S311 - jitter
        raise AssertionError("unreachable: the last try raises or returns")


def _engine(url: str) -> AsyncEngine:
    return create_async_engine(
        make_url(url).set(drivername="postgresql+asyncpg"),
        poolclass=NullPool,
        # The session sends BEGIN together with the space, in one message.
        isolation_level="AUTOCOMMIT",
        json_serializer=lambda value: orjson.dumps(value).decode(),
        json_deserializer=orjson.loads,
        # Statements hold user text: it has no place in an error.
        hide_parameters=True,
        connect_args={
            "timeout": CONNECT_TIMEOUT,
            "command_timeout": COMMAND_TIMEOUT,
            "server_settings": SERVER_SETTINGS,
        },
    )
