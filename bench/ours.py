"""Holdfast, started as a user starts it."""

import json
import os
import signal
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit
from uuid import uuid4

from bench.answer import Answer
from bench.client import Connection, Request
from bench.contender import Kind
from bench.place import Place
from local.stack import PRODUCT, Stack


@dataclass(frozen=True)
class Holdfast:
    """`POST …/messages` with `Accept: text/event-stream`, as a browser would."""

    stack: Stack
    agent: str
    name: str
    kind: Kind = Kind.OURS
    servers: Sequence[str] = ("temporal", "postgres", "redis")
    caller: str = "worker"
    more_workers: Sequence[int] = ()
    """Process ids of workers beside the stack's own."""

    @property
    def port(self) -> int:
        return urlsplit(self.stack.api).port or 80

    @property
    def headers(self) -> dict[str, str]:
        return {
            "authorization": f"Bearer {self.stack.token}",
            "x-space-id": str(self.stack.space_id),
        }

    async def conversation(self, connection: Connection) -> str:
        made = Request("POST", "/v1/conversations", b'{"agent": "%s"}' % self.agent.encode())
        answer = await connection.send(Request(made.method, made.path, made.body, self.headers))
        return str(json.loads(bytes(answer.said))["id"])

    def ask(self, conversation: str, content: str) -> Request:
        body = {"id": str(uuid4()), "content": content}
        headers = {**self.headers, "accept": "text/event-stream"}
        path = f"/v1/conversations/{conversation}/messages"
        return Request("POST", path, json.dumps(body).encode(), headers)

    def close(self, conversation: str) -> Request:
        """End the conversation's session: it is summarised then."""
        path = f"/v1/conversations/{conversation}/close"
        return Request("POST", path, b"{}", self.headers)

    async def crash(self) -> None:
        """The supervisor starts it again, as it would for a user."""
        (pid,) = self.stack.processes[self.caller]
        os.kill(pid, signal.SIGKILL)

    def resume(self, conversation: str, answer: Answer) -> Request | None:  # noqa: ARG002 -- the contract's
        """By the edge's own log: from its beginning, so that nothing can be missed."""
        path = f"/v1/conversations/{conversation}/events?until=idle"
        return Request("GET", path, headers={**self.headers, "accept": "text/event-stream"})

    def processes(self) -> Mapping[str, Sequence[int]]:
        running = self.stack.processes
        return {role: running[role] for role in PRODUCT} | {
            "worker": [*running["worker"], *self.more_workers]
        }


@asynccontextmanager
async def direct(place: Place) -> AsyncIterator[Holdfast]:
    """The agent that looks nothing up, as the peers look nothing up."""
    yield Holdfast(place.stack, "direct", "holdfast")
