"""What Postgres and Redis have counted: their own counters, read before and after some turns."""

from dataclasses import dataclass
from urllib.parse import urlsplit

import asyncpg  # type: ignore[import-untyped]  # has no stubs
from redis.asyncio import Redis

from bench.place import Place
from local.paths import Folder
from local.postgres import APPLICATION, DATABASE, SUPERUSER

# Each is one message of a client: a transaction's BEGIN comes with its first statement.
STATEMENTS = (b"LOG:  execute ", b"LOG:  statement: ")


@dataclass(frozen=True, slots=True)
class Count:
    """Of everybody, since the servers' start."""

    transactions: int
    writing: int
    """Transactions that wrote something: each took a number."""
    wal: int
    """Bytes, whole pages after a checkpoint included."""
    stored: int
    """Bytes of our tables with their indexes."""
    commands: int
    received: int
    """Bytes that Redis was sent."""
    sent: int
    held: int
    """Bytes of Redis's memory."""


class Servers:
    """Open connections to both; entered and left."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._log = place.stack.folder / "logs" / "postgres.log"
        self._redis = Redis.from_url(place.stack.redis_url)
        self._postgres: asyncpg.Connection | None = None

    async def __aenter__(self) -> "Servers":
        secret = Folder(self._place.stack.folder).secret(f"postgres-{SUPERUSER}")
        port = urlsplit(self._place.stack.database_owner_url).port
        self._postgres = await asyncpg.connect(
            host="127.0.0.1", port=port, user=SUPERUSER, password=secret, database=DATABASE
        )
        await self._told("SET log_statement = 'none'")
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.telling(on=False)
        await self._connection.close()
        await self._redis.aclose()

    @property
    def _connection(self) -> asyncpg.Connection:
        if self._postgres is None:
            raise RuntimeError("The servers are entered first.")
        return self._postgres

    async def _told(self, sql: str) -> None:
        await self._connection.execute(sql)

    async def telling(self, *, on: bool) -> None:
        """Let Postgres write each statement into its log, where they are counted."""
        await self._told(f"ALTER SYSTEM SET log_statement = '{'all' if on else 'none'}'")
        await self._told("SELECT pg_reload_conf()")

    def statements(self) -> int:
        """How many its log has by now."""
        return sum(self._log.read_bytes().count(word) for word in STATEMENTS)

    async def count(self) -> Count:
        row = await self._connection.fetchrow(
            """SELECT (SELECT xact_commit + xact_rollback FROM pg_stat_database
                WHERE datname = current_database()) AS transactions,
            pg_snapshot_xmax(pg_current_snapshot())::text::bigint AS writing,
            pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::bigint AS wal,
            (SELECT sum(pg_total_relation_size(oid))::bigint FROM pg_class
                WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace) AS stored"""
        )
        commands = await self._redis.info("commandstats")
        stats, memory = await self._redis.info("stats"), await self._redis.info("memory")
        return Count(
            transactions=row["transactions"],
            writing=row["writing"],
            wal=row["wal"],
            stored=row["stored"],
            commands=sum(one["calls"] for one in commands.values()),
            received=stats["total_net_input_bytes"],
            sent=stats["total_net_output_bytes"],
            held=memory["used_memory"],
        )

    async def connections(self) -> tuple[int, int]:
        """The application's to Postgres, and everyone's but ours to Redis."""
        ours = await self._connection.fetchval(
            "SELECT count(*) FROM pg_stat_activity WHERE usename = $1", APPLICATION
        )
        return int(ours), len(await self._redis.client_list()) - 1
