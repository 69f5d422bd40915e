"""A Postgres of its own, as the local stack starts it."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from local.paths import Folder
from local.ports import choose
from local.postgres import APPLICATION, OWNER, SUPERUSER, Postgres
from local.supervisor import Supervisor
from migrations import run as migrations


@dataclass(frozen=True, slots=True)
class Server:
    """Addresses of the database: as the application has it, and as the driver takes it."""

    application: str
    superuser: str


@asynccontextmanager
async def serving(root: Path) -> AsyncIterator[Server]:
    """Migrated and empty; stopped on every way out."""
    folder = Folder.made(root)
    supervisor = Supervisor(folder, _told, lambda: None)
    postgres = Postgres(folder, choose(folder, ["postgres"], {})["postgres"], dict(os.environ))
    await postgres.create(supervisor)
    try:
        await supervisor.start(postgres.program())
        await postgres.prepare()
        await migrations.upgrade(postgres.url(OWNER))
        superuser = postgres.url(SUPERUSER).replace("+asyncpg", "")
        yield Server(postgres.url(APPLICATION), superuser)
    finally:
        await supervisor.stop_all(())


def _told(name: str, line: str) -> None:
    """What a server says matters only when it fails, and then its error has it."""
