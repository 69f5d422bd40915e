"""The edge of the `workflow_streams` peer: starts a run, reads its stream by long-poll updates."""

import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from uuid import uuid4

from fastapi import FastAPI
from fastapi.responses import StreamingResponse
from pydantic import BaseModel
from temporalio.client import Client
from temporalio.contrib.workflow_streams import WorkflowStreamClient

from bench.peers.streams_workflow import QUEUE, TOKENS, StreamsWorkflow

# Each poll is three events of history, and the default of 100 ms is what readers would wait: with
# less than this, polls crowd out the signals that they wait for.
COOLDOWN = timedelta(milliseconds=float(os.environ.get("BENCH_COOLDOWN_MS", "10")))

connected: list[Client] = []


class Question(BaseModel):
    content: str


@asynccontextmanager
async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
    connected.append(await Client.connect(os.environ["BENCH_TEMPORAL"]))
    yield


app = FastAPI(lifespan=lifespan)


@app.get("/healthz")
async def health() -> str:
    return "ok"


@app.post("/ask")
async def ask(question: Question) -> StreamingResponse:
    return StreamingResponse(_answer(question.content), media_type="text/event-stream")


async def _answer(content: str) -> AsyncIterator[str]:
    client = connected[0]
    workflow_id = f"streams-{uuid4()}"
    await client.start_workflow(StreamsWorkflow.run, content, id=workflow_id, task_queue=QUEUE)
    stream = WorkflowStreamClient.create(client, workflow_id)
    async for item in stream.subscribe(TOKENS, result_type=str, poll_cooldown=COOLDOWN):
        if not item.data:
            return
        yield f"data: {json.dumps(item.data)}\n\n"
