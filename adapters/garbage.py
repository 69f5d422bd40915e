"""Garbage is collected between other work, and never in a workflow's thread.

Left to itself, Python collects in whichever thread allocates, and runs finalizers there. In a
workflow's thread the running loop is the workflow's own: what closes itself when it is forgotten
(the `openai` client) becomes a step of that run. And a pass over a large heap can outlast the SDK's
two seconds for a workflow task, whose interruption a finalizer then swallows. The SDK has no means
against it (temporalio/sdk-python#494).
"""

import asyncio
import gc
from typing import Final

# Seconds. By Python's thresholds the whole heap is then searched every two minutes at most, and
# what a busy second leaves is searched in some milliseconds.
EVERY: Final = 1.0


async def keep_collecting() -> None:
    """For as long as this process works, in this thread."""
    take_over()
    while True:
        await asyncio.sleep(EVERY)
        collect_due()


def take_over() -> None:
    """End Python's own passes. What is loaded by now stays, and is not searched again."""
    gc.freeze()
    gc.disable()


def collect_due() -> None:
    """Search the oldest generation that Python would search by now, if there is one."""
    generations = zip(gc.get_count(), gc.get_threshold(), strict=True)
    due = [number for number, (count, limit) in enumerate(generations) if count > limit]
    if due:
        gc.collect(due[-1])
