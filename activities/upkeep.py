"""Take up documents that were left waiting, and remove bytes that nobody has any more."""

from datetime import timedelta

import structlog

from activities.rounds import rounds
from domain.ports.engine import Engine
from domain.ports.upkeep import DocumentUpkeep
from models.payloads.ingestion import IngestionStart

# Longer than any step of an ingestion says nothing; an edge that died before it started one is
# made up for then.
IDLE = timedelta(minutes=3)
# Seldom: what waits here waits for a process that died.
INTERVAL_S = 20.0
# A round's share: some seconds of calls. Documents that merely wait their turn are asked for
# again too, which starts nothing twice.
BATCH = 100

_log = structlog.get_logger(__name__)


async def restart_ingestions(
    documents: DocumentUpkeep,
    engine: Engine,
    *,
    idle: timedelta = IDLE,
    interval_s: float = INTERVAL_S,
) -> None:
    """Start again what nothing has happened with; runs until cancelled. An ingestion that runs is
    not started twice, so that several workers may sweep at once."""

    async def once() -> None:
        for start in await documents.stalled(idle, BATCH):
            await _restart(documents, engine, start)

    await rounds(once, "documents_not_read", interval_s)


async def remove_originals(documents: DocumentUpkeep, *, interval_s: float = INTERVAL_S) -> None:
    """Remove the bytes of what was deleted, or never was; runs until cancelled."""

    async def once() -> None:
        await documents.remove_originals(BATCH)

    await rounds(once, "originals_not_removed", interval_s)


async def _restart(documents: DocumentUpkeep, engine: Engine, start: IngestionStart) -> None:
    try:
        await engine.start_ingestion(start)
        await documents.taken_up(start)
    except Exception:  # noqa: BLE001 -- one that fails must not keep the others waiting
        _log.warning("ingestion_not_restarted", document_id=str(start.document_id), exc_info=True)
