"""The plain proxy: FastAPI and the `openai` client, nothing kept."""

import json
import os
from collections.abc import AsyncIterator

from fastapi import FastAPI
from fastapi.responses import StreamingResponse
from openai import AsyncOpenAI
from pydantic import BaseModel

app = FastAPI()
model = AsyncOpenAI(base_url=os.environ["BENCH_MODEL"], api_key="offline", max_retries=0)


class Question(BaseModel):
    content: str


@app.get("/healthz")
async def health() -> str:
    return "ok"


@app.post("/ask")
async def ask(question: Question) -> StreamingResponse:
    return StreamingResponse(_answer(question.content), media_type="text/event-stream")


async def _answer(content: str) -> AsyncIterator[str]:
    stream = await model.chat.completions.create(
        model="offline", messages=[{"role": "user", "content": content}], stream=True
    )
    async for chunk in stream:
        if chunk.choices and (text := chunk.choices[0].delta.content):
            yield f"data: {json.dumps(text)}\n\n"
