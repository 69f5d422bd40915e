"""The bare workflow's worker: streams the model's tokens to the edge over Redis pub/sub."""

import asyncio
import os
from datetime import timedelta

import uvloop
from openai import AsyncOpenAI, DefaultAioHttpClient
from redis.asyncio import Redis
from temporalio import activity
from temporalio.client import Client
from temporalio.worker import Worker
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions

from bench.floors.bare_workflow import STREAM, BareWorkflow, Turn
from bench.floors.reading import Reading, lean, typed

# As ours, all of them; a test holds them equal.
SLOTS = 500
WORKFLOW_SLOTS = 16
WORKFLOW_POLLS = 10
NEW_RUNS_SHARE = 0.6
STICKY = timedelta(seconds=1)
HEARTBEAT = 1.0  # seconds; the SDK sends fewer


class Outlet:
    """Sends at once when nothing is on its way; what comes meanwhile goes together next."""

    def __init__(self, redis: "Redis", turn: Turn) -> None:
        self._redis = redis
        self._turn = turn
        self._waiting: list[str] = []
        self._sending: asyncio.Task[None] | None = None

    def put(self, text: str) -> None:
        self._waiting.append(text)
        if self._sending is None or self._sending.done():
            self._sending = asyncio.create_task(self._send())

    async def _send(self) -> None:
        while self._waiting:
            texts, self._waiting = self._waiting, []
            await self._redis.publish(self._turn.channel, f"{self._turn.turn} {''.join(texts)}")

    async def close(self) -> None:
        if self._sending is not None:
            await self._sending
        await self._redis.publish(self._turn.channel, f"{self._turn.turn} ")


class Streaming:
    def __init__(self, model: AsyncOpenAI, redis: "Redis", reading: Reading) -> None:
        self._model = model
        self._redis = redis
        self._reading = reading

    @activity.defn(name=STREAM)
    async def stream(self, turn: Turn) -> int:
        beating = asyncio.create_task(beat())
        outlet = Outlet(self._redis, turn)
        tokens = 0
        try:
            async for text in self._reading(self._model, turn.content):
                tokens += 1
                outlet.put(text)
            await outlet.close()
        finally:
            beating.cancel()
        return tokens


async def beat() -> None:
    """Tell Temporal that this activity lives, until cancelled."""
    while True:
        activity.heartbeat()
        await asyncio.sleep(HEARTBEAT)


async def main() -> None:
    client = await Client.connect(os.environ["BENCH_TEMPORAL"])
    redis = Redis.from_url(os.environ["BENCH_REDIS"])
    is_lean = bool(os.environ.get("BENCH_LEAN"))
    model = AsyncOpenAI(
        base_url=os.environ["BENCH_MODEL"],
        api_key="offline",
        max_retries=0,
        # As ours; without it the package's own default.
        http_client=DefaultAioHttpClient() if is_lean else None,
    )
    reading = lean if is_lean else typed
    restrictions = SandboxRestrictions.default.with_passthrough_modules("bench")
    async with Worker(
        client,
        task_queue=os.environ["BENCH_QUEUE"],
        workflows=[BareWorkflow],
        activities=[Streaming(model, redis, reading).stream],
        workflow_runner=SandboxedWorkflowRunner(restrictions=restrictions),
        max_concurrent_activities=SLOTS,
        max_concurrent_workflow_task_polls=WORKFLOW_POLLS,
        nonsticky_to_sticky_poll_ratio=NEW_RUNS_SHARE,
        max_concurrent_workflow_tasks=WORKFLOW_SLOTS,
        sticky_queue_schedule_to_start_timeout=STICKY,
    ):
        await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(main())
