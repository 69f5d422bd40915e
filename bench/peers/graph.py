# mypy: ignore-errors
# Its imports are in the peer's own environment.
"""One model call over the thread's messages: what Aegra and LangGraph's server run."""

import os
from typing import Any

from langchain_openai import ChatOpenAI
from langgraph.graph import START, MessagesState, StateGraph

model = ChatOpenAI(
    model="offline",
    base_url=os.environ["BENCH_MODEL"],
    api_key="offline",
    streaming=True,
    max_retries=0,
)


async def answer(state: MessagesState) -> dict[str, Any]:
    return {"messages": [await model.ainvoke(state["messages"])]}


builder = StateGraph(MessagesState)
builder.add_node("answer", answer)
builder.add_edge(START, "answer")
graph = builder.compile()
