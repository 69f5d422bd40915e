"""Record a history for each shape of a workflow: `python -m tests.replay.record [KIND.SHAPE …]`.

Recorded once per shape and kept: a change that breaks the replay of a stored history would break
runs that are open when it is deployed. Without arguments it records only what has no history yet.
"""

import asyncio
import os
import re
import sys
import tempfile
from pathlib import Path

from local.stack import SERVERS, Stack, running
from tests.replay.shapes import KINDS
from tests.turns.lab import Lab, lab

HISTORIES = Path(__file__).with_name("histories")


def recorded() -> set[str]:
    """`kind.shape` of each stored history."""
    return {".".join(path.name.split(".")[:2]) for path in HISTORIES.glob("*.json")}


def wanted() -> set[str]:
    return {f"{kind}.{shape}" for kind, shapes in KINDS.items() for shape in shapes}


async def _save(here: Lab, name: str, workflow_id: str) -> None:
    """Every run of the workflow, the first one first."""
    runs = [run async for run in here.client.list_workflows(f"WorkflowId = '{workflow_id}'")]
    for index, run in enumerate(sorted(runs, key=lambda run: run.start_time), start=1):
        handle = here.client.get_workflow_handle(workflow_id, run_id=run.run_id)
        history = await handle.fetch_history()
        path = HISTORIES / f"{name}.{index}.json"
        path.write_text(_without_traces(history.to_json()) + "\n")
        sys.stdout.write(f"{path.name}\n")


def _without_traces(history: str) -> str:
    """Stack traces name the folders of the machine that recorded them."""
    return re.sub(r'"stackTrace": "(?:[^"\\\\]|\\\\.)*"', '"stackTrace": ""', history)


async def record(stack: Stack, name: str) -> None:
    kind, _, shape_name = name.partition(".")
    shape = KINDS[kind][shape_name]
    async with lab(
        stack,
        limits=shape.limits,
        chat_completions=shape.chat_completions,
        agents=shape.cast,
    ) as here:
        await _save(here, name, await shape.play(here))


async def main(chosen: list[str]) -> None:
    HISTORIES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        async with running(Path(folder), only=SERVERS) as stack:
            for name in chosen or sorted(wanted() - recorded()):
                await record(stack, name)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
    sys.stdout.flush()
    os._exit(0)  # the Temporal client's runtime may crash in its own clean-up
