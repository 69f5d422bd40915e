"""What the stack's processes do when they, or it, are killed."""

import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg  # type: ignore[import-untyped]  # has no stubs
import psutil  # type: ignore[import-untyped]  # has no stubs
import pytest
from redis.asyncio import Redis

from local import leftover, postgres
from local.leftover import MARK
from local.paths import Folder
from local.stack import Options, running
from tests.local.process import SERVERS, command, reporting, started
from tests.local.waiting import is_gone, until

PLAIN = Options(migrate=False)  # they have tests of their own


def children(process: subprocess.Popen[str]) -> list[psutil.Process]:
    found: list[psutil.Process] = psutil.Process(process.pid).children(recursive=True)
    return found


def gone(processes: list[psutil.Process]) -> bool:
    return all(map(is_gone, processes))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    tmp_path.chmod(0o700)
    return tmp_path / "data"


async def test_nothing_is_left_when_the_stack_is_killed(folder: Path) -> None:
    with started(folder) as stack:
        family = children(stack)
        assert len(family) > 3, "the servers and Postgres's own children"
        stack.kill()
        await until(lambda: gone(family))


async def test_nothing_is_left_when_the_stack_is_told_to_stop(folder: Path) -> None:
    with started(folder) as stack:
        family = children(stack)
        stack.terminate()
        assert stack.wait(timeout=30) == 0

    assert gone(family)
    assert not (folder / "stack.json").exists()


async def test_a_start_that_is_broken_off_leaves_nothing(folder: Path) -> None:
    with reporting(command(folder, SERVERS), dict(os.environ)) as stack:
        await until(lambda: len(children(stack)) > 0)
        family = children(stack)
        stack.terminate()
        assert stack.wait(timeout=30) == 0

    assert gone(family)
    assert not (folder / "stack.json").exists()


async def test_the_folder_may_turn_unwritable_under_a_running_stack(folder: Path) -> None:
    async with running(folder, only={"redis"}) as stack:
        before = stack.processes["redis"]
        shutil.rmtree(folder / "pids")
        os.kill(before[0], signal.SIGKILL)

        await until(lambda: stack.processes["redis"] not in ([], before))
        await stack.up("redis")


async def test_what_was_committed_is_there_after_a_kill(folder: Path) -> None:
    with started(folder, "postgres") as stack:
        url = json.loads((folder / "stack.json").read_text())["database_owner_url"]
        connection = await asyncpg.connect(url.replace("+asyncpg", ""))
        await connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
        stack.kill()
        await connection.close(timeout=10)

    async with running(folder, only={"postgres"}, options=PLAIN) as again:
        assert again.database_owner_url == url
        connection = await asyncpg.connect(url.replace("+asyncpg", ""))
        assert await connection.fetchval("SELECT answer FROM kept") == 42
        await connection.close()


@pytest.mark.parametrize("name", ["postgres", "redis", "temporal"])
async def test_a_killed_server_returns_on_its_old_port(folder: Path, name: str) -> None:
    async with running(folder, only={name}, options=PLAIN) as stack:
        before = stack.written()
        os.kill(stack.processes[name][0], signal.SIGKILL)

        await until(lambda: stack.processes[name] not in ([], before["processes"][name]))
        await stack.up(name)  # returns when it is ready

        said = json.loads((folder / "stack.json").read_text())
        assert said["processes"][name] == stack.processes[name]
        assert {**said, "processes": {}} == {**before, "processes": {}}


@contextmanager
def sleeping(env: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """A process that ignores SIGTERM."""
    code = "import signal, time; signal.signal(15, signal.SIG_IGN); print(flush=True)"
    with subprocess.Popen(
        [sys.executable, "-c", f"{code}; time.sleep(600)"], env=env, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        try:
            yield process
        finally:
            process.kill()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root must pass for someone else")
@pytest.mark.parametrize("first", [postgres.NAMESPACE, postgres.DEMOTION])
async def test_postgres_runs_as_root_by_either_way_on_the_same_data(
    folder: Path, monkeypatch: pytest.MonkeyPatch, first: tuple[str, ...]
) -> None:
    """Containers often forbid user namespaces; the folder's parent keeps strangers out."""
    second = ({postgres.NAMESPACE, postgres.DEMOTION} - {first}).pop()
    for prefix in (first, second):
        monkeypatch.setattr(postgres, "_works", prefix.__eq__)
        async with running(folder, only={"postgres"}, options=PLAIN) as stack:
            server = psutil.Process(stack.processes["postgres"][0])
            connection = await asyncpg.connect(stack.database_url.replace("+asyncpg", ""))
            assert await connection.fetchval("SELECT 1") == 1
            await connection.close()
            assert server.name() == "postgres"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root must pass for someone else")
async def test_postgres_as_nobody_dies_with_the_stack_too(folder: Path) -> None:
    forbidden = folder.parent / "unshare"
    forbidden.write_text("#!/bin/sh\nexit 1\n")
    forbidden.chmod(0o755)
    path = f"{forbidden.parent}{os.pathsep}{os.environ['PATH']}"
    with started(folder, "postgres", path) as stack:
        family = children(stack)
        assert {one.uids().effective for one in family} == {postgres.NOBODY}
        stack.kill()
        await until(lambda: gone(family))


async def test_a_tied_stack_stops_when_its_parent_is_killed(folder: Path) -> None:
    code = "import subprocess, sys; subprocess.run(sys.argv[1:])"
    argv = [sys.executable, "-c", code, *command(folder, "redis")]
    with reporting(argv, dict(os.environ)) as parent:
        assert parent.stdout is not None
        parent.stdout.readline()
        family = children(parent)
        assert len(family) == 2, "the stack and Redis"
        parent.kill()
        await until(lambda: gone(family))


async def test_leftovers_of_an_earlier_run_are_ended(folder: Path) -> None:
    made = Folder.made(folder)
    with sleeping({MARK: str(folder)}) as grandchild, sleeping({}) as child:
        leftover.note(made, "redis", child.pid, signal.SIGINT)

        async with running(folder, only={"redis"}) as stack:
            assert gone([psutil.Process(stack.processes["redis"][0])]) is False
            await until(lambda: grandchild.poll() is not None and child.poll() is not None)


async def test_a_stranger_with_a_noted_number_is_left_alone(folder: Path) -> None:
    made = Folder.made(folder)
    with sleeping({}) as stranger:
        entry = {"pid": stranger.pid, "started": 1.0, "end": signal.SIGKILL}
        (made.pids / "redis").write_text(json.dumps(entry))

        assert await asyncio.to_thread(leftover.end_all, made) == []
        assert stranger.poll() is None


async def test_redis_forgets_as_it_says(folder: Path) -> None:
    async with running(folder, only={"redis"}) as stack:
        async with Redis.from_url(stack.redis_url) as redis:
            await redis.set("key", "value")
        await stack.down("redis")
        assert stack.processes["redis"] == []
        await stack.up("redis")
        async with Redis.from_url(stack.redis_url) as redis:
            assert await redis.get("key") is None
