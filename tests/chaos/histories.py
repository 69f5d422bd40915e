"""I5: every history of the run replays on today's code; row 22: none holds a large payload."""

import argparse
import asyncio
import os
import sys
import zlib
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime

import orjson
from temporalio.api.enums.v1 import EventType
from temporalio.client import Client, WorkflowExecution, WorkflowHistory
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import Replayer

from local.temporal import NAMESPACE
from queues.running import workflow_runner
from tests.chaos.payloads import largest_in, too_large
from tests.chaos.versions import versions_of
from tests.chaos.violation import Violation
from workflows.agent_run import AgentRunWorkflow
from workflows.approval import ApprovalWorkflow
from workflows.ingestion import IngestionWorkflow
from workflows.post_session import PostSessionWorkflow
from workflows.reembedding import ReembeddingWorkflow
from workflows.turn import TurnWorkflow

WORKFLOWS = [
    TurnWorkflow,
    AgentRunWorkflow,
    PostSessionWorkflow,
    IngestionWorkflow,
    ReembeddingWorkflow,
    ApprovalWorkflow,
]


# The version that row 19 plants: its runs must not replay on today's code.
OTHER_CODE = "other-code"

# Replaying costs some 20 ms of CPU each, and a whole selection leaves thousands.
READERS = 2
FETCHED_AT_ONCE = 8
# A short selection leaves about a thousand, the whole of it some ten times as many.
REPLAY_SECONDS = 300.0


@dataclass(slots=True)
class Readings:
    """What was found in all histories."""

    replayed: int = 0
    measured: int = 0
    largest: int = 0
    """Bytes of the largest payload."""
    violations: list[Violation] = field(default_factory=list)

    def add(self, other: "Readings") -> None:
        self.replayed += other.replayed
        self.measured += other.measured
        self.largest = max(self.largest, other.largest)
        self.violations += other.violations

    def written(self) -> bytes:
        return orjson.dumps(self)

    @classmethod
    def read(cls, text: bytes) -> "Readings":
        said = orjson.loads(text)
        said["violations"] = [Violation(**one) for one in said["violations"]]
        return cls(**said)


async def read_all(address: str, since: datetime) -> Readings:
    """Replay, in the sandbox, and measure everything that was started since then."""
    found = Readings()
    for part in await asyncio.gather(*(_part(address, since, n) for n in range(READERS))):
        found.add(part)
    return found


async def _part(address: str, since: datetime, number: int) -> Readings:
    """In a process of its own: there are as many as cores, and one that is stuck can be killed."""
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.chaos.histories", address, since.isoformat(), str(number),
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        async with asyncio.timeout(REPLAY_SECONDS):
            output, _ = await child.communicate()
    except TimeoutError:
        with suppress(ProcessLookupError):
            child.kill()
        await child.wait()
        late = Violation("I5", f"part {number}", f"not replayed in {REPLAY_SECONDS:g} s")
        return Readings(violations=[late])
    if child.returncode:
        died = Violation("I5", f"part {number}", f"its reader ended with {child.returncode}")
        return Readings(violations=[died])
    return Readings.read(output)


async def _read(address: str, since: datetime, number: int) -> Readings:
    client = await Client.connect(
        address, namespace=NAMESPACE, data_converter=pydantic_data_converter
    )
    found = Readings()
    replayable = []
    async for history in _histories(client, since, number):
        found.measured += 1
        found.largest = max(found.largest, largest_in(history.events))
        found.violations += too_large(history.run_id, history.events)
        if _decided_something(history) and OTHER_CODE not in versions_of(history):
            replayable.append(history)
    found.replayed = len(replayable)
    found.violations += await _replayed(replayable)
    return found


async def _histories(
    client: Client, since: datetime, number: int
) -> AsyncIterator[WorkflowHistory]:
    """This part of all histories, several being fetched at a time."""
    started = since.isoformat(timespec="seconds").replace("+00:00", "Z")
    room = asyncio.Semaphore(FETCHED_AT_ONCE)

    async def fetched(one: WorkflowExecution) -> WorkflowHistory:
        async with room:
            return await client.get_workflow_handle(one.id, run_id=one.run_id).fetch_history()

    runs = [one async for one in client.list_workflows(f'StartTime >= "{started}"')]
    own = [one for one in runs if zlib.crc32(one.run_id.encode()) % READERS == number]
    for fetching in asyncio.as_completed([fetched(one) for one in own]):
        yield await fetching


def _decided_something(history: WorkflowHistory) -> bool:
    """A run in its start delay has nothing to replay, and the replayer waits for it for ever."""
    decided = EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED
    return any(event.event_type == decided for event in history.events)


async def _replayed(found: Sequence[WorkflowHistory]) -> list[Violation]:
    replayer = Replayer(
        workflows=WORKFLOWS,
        workflow_runner=workflow_runner(),
        data_converter=pydantic_data_converter,
    )

    async def histories() -> AsyncIterator[WorkflowHistory]:
        for history in found:
            yield history

    results = await replayer.replay_workflows(histories(), raise_on_replay_failure=False)
    return [
        Violation("I5", f"run {run_id}", f"does not replay: {failure}")
        for run_id, failure in results.replay_failures.items()
    ]


def _main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos.histories", description=__doc__)
    parser.add_argument("address")
    parser.add_argument("since", type=datetime.fromisoformat)
    parser.add_argument("number", type=int, choices=range(READERS))
    given = parser.parse_args()
    found = asyncio.run(_read(given.address, given.since, given.number))
    sys.stdout.buffer.write(found.written())
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    _main()
    # The engine's client may crash the interpreter on its way out, which would hide the result.
    os._exit(0)
