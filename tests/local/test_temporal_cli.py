"""Where Temporal's command comes from on a machine that may have nothing."""

import io
import tarfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from local import temporal_cli

WORKING = b"#!/bin/sh\necho temporal version 1.5.1\n"
BROKEN = b"#!/bin/sh\nexit 3\n"
NOWHERE = "http://127.0.0.1:9/"


def unheard(_: str) -> None:
    """For tests that do not care what is told."""


@pytest.fixture(autouse=True)
def bare_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No command, no cache, no Go, no internet."""
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("HOLDFAST_TEMPORAL_DOWNLOAD", NOWHERE)
    (tmp_path / "bin").mkdir()


def command(path: Path, content: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    path.chmod(0o755)
    return path


@contextmanager
def mirror(content: bytes) -> Iterator[str]:
    """An address that serves an archive with that command in it."""
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w:gz") as files:
        entry = tarfile.TarInfo("temporal")
        entry.size = len(content)
        files.addfile(entry, io.BytesIO(content))

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(archive.getvalue())

        def log_message(self, *arguments: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/{{version}}/{{system}}/{{machine}}"
        server.shutdown()
        thread.join()


async def test_a_command_on_the_path_is_taken_first(tmp_path: Path) -> None:
    command(temporal_cli.cached(), WORKING)
    on_path = command(tmp_path / "bin" / "temporal", WORKING)

    assert await temporal_cli.get(unheard) == on_path


async def test_a_command_that_does_not_run_is_passed_over(tmp_path: Path) -> None:
    command(tmp_path / "bin" / "temporal", BROKEN)
    kept = command(temporal_cli.cached(), WORKING)

    assert await temporal_cli.get(unheard) == kept


async def test_a_download_is_kept_for_the_next_time(monkeypatch: pytest.MonkeyPatch) -> None:
    with mirror(WORKING) as address:
        monkeypatch.setenv("HOLDFAST_TEMPORAL_DOWNLOAD", address)
        assert await temporal_cli.get(unheard) == temporal_cli.cached()

    said: list[str] = []
    assert await temporal_cli.get(said.append) == temporal_cli.cached()
    assert said == []
    assert {path.name for path in temporal_cli.cached().parent.iterdir()} == {"temporal", "lock"}


async def test_where_go_is_it_is_built_with_the_driver_that_does_not_get_stuck(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # go build -o TARGET COMMAND, in the folder that names the versions
    command(tmp_path / "bin" / "go", b'#!/bin/sh\n[ -e go.sum ] && /bin/cp "$0.built" "$3"\n')
    command(tmp_path / "bin" / "go.built", WORKING)
    said: list[str] = []

    with mirror(BROKEN) as address:
        monkeypatch.setenv("HOLDFAST_TEMPORAL_DOWNLOAD", address)
        assert await temporal_cli.get(said.append) == temporal_cli.cached()
    assert any("Building" in line for line in said)


async def test_where_go_fails_it_is_downloaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command(tmp_path / "bin" / "go", BROKEN)
    with mirror(WORKING) as address:
        monkeypatch.setenv("HOLDFAST_TEMPORAL_DOWNLOAD", address)
        assert await temporal_cli.get(unheard) == temporal_cli.cached()


def test_the_build_names_the_versions_that_the_cache_is_called_by() -> None:
    names = (temporal_cli.BUILD / "go.mod").read_text()
    assert f"github.com/temporalio/cli v{temporal_cli.VERSION} " in names
    assert f"modernc.org/sqlite v{temporal_cli.SQLITE} " in names


async def test_when_nothing_works_the_reasons_and_the_ways_out_are_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with mirror(BROKEN) as address:
        monkeypatch.setenv("HOLDFAST_TEMPORAL_DOWNLOAD", address)
        with pytest.raises(temporal_cli.TemporalMissingError) as failure:
            await temporal_cli.get(unheard)

    message = str(failure.value)
    assert "does not run" in message
    assert "Go is not installed" in message
    assert "HOLDFAST_TEMPORAL_ADDRESS" in message
    assert not temporal_cli.cached().exists()


async def test_an_archive_without_the_command_is_a_failed_download(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "page").write_text("<html>")
    monkeypatch.setenv("HOLDFAST_TEMPORAL_DOWNLOAD", (tmp_path / "page").as_uri())
    with pytest.raises(temporal_cli.TemporalMissingError, match="download failed"):
        await temporal_cli.get(unheard)
