# mypy: ignore-errors
# Its imports are in the peer's own environment.
"""DBOS at its best: one process, a durable stream, tokens batched while a write is on its way.

A stream write is a database write, so that a write for each token would be its worst.
"""

import asyncio
import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from dbos import DBOS, DBOSConfig
from fastapi import FastAPI
from fastapi.responses import StreamingResponse
from openai import AsyncOpenAI
from pydantic import BaseModel

TOKENS = "tokens"
# Bounds how late a reader hears of a write; its least. LISTEN / NOTIFY is on by default.
COALESCE_SECONDS = 0.001
# For each of 64 turns at once nearly one; with the default of 20 the first tokens come later.
CONNECTIONS = 50


@asynccontextmanager
async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
    DBOS.launch()
    yield
    DBOS.destroy()


app = FastAPI(lifespan=lifespan)
model = AsyncOpenAI(base_url=os.environ["BENCH_MODEL"], api_key="offline", max_retries=0)
DBOS(
    config=DBOSConfig(
        name="bench",
        system_database_url=os.environ["BENCH_DATABASE"],
        notification_coalesce_sec=COALESCE_SECONDS,
        sys_db_pool_size=CONNECTIONS,
        log_level="WARNING",
    ),
)


class Question(BaseModel):
    content: str


@DBOS.step()
async def stream(content: str) -> str:
    chunks = await model.chat.completions.create(
        model="offline", messages=[{"role": "user", "content": content}], stream=True
    )
    waiting: list[str] = []
    said: list[str] = []
    sending: asyncio.Task[None] | None = None

    async def send() -> None:
        while waiting:
            text = "".join(waiting)
            waiting.clear()
            await DBOS.write_stream_async(TOKENS, text)

    async for chunk in chunks:
        if chunk.choices and (text := chunk.choices[0].delta.content):
            waiting.append(text)
            said.append(text)
            if sending is None or sending.done():
                sending = asyncio.create_task(send())
    if sending is not None:
        await sending
    return "".join(said)


@DBOS.workflow()
async def turn(content: str) -> str:
    answer = await stream(content)
    await DBOS.close_stream_async(TOKENS)
    return answer


@app.get("/healthz")
async def health() -> str:
    return "ok"


@app.post("/ask")
async def ask(question: Question) -> StreamingResponse:
    handle = await DBOS.start_workflow_async(turn, question.content)
    return _streamed(handle.workflow_id, 0)


@app.get("/turns/{turn_id}")
async def resume(turn_id: str, after: int) -> StreamingResponse:
    """For a reader that lost its connection with this process."""
    return _streamed(turn_id, after)


def _streamed(turn_id: str, after: int) -> StreamingResponse:
    headers = {"x-turn": turn_id}
    return StreamingResponse(
        _texts(turn_id, after), headers=headers, media_type="text/event-stream"
    )


async def _texts(turn_id: str, after: int) -> AsyncIterator[str]:
    yield f"event: turn\ndata: {json.dumps({'turn': turn_id})}\n\n"
    async for text in DBOS.read_stream_async(turn_id, TOKENS, offset=after):
        yield f"data: {json.dumps(text)}\n\n"
