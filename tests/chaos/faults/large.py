"""Row 22: what is large comes in everywhere, and stays out of every history."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

from holdfast_client.client import ApiError
from temporalio.client import Client as TemporalClient

from activities.settling import SHOWN_CHARACTERS
from activities.tools import MOST_RESULT_CHARACTERS
from local.temporal import NAMESPACE
from models.payloads.events import ToolCompleted, ToolFailed
from tests.chaos.fault import Fault
from tests.chaos.faults.clocks_apart import INSIDE
from tests.chaos.payloads import largest_in, too_large
from tests.chaos.scene import TURN_SECONDS, Scene
from tests.chaos.site import Site
from tests.chaos.stored import reading
from tests.chaos.timing import Times
from tests.chaos.violation import Violation

TOOL = "HOLDFAST_CHAOS_TOOL"
MEGABYTE = 1024 * 1024
SIZES = (256 * 1024, 2 * MEGABYTE - 1, 2 * MEGABYTE + 1, 5 * MEGABYTE)
BODY_LIMIT = 4 * MEGABYTE
MESSAGE_LIMIT = 32_000  # characters
WIDE = "\N{SNOWMAN}\N{HORSE}"  # 3 and 4 bytes
QUEUED = 16
READY_SECONDS = 120.0
# A million characters of results at once are more than the model's window: the turn says so.
TOO_MUCH = frozenset({"context_too_long"})
ARGUMENTS = 30_000  # characters; no more fit into a message that asks for them
_RESULTS = """
SELECT call_id, length(result) AS size FROM tool_call WHERE conversation_id = ANY($1)
"""


class Large(Fault):
    """Messages beyond the limit are refused, at it they are stored and referenced: alone, 16 in a
    queue, and by signal while no worker is up. Tools return far more than is kept: the workers'
    clock tool is one of ours here, since none that ships returns what a caller likes. Documents
    are stored whole; the smallest is all text, in the others a comment fills most of the bytes,
    since 5 MB of text are some 4,000 embeddings. All histories are measured, here as after every
    session."""

    number = 22
    name = "256 KB to 5 MB in messages, signals, tool results and documents"
    recovery = "–"
    short_runs = 0
    full_runs = 1

    def __init__(self) -> None:
        self._results: dict[UUID, int] = {}

    @asynccontextmanager
    async def around(self, site: Site) -> AsyncIterator[None]:
        path = f"{INSIDE}:{site.environment('worker')['PYTHONPATH']}"
        async with site.exchanged(worker={"PYTHONPATH": path, TOOL: "1"}):
            yield

    async def run(self, scene: Scene) -> None:
        self._results = {}
        await self._refused(scene)
        await asyncio.gather(
            self._documents(scene),
            self._tools(scene),
            self._arguments(scene),
            self._queued(scene),
        )
        await self._signalled(scene)

    async def _refused(self, scene: Scene) -> None:
        """By name, and none of it reaches an engine."""
        conversation_id = await scene.conversation()
        talk = f"/v1/conversations/{conversation_id}/messages"
        for size in SIZES:
            code = "message_too_long" if size < BODY_LIMIT else "body_too_large"
            long = "x" * size
            await self._told(scene, talk, {"content": long}, 413, code)
            await self._told(scene, "/v1/runs", {"agent": "direct", "input": long}, 413, code)
            code = "request_invalid" if size < BODY_LIMIT else "body_too_large"
            status = 422 if size < BODY_LIMIT else 413
            verdict = {"decision": "deny", "note": long}
            await self._told(scene, f"/v1/approvals/{uuid4()}", verdict, status, code)
        await self._told(
            scene, talk, {"content": "x" * (MESSAGE_LIMIT + 1)}, 413, "message_too_long"
        )

    async def _told(
        self, scene: Scene, path: str, body: dict[str, Any], status: int, code: str
    ) -> None:
        try:
            await scene.client.post(path, body)
        except ApiError as error:
            if (error.status, error.code) == (status, code):
                return
            said = f"{error.status} {error.code} instead of {status} {code}"
        else:
            said = "was accepted"
        size = max(len(value) for value in body.values())
        self._wrong(scene, f"{size:,} characters to {path}", said)

    async def _tools(self, scene: Scene) -> None:
        """Each in a turn of its own, and all of them in one step."""
        for sizes in (*((size,) for size in SIZES), SIZES):
            conversation_id = await scene.conversation("general")
            reader = await scene.watch(conversation_id)
            calls = [f'@offline call=current_time args={{"timezone":"size:{n}"}}' for n in sizes]
            sent = await scene.send(conversation_id, "\n".join([f"chaos {uuid4()}", *calls]))
            if len(sizes) > 1:
                scene.sent[sent.message_id] = replace(sent, may_end=TOO_MUCH)
            self._results[conversation_id] = len(sizes)
            await reader.ended(TURN_SECONDS)

    async def _arguments(self, scene: Scene) -> None:
        """More than the tool takes: refused before anybody is asked."""
        conversation_id = await scene.conversation("general")
        reader = await scene.watch(conversation_id)
        call = f'@offline call=publish_note args={{"title":"t","body":"{"x" * ARGUMENTS}"}}'
        await scene.send(conversation_id, f"chaos {uuid4()}\n{call}")
        await reader.ended(TURN_SECONDS)
        if not [one for one in reader.seen.frames if one.kind == "tool.failed"]:
            self._wrong(scene, f"{ARGUMENTS:,} characters of arguments", "no tool failed")

    async def _queued(self, scene: Scene) -> None:
        """A full queue of the longest messages, carried from run to run."""
        conversation_id = await scene.conversation()
        reader = await scene.watch(conversation_id, turns=QUEUED + 1)
        await scene.ask(conversation_id, 60, 50)
        await reader.until(TURN_SECONDS, "text.delta")
        for _ in range(QUEUED):
            await self._longest(scene, conversation_id)
        await reader.ended(TURN_SECONDS, QUEUED + 1)

    async def _signalled(self, scene: Scene) -> None:
        """No worker is up: the durable path takes the same messages."""
        conversation_id = await scene.conversation()
        reader = await scene.watch(conversation_id, turns=3)
        await scene.site.down("worker")
        try:
            for _ in range(3):
                await self._longest(scene, conversation_id)
        finally:
            await scene.site.up("worker")
        await reader.ended(TURN_SECONDS, 3)

    async def _longest(self, scene: Scene, conversation_id: UUID) -> None:
        message_id = uuid4()
        asked = f"{message_id}\n@offline tokens=3 gap_ms=1\n"
        wide = (WIDE * MESSAGE_LIMIT)[: MESSAGE_LIMIT - len(asked)]
        await scene.send(conversation_id, asked + wide, message_id=message_id, tokens=3)

    async def _documents(self, scene: Scene) -> None:
        await asyncio.gather(*(self._document(scene, size) for size in SIZES))
        long = {"title": "t", "text": "x" * SIZES[-1]}
        await self._told(scene, "/v1/documents", long, 413, "document_too_large")

    async def _document(self, scene: Scene, size: int) -> None:
        mark = f"Document {uuid4()} has {size} bytes. "
        if size == SIZES[0]:
            name, kind, data = "a.txt", "text/plain", (mark * size)[:size].encode()
        else:
            page = f"<html><body><p>{mark}</p><!--%s--></body></html>"
            name, kind = "a.html", "text/html"
            data = (page % ("x" * (size - len(page) + 2))).encode()
        made = await scene.client.ask("POST", "/v1/documents", file=("file", (name, data, kind)))
        path = f"/v1/documents/{made.json()['id']}"
        loop = asyncio.get_running_loop()
        until = loop.time() + READY_SECONDS
        while (found := await scene.client.get(path))["status"] in {"queued", "processing"}:
            if loop.time() > until:
                break
            await asyncio.sleep(0.2)
        if found["status"] != "ready" or len(data) != size:
            self._wrong(scene, f"a document of {len(data):,} bytes", f"is {found}")

    async def verify(self, scene: Scene) -> None:
        async with reading(scene.site) as connection:
            rows = await connection.fetch(_RESULTS, list(self._results))
        if len(rows) != sum(self._results.values()):
            self._wrong(scene, "tool results", f"{len(rows)} are stored")
        for row in rows:
            # Cut, and it says so.
            if not MOST_RESULT_CHARACTERS <= row["size"] <= MOST_RESULT_CHARACTERS + 100:
                self._wrong(scene, f"call {row['call_id']}", f"kept {row['size']:,} characters")
        for log in (await scene.evidence()).logs.values():
            for logged in log.events:
                event = logged.event
                if isinstance(event, ToolCompleted) and len(event.result) > SHOWN_CHARACTERS:
                    self._wrong(scene, f"event {logged.id}", f"shows {len(event.result):,}")
                if isinstance(event, ToolFailed) and len(event.detail) > SHOWN_CHARACTERS:
                    self._wrong(scene, f"event {logged.id}", f"shows {len(event.detail):,}")
        await self._measured(scene)

    async def _measured(self, scene: Scene) -> None:
        client = await TemporalClient.connect(scene.site.temporal_address, namespace=NAMESPACE)
        largest = 0
        for conversation_id in {sent.conversation_id for sent in scene.sent.values()}:
            query = f"HoldfastConversation = '{conversation_id}'"
            async for one in client.list_workflows(query):
                handle = client.get_workflow_handle(one.id, run_id=one.run_id)
                history = await handle.fetch_history()
                largest = max(largest, largest_in(history.events))
                scene.violations += too_large(one.run_id, history.events)
        scene.facts["bytes of the largest payload"] = largest

    def times(self, scene: Scene) -> Times:
        return Times()

    def _wrong(self, scene: Scene, subject: str, what: str) -> None:
        scene.violations.append(Violation("row 22", subject, what))
