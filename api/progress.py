"""How far a document is, as a stream: read from its row, since that is all there is to know."""

import asyncio
import random
from typing import Final
from uuid import UUID

import orjson
import structlog

from api.dialects import native
from api.schemas.documents import error_of
from domain import wire
from domain.ports.knowledge import Document, Documents
from domain.wire import WireEvent
from models.errors import AppError, LimitError, NotFoundError
from models.payloads.events import EventId
from models.payloads.ingestion import DocumentStatus
from models.payloads.scope import Scope

ENDS: Final = {
    DocumentStatus.READY: "document.ready",
    DocumentStatus.FAILED: "document.failed",
}
PROGRESS: Final = "document.progress"
# Rows that an edge reads at once for all these streams: the pool is for requests.
_LOOKS: Final = 2
# The wait grows by this while nothing changes.
_SLOWER: Final = 1.5
_RETRY_AFTER: Final = 10.0

log = structlog.get_logger(__name__)


class Watching:
    """The places for such streams on an edge, and their pace."""

    def __init__(self, places: int, first: float, longest: float) -> None:
        self.free = places
        self._looks = asyncio.Semaphore(_LOOKS)
        self.first = first
        self.longest = longest

    def take(self) -> None:
        """LimitError("document_streams_full")."""
        if self.free <= 0:
            raise LimitError(
                "Too many documents are being watched: ask for this one's state instead.",
                code="document_streams_full",
                retry_after=_RETRY_AFTER,
            )
        self.free -= 1

    def give_back(self) -> None:
        self.free += 1

    async def look(self, documents: Documents, scope: Scope, document_id: UUID) -> Document:
        async with self._looks:
            return await documents.get(scope, document_id)


class Progress:
    """Frames of one document's stream, from the first that its reader has not seen to its end.
    Holds a place from the start until it is closed, and nothing of the store between two looks.
    """

    def __init__(
        self, watching: Watching, documents: Documents, scope: Scope, first: Document,
        after: EventId, *, at_most: float,
    ) -> None:  # fmt: skip
        watching.take()
        self._watching, self._documents = watching, documents
        self._scope, self._id = scope, first.id
        self._seen: Document | None = first
        self._after = after
        self._until = asyncio.get_running_loop().time() + at_most * random.uniform(0.9, 1)  # noqa: S311 - spread, not secrecy
        self._over = False
        self._held = True

    def __aiter__(self) -> "Progress":
        return self

    async def __anext__(self) -> bytes:
        wait = self._watching.first
        while not self._over:
            seen, self._seen = self._seen, None
            if seen is not None and place(seen) > self._after:
                self._after = place(seen)
                self._over = seen.status in ENDS
                return native.encode(_event(seen))
            if asyncio.get_running_loop().time() >= self._until:
                break
            await asyncio.sleep(wait)
            wait = min(wait * _SLOWER, self._watching.longest)
            self._seen = await self._look()
        raise StopAsyncIteration

    async def _look(self) -> Document | None:
        try:
            return await self._watching.look(self._documents, self._scope, self._id)
        except NotFoundError:
            self._over = True  # whoever comes back is told that it is gone
        except AppError as error:
            log.warning("progress.unread", code=error.code)
        return None

    async def aclose(self) -> None:
        """Give the place back."""
        self._over = True
        if self._held:
            self._held = False
            self._watching.give_back()


def place(document: Document) -> EventId:
    """Where its stream stands: `<version>.<changed>`."""
    return EventId(document.version, document.changed)


def seen_to_the_end(document: Document, after: EventId) -> bool:
    return document.status in ENDS and after >= place(document)


def _event(document: Document) -> WireEvent:
    kind = ENDS.get(document.status, PROGRESS)
    event_id = place(document)
    said: dict[str, object] = {
        "id": str(event_id),
        "at": wire.now().isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "kind": kind,
        "document_id": str(document.id),
        "status": document.status.value,
        "progress": document.progress,
        "passages": document.passages,
        "embedded": document.embedded,
        "pictures": document.pictures,
        "version": document.version,
    }
    if error := error_of(document):
        said["error"] = error.model_dump()
    return WireEvent(event_id, kind, "", orjson.dumps(said))
