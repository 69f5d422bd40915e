"""No row of the table: documents on their way in, when a process or their provider goes away."""

import asyncio
import signal
from itertools import pairwise
from uuid import UUID

from tests.chaos.fault import Fault
from tests.chaos.faults.uploads import Tale, calls, half_way, over, upload, whole
from tests.chaos.scene import Scene
from tests.chaos.violation import Violation

DOCUMENTS = 3
# Three batches each, and time to die in every one of them.
PASSAGES = 520
SLOW = "ttft_ms=600"


class IngestionStruck(Fault):
    """Every worker killed, or Postgres crashed, while documents have some of their vectors."""

    number = 0
    recovery = "–"
    longest = 400.0

    def __init__(self, process: str, *, short_runs: int, full_runs: int) -> None:
        what = "every worker SIGKILL" if process == "worker" else "Postgres crashed"
        self.name = f"{what} mid-ingestion"
        self.short_runs, self.full_runs = short_runs, full_runs
        self._process = process
        self._documents: list[tuple[Tale, UUID]] = []

    async def run(self, scene: Scene) -> None:
        tales = [Tale.new(PASSAGES, SLOW) for _ in range(DOCUMENTS)]
        ids = await asyncio.gather(*(upload(scene, tale) for tale in tales))
        self._documents = list(zip(tales, ids, strict=True))
        await half_way(scene.site, ids)
        scene.strike()
        pids = scene.site.pids(self._process)
        for pid in pids:
            how = signal.SIGKILL if self._process == "worker" else signal.SIGQUIT
            scene.site.signal(pid, how)
        for pid in pids:
            await scene.site.replaced(self._process, pid, len(pids))
        await asyncio.gather(*(over(scene.site, document_id) for document_id in ids))

    async def verify(self, scene: Scene) -> None:
        scene.violations += await whole(scene.site, self._documents, in_flight=1)
        answered = 0
        for tale, _ in self._documents:
            answered += sum(call["status"] == "completed" for call in await calls(scene.site, tale))
        scene.facts["passages"] = PASSAGES * DOCUMENTS
        scene.facts["embedding calls"] = answered


class ProviderBusy(Fault):
    """429 with its wait, and vectors that nobody can use: waited for, or named on the document,
    which goes on from there when it is added again."""

    number = 0
    name = "embedding provider answers 429, NaN, too few, another dimension mid-ingestion"
    recovery = "–"
    full_runs = 1
    # What an activity asks before it believes that a model only ever answers nonsense.
    garbled_attempts = 4

    def __init__(self) -> None:
        self._busy = Tale.new(60)
        self._garbled: list[tuple[Tale, UUID]] = []
        self._ready: list[tuple[Tale, UUID]] = []

    async def run(self, scene: Scene) -> None:
        self._busy = Tale.new(
            60, f"fail=429 times=3 retry_after=1 seed={scene.random.randint(0, 9**9)}"
        )
        self._garbled, self._ready = [], []
        await asyncio.gather(
            self._waited_for(scene),
            *(self._named(scene, kind) for kind in ("garbage", "truncate", "malformed")),
        )

    async def _waited_for(self, scene: Scene) -> None:
        document_id = await upload(scene, self._busy)
        await over(scene.site, document_id)
        self._ready.append((self._busy, document_id))

    async def _named(self, scene: Scene, kind: str) -> None:
        """It fails by name, and is taken in when its provider has mended."""
        seed = scene.random.randint(0, 9**9)
        tale = Tale.new(60, f"fail={kind} times={self.garbled_attempts} seed={seed}")
        document_id = await upload(scene, tale)
        found = await over(scene.site, document_id)
        if (found["status"], found["error_code"]) != ("failed", "model_garbled"):
            self._wrong(scene, f"document {document_id}", f"{kind}: is {found}")
        shown = await scene.client.get(f"/v1/documents/{document_id}")
        if "embedding model" not in (shown["error"] or {}).get("detail", ""):
            self._wrong(scene, f"document {document_id}", f"{kind}: says {shown['error']}")
        if await upload(scene, tale) != document_id:
            self._wrong(scene, f"document {document_id}", f"{kind}: the same bytes are another")
        await over(scene.site, document_id)
        self._garbled.append((tale, document_id))

    async def verify(self, scene: Scene) -> None:
        scene.violations += await whole(scene.site, self._ready, in_flight=0)
        # Nonsense is paid too, so often and no more.
        for one in self._garbled:
            asked = await calls(scene.site, one[0])
            if len(asked) != self.garbled_attempts + 1:
                self._wrong(scene, f"document {one[1]}", f"was asked for {len(asked)} times")
        asked = await calls(scene.site, self._busy)
        for before, after in pairwise(asked):
            if before["until"] is not None and after["at"] < before["until"]:
                early = before["until"] - after["at"]
                self._wrong(scene, "429", f"asked again {early:.3f} s before its time")
        if [call["status"] for call in asked] != ["429"] * 3 + ["completed"]:
            self._wrong(scene, "429", f"calls were {[call['status'] for call in asked]}")

    def _wrong(self, scene: Scene, subject: str, what: str) -> None:
        scene.violations.append(Violation("ingestion", subject, what))
