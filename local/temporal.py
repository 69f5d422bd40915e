"""Temporal's development server, tuned; `python -m local.temporal install` gets its command."""

import asyncio
import json
import os
import sys
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from local import temporal_cli
from local.paths import Folder
from local.ports import HOST
from local.probe import answers, fetched
from local.process import Program
from local.supervisor import Supervisor

ADDRESS_VARIABLE = "HOLDFAST_TEMPORAL_ADDRESS"
UI_VARIABLE = "HOLDFAST_TEMPORAL_UI"
NAMESPACE = "default"

PRAGMAS = {"journal_mode": "wal", "synchronous": "normal"}
DYNAMIC = {
    # One shard, which polls 20 times a second unless told: every hop would wait about 40 ms.
    "history.transferProcessorMaxPollRPS": "2000",
    "history.timerProcessorMaxPollRPS": "2000",
    # Hands the first activity to the worker that answers the workflow task, with no wait.
    "system.enableActivityEagerExecution": "true",
    # Makes fairness keys count: within a partition of a queue, so that all goes into one of four.
    "matching.enableFairness": "true",
    "matching.numTaskqueueWritePartitions": "1",
}


def given_address() -> str | None:
    """A server that someone else runs."""
    return os.environ.get(ADDRESS_VARIABLE) or None


@dataclass(frozen=True)
class Temporal:
    """The server of one data folder."""

    folder: Folder
    port: int
    ui_port: int
    env: Mapping[str, str]

    @property
    def address(self) -> str:
        return f"{HOST}:{self.port}"

    @property
    def ui(self) -> str:
        return f"http://{HOST}:{self.ui_port}"

    def program(self, binary: Path) -> Program:
        flags = ["--ip", HOST, "--port", str(self.port), "--ui-port", str(self.ui_port)]
        flags += ["--db-filename", str(self.folder.root / "temporal.db")]
        for key, value in PRAGMAS.items():
            flags += ["--sqlite-pragma", f"{key}={value}"]
        for key, value in DYNAMIC.items():
            flags += ["--dynamic-config-value", f"{key}={value}"]
        return Program(
            name="temporal",
            argv=(str(binary), "server", "start-dev", "--log-level", "error", *flags),
            env=self.env,
            ready=lambda: answers(self.port),
        )

    async def is_polled(self, queue: str, pids: Collection[int]) -> bool:
        """Whether each of these processes asks for the queue's tasks; the UI's server knows."""
        path = f"/api/v1/namespaces/{NAMESPACE}/task-queues/{queue}"
        body = await fetched(self.ui_port, path)
        if body is None:
            return False
        # The client's own name for itself: process id @ host.
        names = [poller["identity"] for poller in json.loads(body).get("pollers", ())]
        return all(any(name.startswith(f"{pid}@") for name in names) for pid in pids)


async def register(supervisor: Supervisor, address: str, env: Mapping[str, str]) -> None:
    """Wait until the server does its work, and give it our search attributes."""
    argv = (sys.executable, "-m", "local.attributes", address, NAMESPACE)
    await supervisor.run(Program(name="search attributes", argv=argv, env=env))


def main() -> None:
    if sys.argv[1:] != ["install"]:
        sys.exit("usage: python -m local.temporal install")
    try:
        binary = asyncio.run(temporal_cli.get(temporal_cli.tell))
    except temporal_cli.TemporalMissingError as error:
        sys.exit(str(error))
    temporal_cli.tell(f"Temporal is at {binary}")


if __name__ == "__main__":
    main()
