"""The worker of the `workflow_streams` peer: flushed at once, what waits meanwhile goes next.

The library's own batching would hold a short answer back until its end.
"""

import asyncio
import os
from datetime import timedelta

import uvloop
from openai import AsyncOpenAI
from temporalio import activity
from temporalio.client import Client
from temporalio.contrib.workflow_streams import WorkflowStreamClient
from temporalio.worker import Worker
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions

from bench.floors.bare_worker import SLOTS, STICKY, beat
from bench.peers.streams_workflow import QUEUE, STREAM, TOKENS, StreamsWorkflow

# Never reached: each publish asks for a flush, and a flush takes all that waits.
BATCH = timedelta(seconds=1)
END = ""


class Streaming:
    def __init__(self, model: AsyncOpenAI) -> None:
        self._model = model

    @activity.defn(name=STREAM)
    async def stream(self, content: str) -> int:
        tokens = 0
        beating = asyncio.create_task(beat())
        try:
            async with WorkflowStreamClient.from_within_activity(batch_interval=BATCH) as stream:
                topic = stream.topic(TOKENS, type=str)
                chunks = await self._model.chat.completions.create(
                    model="offline", messages=[{"role": "user", "content": content}], stream=True
                )
                async for chunk in chunks:
                    if chunk.choices and (text := chunk.choices[0].delta.content):
                        tokens += 1
                        topic.publish(text, force_flush=True)
                topic.publish(END, force_flush=True)
        finally:
            beating.cancel()
        return tokens


async def main() -> None:
    client = await Client.connect(os.environ["BENCH_TEMPORAL"])
    model = AsyncOpenAI(base_url=os.environ["BENCH_MODEL"], api_key="offline", max_retries=0)
    restrictions = SandboxRestrictions.default.with_passthrough_modules("bench")
    # The SDK's own polls and slots for workflow tasks: ours give it a twentieth less.
    async with Worker(
        client,
        task_queue=QUEUE,
        workflows=[StreamsWorkflow],
        activities=[Streaming(model).stream],
        workflow_runner=SandboxedWorkflowRunner(restrictions=restrictions),
        max_concurrent_activities=SLOTS,
        sticky_queue_schedule_to_start_timeout=STICKY,
    ):
        await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(main())
