"""An edge that takes messages and documents, for the commands that talk to one."""

import asyncio
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import Event, Thread
from typing import Any
from uuid import UUID, uuid4

from typer.testing import CliRunner

from api.schemas.conversations import ConversationView
from cli.main import app
from models.payloads.events import LoggedEvent
from models.states import ConversationState
from tests.cli.edge import Answer, Edge, Received, running

CONVERSATION = UUID(int=1)
SPACE = str(UUID(int=2))
_FILE = re.compile(rb'filename="(?P<name>[^"]*)".*?\r\n\r\n(?P<data>.*?)\r\n--', re.DOTALL)


@dataclass
class Documents:
    """Takes what it can read; a document is ready at the second look."""

    refused: dict[str, Answer] = field(default_factory=dict)
    failing: set[str] = field(default_factory=set)
    kept: dict[bytes, dict[str, Any]] = field(default_factory=dict)
    never_ready: bool = False
    _looks: dict[str, int] = field(default_factory=dict)

    def add(self, request: Received) -> Answer:
        if request.body.startswith(b"{"):
            name = request.json["url"]
            data = name.encode()
        else:
            match = _FILE.search(request.body)
            assert match is not None
            name, data = match["name"].decode(), match["data"]
        if name in self.refused:
            return self.refused[name]
        if data in self.kept:
            return Answer(200, self.kept[data])
        self.kept[data] = {
            "id": str(uuid4()),
            "title": name,
            "collection": "general",
            "status": "queued",
            "progress": 0.0,
            "passages": 0,
            "error": None,
        }
        return Answer(202, self.kept[data])

    def get(self, request: Received) -> Answer:
        document = next(d for d in self.kept.values() if d["id"] == request.path.split("/")[-1])
        if document["title"] in self.failing:
            error = {"code": "document_broken", "detail": "It cannot be read."}
            document.update(status="failed", error=error)
        elif not self.never_ready:
            document.update(status="ready", progress=1.0, passages=3)
        return Answer(200, document)


def serve_documents(edge: Edge) -> Documents:
    documents = Documents()
    limits = {"limits": {"document_bytes": 1_000}}
    edge.routes[("GET", "/v1/info")] = lambda _: Answer(200, limits)
    edge.routes[("POST", "/v1/documents")] = documents.add
    edge.routes[("GET", "/v1/documents/*")] = documents.get
    return documents


HIT = {
    "mark": 1,
    "document_id": str(UUID(int=7)),
    "title": "Brand\x1b[2J guide",
    "heading": "Tone › Headlines",
    "snippet": "Headlines are short.\nAnd warm.",
    "text": "Headlines are short.",
    "score": 0.8312,
    "page": 3,
    "collection": "brand",
    "url": None,
}
PICTURE = {"document_id": str(UUID(int=8)), "title": "Deck", "caption": "A bicycle", "score": 1.0}


def serve_search(edge: Edge) -> None:
    """Finds one passage, or one picture; nothing for `nothing`."""

    def search(request: Received) -> Answer:
        if b"multipart" in request.headers["content-type"].encode():
            return Answer(200, {"items": [], "pictures": [{**PICTURE, "page": 2}]})
        if request.json["query"] == "nothing":
            return Answer(200, {"items": [], "pictures": [], "degraded": "embedding_timeout"})
        return Answer(200, {"items": [HIT], "pictures": [], "degraded": None})

    edge.routes[("POST", "/v1/search")] = search


def serve_collections(edge: Edge) -> None:
    held = {"name": "brand", "description": "How we sound", "documents": 1_200}
    cut = {"chunker": "semantic", "size": 1500, "overlap": 200}
    brand = {**held, "chunking": cut, "recency_days": 30.0}
    path = "/v1/collections"
    edge.routes[("GET", path)] = lambda _: Answer(200, {"items": [brand]})
    edge.routes[("POST", path)] = lambda request: Answer(201, request.json)
    edge.routes[("DELETE", f"{path}/*")] = lambda _: Answer(204)


def a_conversation() -> dict[str, Any]:
    """As the edge describes one."""
    now = datetime.now(UTC)
    made = ConversationView(
        id=CONVERSATION,
        title=None,
        agent="general",
        state=ConversationState.ACTIVE,
        created_at=now,
        updated_at=now,
    )
    return made.model_dump(mode="json")


def serve_conversation(edge: Edge, turns: list[list[LoggedEvent]]) -> None:
    """Each message sent gets the next of these turns as its answer."""
    path = f"/v1/conversations/{CONVERSATION}"
    taken: dict[str, LoggedEvent] = {}

    def take(request: Received) -> Answer:
        message = request.json["id"]
        if message not in taken:
            turn = turns[len(taken)]
            taken[message] = turn[0]
            edge.append(*turn)
        first = taken[message]
        body = {
            "conversation_id": str(CONVERSATION),
            "turn_id": str(first.turn_id),
            "message_id": message,
            "status": "started",
            "events": f"{path}/events",
        }
        return Answer(202, body)

    edge.routes[("POST", "/v1/conversations")] = lambda _: Answer(201, a_conversation())
    edge.routes[("POST", f"{path}/messages")] = take
    edge.routes[("POST", f"{path}/stop")] = lambda _: Answer(202, {"turn_id": None})


@contextmanager
def beside() -> Iterator[Edge]:
    """An edge in a thread of its own, for commands that bring their own event loop."""
    ready, holder = Event(), list[tuple[Edge, asyncio.AbstractEventLoop, asyncio.Event]]()

    async def serve() -> None:
        async with running() as edge:
            over = asyncio.Event()
            holder.append((edge, asyncio.get_running_loop(), over))
            ready.set()
            await over.wait()

    thread = Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    ready.wait(10)
    edge, loop, over = holder[0]
    try:
        yield edge
    finally:
        loop.call_soon_threadsafe(over.set)
        thread.join(10)


def run(edge: Edge | None, *arguments: str, stdin: str | None = None) -> tuple[int, str, str]:
    """A command as it is typed, signed in where there is an edge: exit code, output, errors."""
    there = {} if edge is None else {"HOLDFAST_API": edge.url, "HOLDFAST_TOKEN": "token"}
    result = CliRunner().invoke(app, arguments, input=stdin, env={**there, "HOLDFAST_SPACE": SPACE})
    return result.exit_code, result.stdout, result.stderr
