"""The bare workflow's edge: starts a run, passes on what is published for it."""

import asyncio
import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import uuid4

from fastapi import FastAPI
from fastapi.responses import StreamingResponse
from pydantic import BaseModel
from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from temporalio.client import Client

from bench.floors.bare_workflow import BareWorkflow, Turn

CHANNEL = f"bench-bare-{uuid4()}"
# One answer's texts; its reader takes them as they come.
Texts = asyncio.Queue[str]


class Question(BaseModel):
    content: str


class Desk:
    """One subscription for all readers of this process."""

    def __init__(self, client: Client, redis: "Redis") -> None:
        self._client = client
        self._pubsub: PubSub = redis.pubsub(ignore_subscribe_messages=True)
        self._readers: dict[str, Texts] = {}

    async def listen(self) -> None:
        await self._pubsub.subscribe(CHANNEL)
        async for message in self._pubsub.listen():
            turn, _, text = message["data"].decode().partition(" ")
            if (reader := self._readers.get(turn)) is not None:
                reader.put_nowait(text)

    async def answer(self, content: str) -> AsyncIterator[str]:
        turn = str(uuid4())
        texts = self._readers[turn] = Texts()
        try:
            await self._client.start_workflow(
                BareWorkflow.run,
                Turn(content, CHANNEL, turn),
                id=f"bare-{turn}",
                task_queue=os.environ["BENCH_QUEUE"],
            )
            while text := await texts.get():
                yield f"data: {json.dumps(text)}\n\n"
        finally:
            del self._readers[turn]


desk: list[Desk] = []


@asynccontextmanager
async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
    client = await Client.connect(os.environ["BENCH_TEMPORAL"])
    # A quiet minute is no error.
    redis = Redis.from_url(os.environ["BENCH_REDIS"], socket_timeout=None)
    desk.append(Desk(client, redis))
    listening = asyncio.create_task(desk[0].listen())
    yield
    listening.cancel()


app = FastAPI(lifespan=lifespan)


@app.get("/healthz")
async def health() -> str:
    return "ok"


@app.post("/ask")
async def ask(question: Question) -> StreamingResponse:
    return StreamingResponse(desk[0].answer(question.content), media_type="text/event-stream")
