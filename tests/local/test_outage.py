"""Processes taken down on purpose, one by one or for a while."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import psutil  # type: ignore[import-untyped]  # has no stubs
import pytest

from local import ports
from local.control import Control, ControlError, NotRunningError, Request, ask
from local.leftover import MARK
from local.paths import Folder
from local.probe import answers
from local.process import Program
from local.stack import running
from local.supervisor import StartError, Supervisor
from tests.local.waiting import is_gone, until

# Answers each connection with its own process id.
ANSWERER = """
import os, socket, sys
server = socket.socket(fileno=int(sys.argv[1]))
while True:
    connection, _ = server.accept()
    connection.sendall(str(os.getpid()).encode())
    connection.close()
"""


class Said:
    """What was shown."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def __call__(self, name: str, line: str) -> None:
        self.lines.append(f"{name}: {line}")


@pytest.fixture
def said() -> Said:
    return Said()


@pytest.fixture
async def supervisor(tmp_path: Path, said: Said) -> AsyncIterator[Supervisor]:
    supervisor = Supervisor(Folder.made(tmp_path / "data"), said, lambda: None)
    yield supervisor
    await supervisor.stop_all(first=())


def python(code: str, *argv: str, name: str = "toy", **rest: object) -> Program:
    return Program(name=name, argv=(sys.executable, "-c", code, *argv), env={}, **rest)  # type: ignore[arg-type]  # passed on


async def asked(port: int) -> int:
    """Who answers at that port; waits as long as nobody does."""
    reader, writer = await asyncio.open_connection(ports.HOST, port)
    answer = await reader.read()
    writer.close()
    return int(answer)


async def test_a_server_goes_down_for_a_while_and_comes_back(tmp_path: Path) -> None:
    async with running(tmp_path / "data", only={"redis"}) as stack:
        port = int(stack.redis_url.rsplit(":", 1)[1].split("/")[0])
        await ask(stack.folder, Request(do="down", process="redis", seconds=0.2))
        assert not await answers(port)

        await until(lambda: stack.processes["redis"] != [])
        await stack.up("redis")
        assert await answers(port)


async def test_a_server_stays_down_until_it_is_told_to_come_up(tmp_path: Path) -> None:
    async with running(tmp_path / "data", only={"redis"}) as stack:
        before = stack.processes["redis"]
        await ask(stack.folder, Request(do="down", process="redis"))
        assert stack.processes["redis"] == []

        await ask(stack.folder, Request(do="up", process="redis"))
        assert len(stack.processes["redis"]) == 1
        assert stack.processes["redis"] != before


async def test_an_unknown_process_is_named_in_the_refusal(tmp_path: Path) -> None:
    async with running(tmp_path / "data", only={"redis"}) as stack:
        with pytest.raises(ControlError, match=r"'mysql'.*redis"):
            await ask(stack.folder, Request(do="down", process="mysql"))


async def test_control_reaches_a_folder_that_lies_deep(
    tmp_path: Path, supervisor: Supervisor
) -> None:
    folder = Folder.made(tmp_path / ("deep" * 20) / ("down" * 20))
    async with Control(folder, supervisor):
        with pytest.raises(ControlError):
            await ask(folder.root, Request(do="up", process="nothing"))


async def test_asking_a_stack_that_does_not_run_says_so(tmp_path: Path) -> None:
    with pytest.raises(NotRunningError):
        await ask(tmp_path, Request(do="down", process="redis"))


async def test_a_client_waits_while_every_holder_of_the_socket_is_down(
    supervisor: Supervisor,
) -> None:
    with ports.listening(0) as held:
        port = held.getsockname()[1]
        number = held.fileno()
        await supervisor.start(
            python(ANSWERER, str(number), name="edge", count=2, pass_fds=(number,))
        )
        await supervisor.down("edge")
        waiting = asyncio.create_task(asked(port))
        await supervisor.up("edge")

        assert await waiting in supervisor.pids()["edge"]


async def test_with_one_holder_of_the_socket_dead_another_answers(supervisor: Supervisor) -> None:
    with ports.listening(0) as held:
        number = held.fileno()
        for name in ("first", "second"):
            await supervisor.start(python(ANSWERER, str(number), name=name, pass_fds=(number,)))
        await supervisor.down("first")

        answer = await asked(held.getsockname()[1])

    assert [answer] == supervisor.pids()["second"]


async def test_a_process_that_keeps_ending_is_reported_with_its_last_words(
    supervisor: Supervisor,
) -> None:
    async def never() -> bool:
        return False

    with pytest.raises(StartError, match=r"(?s)toy keeps ending.*no such database"):
        await supervisor.start(python("exit('no such database')", ready=never))


async def test_a_program_that_is_missing_is_reported(supervisor: Supervisor) -> None:
    with pytest.raises(StartError, match="No such file"):
        await supervisor.start(Program(name="toy", argv=("/nowhere/toy",), env={}))


async def test_a_restart_is_announced(supervisor: Supervisor, said: Said) -> None:
    await supervisor.start(python("import time; time.sleep(600)"))
    before = supervisor.pids()["toy"]
    os.kill(before[0], signal.SIGKILL)

    await until(lambda: supervisor.pids()["toy"] not in ([], before))
    assert "holdfast: toy was ended by SIGKILL; starting it again" in said.lines


async def test_the_children_of_a_dead_process_are_ended_too(
    tmp_path: Path, supervisor: Supervisor, said: Said
) -> None:
    code = (
        "import subprocess, time\n"
        "print(subprocess.Popen(['sleep', '600']).pid, flush=True)\n"
        "time.sleep(600)"
    )
    program = Program(
        name="toy",
        argv=(sys.executable, "-c", code),
        env={MARK: str(tmp_path / "data"), "PATH": "/usr/bin:/bin"},
    )
    await supervisor.start(program)
    await until(lambda: any(line.startswith("toy: ") for line in said.lines))
    number = int(next(line for line in said.lines if line.startswith("toy: "))[5:])
    grandchild = psutil.Process(number)

    await supervisor.down("toy")

    await until(lambda: is_gone(grandchild))


async def test_a_process_that_writes_much_is_never_held_up(
    supervisor: Supervisor, said: Said
) -> None:
    code = "print('x' * 100_000); print('end')"

    assert await supervisor.run(python(code)) == "\n".join(
        ["x" * 16_384] * 6 + ["x" * (100_000 - 6 * 16_384), "end"]
    )
