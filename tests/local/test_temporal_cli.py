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


async def test_without_the_internet_go_builds_it(tmp_path: Path) -> None:
    command(tmp_path / "bin" / "go", b'#!/bin/sh\n/bin/cp "$0.built" "$GOBIN/temporal"\n')
    command(tmp_path / "bin" / "go.built", WORKING)
    said: list[str] = []

    assert await temporal_cli.get(said.append) == temporal_cli.cached()
    assert any("Building" in line for line in said)


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
