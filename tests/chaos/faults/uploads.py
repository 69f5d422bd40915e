"""Documents that are uploaded while something goes wrong, and what became of them."""

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import httpx2

from tests.chaos.scene import Scene
from tests.chaos.site import Site
from tests.chaos.stored import reading
from tests.chaos.violation import Violation

READY_SECONDS = 180.0
# Passages in a call of the embedder: what `activities.ingestion` puts into one activity.
BATCH = 250
WAITING = frozenset({"queued", "processing"})
_COUNTS = """
SELECT d.status, d.error_code, d.live_version, d.passages, d.embedded,
    (SELECT count(*) FROM passage p WHERE p.space_id = d.space_id AND p.document_id = d.id) AS kept,
    (SELECT count(*) FROM passage p JOIN passage_vector v
         ON v.space_id = p.space_id AND v.passage_id = p.id
     WHERE p.space_id = d.space_id AND p.document_id = d.id) AS vectors,
    (SELECT count(*) FROM passage p JOIN passage_code c
         ON c.space_id = p.space_id AND c.passage_id = p.id
     WHERE p.space_id = d.space_id AND p.document_id = d.id) AS searchable,
    (SELECT count(*) FROM usage u WHERE u.space_id = d.space_id AND u.document_id = d.id) AS bills
FROM document d WHERE d.id = $1
"""
_LEFT = """
SELECT (SELECT count(*) FROM document WHERE id = $1)
    + (SELECT count(*) FROM passage WHERE document_id = $1)
    + (SELECT count(*) FROM document_version WHERE document_id = $1) AS rows
"""


@dataclass(frozen=True, slots=True)
class Tale:
    """A document that nobody else has, of so many passages; `steer` tells the offline server what
    to do with each batch of them."""

    passages: int
    steer: str = ""
    token: str = ""

    @classmethod
    def new(cls, passages: int, steer: str = "") -> "Tale":
        return cls(passages, steer, uuid4().hex)

    @property
    def data(self) -> bytes:
        return "\n\n".join(self._section(number) for number in range(self.passages)).encode()

    def _section(self, number: int) -> str:
        steered = f"@embeddings {self.steer}\n\n" if self.steer and number % BATCH == 0 else ""
        said = f"Section {number} speaks of amber, basalt and {self.token[:8]}. " * 12
        return f"# Section {number} of {self.token}\n\n{steered}{said}"


async def upload(scene: Scene, tale: Tale) -> UUID:
    file = (f"{tale.token}.md", tale.data, "text/markdown")
    made = await scene.client.ask("POST", "/v1/documents", file=("file", file))
    return UUID(made.json()["id"])


async def counts(site: Site, document_id: UUID) -> dict[str, Any]:
    """The document's row, and what there is of it; empty when it is gone."""
    async with reading(site) as connection:
        row = await connection.fetchrow(_COUNTS, document_id)
    return dict(row) if row is not None else {}


async def rows_left(site: Site, document_id: UUID) -> int:
    async with reading(site) as connection:
        return int(await connection.fetchval(_LEFT, document_id))


async def half_way(site: Site, documents: Iterable[UUID]) -> None:
    """Until one of them has some of its vectors, and not all."""
    chosen = list(documents)
    async with asyncio.timeout(READY_SECONDS):
        while True:
            for document_id in chosen:
                found = await counts(site, document_id)
                if 0 < found.get("embedded", 0) < found["passages"]:
                    return
            await asyncio.sleep(0.05)


async def over(site: Site, document_id: UUID) -> dict[str, Any]:
    """What became of it."""
    async with asyncio.timeout(READY_SECONDS):
        while True:
            found = await counts(site, document_id)
            if found.get("status") not in WAITING:
                return found
            await asyncio.sleep(0.2)


async def calls(site: Site, tale: Tale) -> Sequence[dict[str, Any]]:
    """The ledger's calls for this document's vectors, oldest first."""
    query = {"kind": "embeddings", "marker": tale.token}
    async with httpx2.AsyncClient(trust_env=False, timeout=30) as http:
        items: Sequence[dict[str, Any]] = (await http.get(site.ledger_url, params=query)).json()[
            "items"
        ]
    return items


async def whole(
    site: Site, documents: Iterable[tuple[Tale, UUID]], *, in_flight: int
) -> Iterator[Violation]:
    """Each is ready, and has everything once; of the calls that were answered, `in_flight` at
    most were paid and not kept."""
    found: list[Violation] = []
    for tale, document_id in documents:
        row = await counts(site, document_id)
        subject = f"document {document_id}"
        if (row.get("status"), row.get("live_version")) != ("ready", 1):
            found.append(Violation("survival", subject, f"is {row}"))
            continue
        wanted = dict.fromkeys(("passages", "kept", "vectors", "searchable"), tale.passages)
        if {name: row[name] for name in wanted} != wanted:
            found.append(Violation("once", subject, f"has {row}, not {tale.passages} of each"))
        paid = [call for call in await calls(site, tale) if call["status"] == "completed"]
        least = -(-tale.passages // BATCH)
        if not least == row["bills"] <= len(paid) <= least + in_flight:
            said = f"{len(paid)} calls were answered and {row['bills']} kept, of {least}"
            found.append(Violation("paid once", subject, said))
    return iter(found)
