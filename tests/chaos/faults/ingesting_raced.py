"""No row of the table: documents that are deleted, copied and too many while they come in."""

import asyncio
from uuid import UUID

import asyncpg  # type: ignore[import-untyped]  # has no stubs
from holdfast_client.client import ApiError, Client

from adapters.store.documents_row import MOST_WAITING
from tests.chaos.fault import Fault
from tests.chaos.faults.uploads import Tale, calls, counts, half_way, over, rows_left, upload, whole
from tests.chaos.scene import Scene
from tests.chaos.violation import Violation

COPIES = 20
_FILL = """
INSERT INTO document (space_id, organisation_id, id, title, name, media_type, size, status,
    progress, passages, created_by, collection)
SELECT $1, $2, gen_random_uuid(), 'chaos filler', 'f.md', 'text/markdown', 1, 'queued', 0, 0, $1,
    'general'
FROM generate_series(1, $3)
"""
_EMPTY = "DELETE FROM document WHERE space_id = $1 AND title = 'chaos filler'"


class IngestionRaced(Fault):
    """One file uploaded 20 times at once; one deleted half way; one that finds the queue full."""

    number = 0
    name = "the same file 20 times at once, a deletion mid-ingestion, a full queue"
    recovery = "–"
    full_runs = 2

    def __init__(self) -> None:
        self._copied: list[tuple[Tale, UUID]] = []

    async def run(self, scene: Scene) -> None:
        await self._copies(scene)
        await self._deleted(scene)
        await self._full(scene)

    async def _copies(self, scene: Scene) -> None:
        tale = Tale.new(40)
        ids = await asyncio.gather(*(upload(scene, tale) for _ in range(COPIES)))
        if len(set(ids)) != 1:
            self._wrong(scene, f"{COPIES} copies", f"became {len(set(ids))} documents")
        await over(scene.site, ids[0])
        self._copied = [(tale, ids[0])]

    async def _deleted(self, scene: Scene) -> None:
        tale = Tale.new(520, "ttft_ms=600")
        document_id = await upload(scene, tale)
        await half_way(scene.site, [document_id])
        await scene.client.ask("DELETE", f"/v1/documents/{document_id}")
        before = len(await calls(scene.site, tale))
        try:
            await scene.client.get(f"/v1/documents/{document_id}")
            self._wrong(scene, f"document {document_id}", "is shown after its deletion")
        except ApiError as error:
            if error.status != 404:
                raise
        # The same bytes are a new document, which shows that nobody holds the old one.
        again = await upload(scene, tale)
        await over(scene.site, again)
        if again == document_id or (await counts(scene.site, again)).get("status") != "ready":
            self._wrong(scene, f"document {again}", "is not a new one and ready")
        if left := await rows_left(scene.site, document_id):
            self._wrong(scene, f"document {document_id}", f"left {left} rows")
        # One call of the old run may have been on its way.
        if (asked := len(await calls(scene.site, tale)) - before) > 3 + 1:
            self._wrong(scene, f"document {document_id}", f"was asked for {asked} times more")

    async def _full(self, scene: Scene) -> None:
        site, tale = scene.site, Tale.new(10)
        owner = await asyncpg.connect(site.owner_url, timeout=5)
        try:
            await owner.execute("SELECT set_config('app.space_id', $1, false)", str(site.space_id))
            await owner.execute(_FILL, site.space_id, site.organisation_id, MOST_WAITING)
            try:
                await self._refused(scene, tale)
            finally:
                await owner.execute(_EMPTY, site.space_id)
        finally:
            await owner.close()
        document_id = await upload(scene, tale)
        await over(site, document_id)
        self._copied.append((tale, document_id))

    async def _refused(self, scene: Scene, tale: Tale) -> None:
        """Without the patience that other clients have with a 429."""
        site = scene.site
        async with Client(site.api, site.token, site.space_id, patience=0) as client:
            file = ("file", (f"{tale.token}.md", tale.data, "text/markdown"))
            try:
                await client.ask("POST", "/v1/documents", file=file)
                self._wrong(scene, "a full queue", "took one more")
            except ApiError as error:
                if (error.status, error.code) != (429, "documents_queue_full"):
                    self._wrong(scene, "a full queue", f"said {error.status} {error.code}")

    async def verify(self, scene: Scene) -> None:
        scene.violations += await whole(scene.site, self._copied, in_flight=0)

    def _wrong(self, scene: Scene, subject: str, what: str) -> None:
        scene.violations.append(Violation("ingestion", subject, what))
