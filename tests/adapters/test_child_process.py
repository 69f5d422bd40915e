"""A process that was killed leaves no pipe."""

import asyncio
import gc
import sys
from asyncio.subprocess import PIPE

import pytest

from adapters.child_process import gone


@pytest.mark.parametrize("known", [True, False])
async def test_what_nobody_reads_keeps_no_pipe_open(*, known: bool) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", "import sys\nwhile True: sys.stderr.write('x' * 4096)"),
        stdout=PIPE,
        stderr=PIPE,
    )
    assert process.stderr is not None
    while not process.stderr._paused:  # type: ignore[attr-defined]  # noqa: ASYNC110 - the reader says nothing
        await asyncio.sleep(0.01)
    process.kill()
    while known and process.returncode is None:  # noqa: ASYNC110 - nothing tells without `wait`
        await asyncio.sleep(0.01)
    async with asyncio.timeout(10):
        await gone(process)
    assert process.returncode == -9
    pipes = [process._transport.get_pipe_transport(number) for number in (1, 2)]  # type: ignore[attr-defined]
    assert all(pipe.is_closing() for pipe in pipes)
    del process, pipes
    gc.collect()
