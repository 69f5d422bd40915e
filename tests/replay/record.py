"""Record one history for each shape of turn: `python -m tests.replay.record [SHAPE …]`.

Recorded once per shape and kept: a change that breaks the replay of a stored history would break
runs that are open when it is deployed. Record again only what is new.
"""

import asyncio
import os
import sys
import tempfile
from pathlib import Path

from local.stack import SERVERS, Stack, running
from models.ids import turn_workflow_id
from tests.turns.lab import Lab, lab
from tests.turns.shapes import SHAPES

HISTORIES = Path(__file__).with_name("histories")


async def _save(here: Lab, name: str) -> None:
    """Every run of the conversation, the first one first."""
    workflow_id = turn_workflow_id(here.scope, here.conversation_id)
    runs = [run async for run in here.client.list_workflows(f"WorkflowId = '{workflow_id}'")]
    for index, run in enumerate(sorted(runs, key=lambda run: run.start_time), start=1):
        handle = here.client.get_workflow_handle(workflow_id, run_id=run.run_id)
        history = await handle.fetch_history()
        path = HISTORIES / f"turn.{name}.{index}.json"
        path.write_text(history.to_json() + "\n")
        sys.stdout.write(f"{path.name}\n")


async def record(stack: Stack, name: str) -> None:
    shape = SHAPES[name]
    async with lab(stack, limits=shape.limits, chat_completions=shape.chat_completions) as here:
        await shape.play(here)
        await here.idle()
        await _save(here, name)


async def main(wanted: list[str]) -> None:
    HISTORIES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        async with running(Path(folder), only=SERVERS) as stack:
            for name in wanted or SHAPES:
                await record(stack, name)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
    sys.stdout.flush()
    os._exit(0)  # the Temporal client's runtime may crash in its own clean-up
