"""Stock clients in a Node process of their own, asked by lines of JSON."""

import asyncio
import json
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import pytest

CLIENTS: Final = Path(__file__).parents[1] / "clients"
# An answer holds whole chats.
_LONGEST_LINE: Final = 64 * 1024 * 1024


class Clients:
    """One process; it answers in the order in which it is asked."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._turn = asyncio.Lock()

    async def ask(self, operation: str, **asked: Any) -> Any:  # noqa: ANN401 - whatever JSON holds
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        async with self._turn, asyncio.timeout(120):
            line = json.dumps({"operation": operation, **asked})
            self._process.stdin.write(line.encode() + b"\n")
            await self._process.stdin.drain()
            answer = json.loads(await self._process.stdout.readline())
        assert "failed" not in answer, answer["failed"]
        return answer["ok"]


@asynccontextmanager
async def clients(script: str, *arguments: str, folder: Path = CLIENTS) -> AsyncIterator[Clients]:
    """Run a script of `tests/clients`, or of that folder; the test is skipped where there is no
    Node."""
    node = shutil.which("node")
    if node is None or not (folder / "node_modules").is_dir():
        why = f"Node is missing, or `npm ci --prefix tests/{folder.name}` has not been run"
        if os.environ.get("CI"):
            pytest.fail(why)
        pytest.skip(why)
    process = await asyncio.create_subprocess_exec(
        node,
        script,
        *arguments,
        cwd=folder,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=_LONGEST_LINE,
    )
    try:
        yield Clients(process)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
