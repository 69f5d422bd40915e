"""Programs of models compute, and nothing else."""

import asyncio
import os
import socket
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import orjson
import pytest

from adapters.sandbox_python import confine
from adapters.sandbox_python.dialect import MISSING, MODULES
from adapters.sandbox_python.monty import Limits, MontySandbox
from domain.ports.sandbox import Ran
from domain.tools.python import python_tool
from domain.tools.tool import ToolContext
from models.errors import InvalidError, LimitError, UnavailableError
from models.payloads.scope import Scope, TurnKey
from tests.sandbox.escapes import ALL

SECRET = "nobody-reads-this"
# Short, so that many programs which never end do end within a test.
SHORT = Limits(time=timedelta(seconds=0.4), sleep=timedelta(seconds=0.2), at_once=4)


@dataclass
class Cell:
    """What a program might reach, and whether it did."""

    folder: Path
    listener: socket.socket
    sandbox: MontySandbox = field(default_factory=lambda: MontySandbox(SHORT))

    @property
    def secret(self) -> Path:
        return self.folder / "secret"

    @property
    def target(self) -> Path:
        return self.folder / "target"

    @property
    def port(self) -> int:
        port: int = self.listener.getsockname()[1]
        return port

    def untouched(self) -> bool:
        return self.secret.read_text() == SECRET and not self.target.exists()

    def uncalled(self) -> bool:
        try:
            self.listener.accept()
        except BlockingIOError:
            return True
        return False


@pytest.fixture
def cell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cell]:
    monkeypatch.setenv("SANDBOX_SECRET", SECRET)
    # Root reads everything; a stranger's file would be no proof.
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        listener.setblocking(False)  # noqa: FBT003 - the library's own manner
        cell = Cell(tmp_path, listener)
        cell.secret.write_text(SECRET)
        cell.secret.chmod(0o644)
        yield cell


async def attempted(cell: Cell, program: str) -> str:
    """Everything that came out of it."""
    filled = program
    for name in ("secret", "target", "port"):
        filled = filled.replace(f"{{{name}}}", str(getattr(cell, name)))
    try:
        ran = await cell.sandbox.run(filled)
    except LimitError as error:
        return error.detail
    return f"{ran.output}{ran.value}{ran.error}"


def test_there_are_enough_attempts() -> None:
    assert sum(map(len, ALL.values())) >= 120


@pytest.mark.parametrize("kind", ALL)
async def test_no_program_gets_out(cell: Cell, kind: str) -> None:
    began = time.monotonic()
    outs = await asyncio.gather(*(attempted(cell, program) for program in ALL[kind]))
    for program, out in zip(ALL[kind], outs, strict=True):
        assert SECRET not in out, program
        assert "root:x:" not in out, program
        assert len(out) <= 3 * SHORT.output, program
    assert cell.untouched()
    assert cell.uncalled()
    longest = SHORT.time + SHORT.sleep + SHORT.spare
    assert time.monotonic() - began < len(outs) * longest.total_seconds()
    assert not children()


def children() -> list[int]:
    """Processes of ours that become an interpreter, or are one."""
    mine = []
    for process in Path("/proc").iterdir():
        if process.name.isdecimal():
            try:
                parent = int((process / "stat").read_text().rpartition(")")[2].split()[1])
                named = (process / "cmdline").read_bytes()
            except OSError:
                continue
            if parent == os.getpid() and (b"confine.py" in named or b"monty" in named):
                mine.append(int(process.name))
    return mine


@pytest.mark.skipif(sys.platform != "linux", reason="the walls are Linux's")
async def test_the_walls_hold_without_the_interpreter(cell: Cell) -> None:
    """As if the interpreter had been broken: machine code behind the walls alone."""
    layers = await cell.sandbox.layers()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-I", str(Path(__file__).with_name("beneath.py"))),
        *(confine.__file__, str(cell.secret), str(cell.target), str(cell.port)),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    assert process.returncode == 0, err.decode()[-2_000:]
    tried = orjson.loads(out)
    assert len(tried) >= 40
    if layers["files"] and layers["calls"]:
        assert [name for name, succeeded in tried.items() if succeeded] == []
    assert cell.untouched()
    assert cell.uncalled()


async def test_what_it_prints_and_its_last_expression_come_back() -> None:
    sandbox = MontySandbox()
    assert await sandbox.run("print('a')\nprint('b')\n6 * 7") == Ran("a\nb\n", "42")
    assert await sandbox.run("x = 1") == Ran("", None)
    assert await sandbox.run("'line\\nline'") == Ran("", "line\nline")
    assert await sandbox.run("''") == Ran("", "")
    assert await sandbox.run("import sys\nprint('e', file=sys.stderr)\n7") == Ran("e", "7")
    assert (await sandbox.run("'ä❯' * 3")).value == "ä❯ä❯ä❯"


async def test_what_is_wrong_is_told_with_its_line() -> None:
    sandbox = MontySandbox()
    ran = await sandbox.run("print('before')\n\n1 / 0")
    assert ran.output == "before\n"
    assert ran.error is not None
    assert 'File "program.py", line 3' in ran.error
    assert ran.error.endswith("ZeroDivisionError: division by zero")
    unknown = await sandbox.run("bytearray(3)")
    assert unknown.error == "NameError: name 'bytearray' is not defined"
    assert "SyntaxError" in ((await sandbox.run("x = = 1")).error or "")


async def test_limits_are_named() -> None:
    sandbox = MontySandbox()
    # The others have the usual time, and few steps: a short one must not end them first.
    for limited, program, code in (
        (MontySandbox(SHORT), "while True: pass", "sandbox_time"),
        (sandbox, "'a' * 10**9", "sandbox_memory"),
    ):
        with pytest.raises(LimitError) as refused:
            await limited.run(program)
        assert refused.value.code == code
    ran = await sandbox.run("while True: print('x' * 10_000)")
    assert ran.cut
    assert len(ran.output) == SHORT.output
    for code_ in ("x" * (SHORT.code + 1), "1\x00"):
        with pytest.raises(InvalidError):
            await sandbox.run(code_)


async def test_too_many_at_once_are_told_to_come_again() -> None:
    sandbox = MontySandbox(Limits(at_once=1, waiting=1))
    first = asyncio.create_task(sandbox.run("import time\ntime.sleep(0.5)"))
    second = asyncio.create_task(sandbox.run("1"))
    await asyncio.sleep(0)
    with pytest.raises(LimitError) as refused:
        await sandbox.run("2")
    assert refused.value.code == "sandbox_full"
    assert (await first).error is None
    assert (await second).value == "1"


async def test_whoever_is_stopped_leaves_nothing_running() -> None:
    sandbox = MontySandbox()
    running = asyncio.create_task(sandbox.run("while True: pass"))
    while not children() and not running.done():  # noqa: ASYNC110 - a process says nothing when it starts
        await asyncio.sleep(0.01)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert not children()
    assert (await sandbox.run("1")).value == "1"


async def test_nothing_is_kept_between_programs() -> None:
    sandbox = MontySandbox()
    await sandbox.run("secret = 1")
    assert "NameError" in ((await sandbox.run("secret")).error or "")


async def test_without_its_interpreter_it_is_away() -> None:
    with pytest.raises(UnavailableError) as refused:
        await MontySandbox(binary=Path("/nowhere/monty")).run("1")
    assert refused.value.code == "sandbox_away"


async def test_the_dialect_is_true() -> None:
    sandbox = MontySandbox()
    there = await sandbox.run("\n".join(f"import {module}" for module in MODULES))
    assert there.error is None
    for name, program in MISSING.items():
        assert (await sandbox.run(program)).error is not None, name
        assert name in sandbox.dialect
    plain = (
        "from dataclasses import dataclass\n@dataclass\nclass P:\n    x: int\n"
        "class C:\n    def __enter__(self): return 1\n    def __exit__(self, *rest): pass\n"
        "with C() as c:\n    match c:\n        case 1: y = [f'{n:.1f}' for n in [P(1).x]]\n"
        "try:\n    1 / 0\nexcept ZeroDivisionError:\n    y.append('caught')\ny"
    )
    assert (await sandbox.run(plain)).value == "['1.0', 'caught']"


async def test_the_model_reads_everything_in_its_order() -> None:
    scope = Scope(organisation_id=uuid4(), space_id=uuid4())
    context = ToolContext(TurnKey(scope=scope, conversation_id=uuid4(), turn_id=uuid4()), uuid4())
    tool = python_tool(MontySandbox())
    assert await tool.run(context, {"code": "print('a')\n1 + 1"}) == "a\n=> 2"
    assert await tool.run(context, {"code": "x = 1"}) == "It printed nothing."
    assert "division by zero" in await tool.run(context, {"code": "1 / 0"})
    assert "class inheritance" in tool.schema.description
