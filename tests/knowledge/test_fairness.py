"""Documents that one space has queued do not stand before another space's."""

from dataclasses import dataclass, field
from statistics import median_low
from uuid import uuid4

from temporalio.client import Client

from adapters.engine.temporal import TemporalEngine
from adapters.store.database import Database
from adapters.store.documents import PostgresDocuments
from domain.ports.knowledge import NewPassage
from domain.ports.parsing import ParsedDocument
from models import ids
from models.payloads.ingestion import IngestionStart
from models.payloads.knowledge import Chunking
from models.payloads.scope import Scope
from tests.knowledge.conftest import NewSpace
from tests.knowledge.ingesting import Intake
from tests.knowledge.material import USER

BACKLOG = 30
OTHERS = 3
# In the order of their coming the whole backlog is ahead; one of each space in turn would be
# fair, and is seen here. A server given by the environment may have queues of several partitions,
# each of them fair by itself alone.
AHEAD = BACKLOG * 3 // 5


@dataclass
class Recording:
    """A parser's port that notes what it is given, in order."""

    read: list[str] = field(default_factory=list)

    async def parse(
        self, media_type: str, data: bytes, *, name: str = "", chunking: Chunking | None = None
    ) -> ParsedDocument:
        self.read.append(name)
        return ParsedDocument("", [NewPassage(0, f"Text of {name}.", "", 0, 9)])


async def queue_up(
    engine: TemporalEngine, documents: PostgresDocuments, scope: Scope, name: str
) -> str:
    """Upload a document; gives its ingestion's id."""
    document, _ = await documents.add(
        scope, USER, title="", name=name, media_type="", data=f"# {name}\n".encode()
    )
    await engine.start_ingestion(IngestionStart(scope=scope, document_id=document.id, user_id=USER))
    return ids.ingestion_workflow_id(scope, document.id)


async def test_a_document_does_not_wait_behind_another_spaces_backlog(
    temporal: Client, documents: PostgresDocuments, database: Database, new_space: NewSpace
) -> None:
    queue, parser = str(uuid4()), Recording()
    engine = TemporalEngine(temporal, documents_queue=queue)
    noisy, quiet = await new_space(), await new_space()
    runs = [
        await queue_up(engine, documents, noisy, f"noisy-{number}.md") for number in range(BACKLOG)
    ]
    # They come last: without fairness they are read last.
    runs += [
        await queue_up(engine, documents, quiet, f"quiet-{number}.md") for number in range(OTHERS)
    ]

    async with Intake(database, documents, parser=parser).worker(temporal, queue, slots=2):
        for run in runs:
            await temporal.get_workflow_handle(run).result()

    assert len(parser.read) == BACKLOG + OTHERS
    places = [place for place, name in enumerate(parser.read) if name.startswith("quiet")]
    assert median_low(places) < AHEAD
