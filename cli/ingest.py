"""Upload documents and wait until they can be searched."""

import asyncio
import json
import mimetypes
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

from cli.client import ApiError, Client, Document
from cli.files import Unusable, found
from cli.intake import Bars, Entry, Silence, State, report
from cli.place import Place

# More would only queue in the server, whose parsing has as many cores as it has.
AT_ONCE = 4
# What the server takes unless it says otherwise; a larger file is not even read.
LARGEST = 50 * 1024 * 1024
FIRST_LOOK = 0.1
LONGEST_LOOK = 2.0
# A document that has not moved for so long is left to the server, which goes on without us.
STILL = 600.0
# Without these rights the whole work is pointless; everything else is about one file.
FATAL = frozenset({401, 403})
# The name is a label: the server makes no path of it, and longer ones are cut.
LONGEST_NAME = 200


async def ingest(place: Place, paths: Sequence[Path], *, as_json: bool) -> int:
    """Take the files in; returns the exit code: 0 when something is in the space now."""
    display = Silence() if as_json else Bars()
    async with Client(place.api, place.token, place.space_id) as client:
        intake = Intake(client, found(paths), display)
        try:
            with display:
                await intake.run()
        finally:
            # What is in is in, also when the work was cut short.
            entries = sorted(intake.entries, key=lambda entry: entry.path)
            if as_json:
                print(json.dumps({"documents": [asdict(entry) for entry in entries]}))
            else:
                report(entries)
    return 0 if any(entry.state in (State.IN, State.KNOWN) for entry in entries) else 1


class Intake:
    """Takes files in, a few at once; one bad file is one bad file."""

    def __init__(
        self,
        client: Client,
        files: Iterator[Path | Unusable],
        display: Bars | Silence,
        still: float = STILL,
    ) -> None:
        self.entries: list[Entry] = []
        self._client = client
        self._files = files
        self._display = display
        self._still = still
        self._largest = LARGEST

    async def run(self) -> None:
        """Until all files have been seen; ApiError or UnreachableError when none could be."""
        info = await self._client.get("/v1/info")
        limits = info.get("limits")
        if isinstance(limits, dict):
            self._largest = int(limits.get("document_bytes") or LARGEST)
        workers = [asyncio.ensure_future(self._work()) for _ in range(AT_ONCE)]
        try:
            await asyncio.gather(*workers)
        finally:
            for worker in workers:
                worker.cancel()
            await asyncio.gather(*workers, return_exceptions=True)

    async def _work(self) -> None:
        for file in self._files:
            if isinstance(file, Unusable):
                self.entries.append(
                    Entry(str(file.path), State.REFUSED, code="unreadable", detail=file.why)
                )
                continue
            self._display.began(file)
            try:
                self.entries.append(await self._taken(file))
            finally:
                self._display.ended(file)

    async def _taken(self, file: Path) -> Entry:
        try:
            data = await asyncio.to_thread(_read, file, self._largest)
        except OSError as error:
            detail = error.strerror or str(error)
            return Entry(str(file), State.REFUSED, code="unreadable", detail=detail.lower())
        if data is None:
            detail = f"larger than {self._largest:,} bytes"
            return Entry(str(file), State.REFUSED, code="document_too_large", detail=detail)
        try:
            return await self._uploaded(file, data)
        except ApiError as error:
            if error.status in FATAL:
                raise
            detail = error.detail or error.title
            return Entry(str(file), State.REFUSED, code=error.code, detail=detail)

    async def _uploaded(self, file: Path, data: bytes) -> Entry:
        kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
        # A name may hold bytes that are no text.
        name = file.name.encode("utf-8", "replace").decode()[-LONGEST_NAME:]
        response = await self._client.ask("POST", "/v1/documents", file=(name, data, kind))
        document: Document = response.json()
        known = response.status_code == 200 and document["status"] == "ready"
        return await self._settled(file, document, State.KNOWN if known else State.IN)

    async def _settled(self, file: Path, document: Document, good: State) -> Entry:
        """Look until it is ready or has failed, less and less often."""
        loop = asyncio.get_running_loop()
        wait, moved, seen = FIRST_LOOK, loop.time(), ""
        while document["status"] not in ("ready", "failed"):
            at = f"{document['status']} {document.get('progress')}"
            if at != seen:
                moved, seen = loop.time(), at
            elif loop.time() - moved > self._still:
                detail = "still being processed; run this again to see"
                return Entry(str(file), State.UNFINISHED, document["id"], detail=detail)
            self._display.moved(file, str(document["status"]), float(document["progress"] or 0))
            await asyncio.sleep(wait)
            wait = min(wait * 1.5, LONGEST_LOOK)
            document = await self._client.get(f"/v1/documents/{document['id']}")
        if document["status"] == "ready":
            passages = int(document.get("passages") or 0)
            return Entry(str(file), good, document["id"], passages)
        code, detail = _error(document.get("error"))
        return Entry(str(file), State.FAILED, document["id"], code=code, detail=detail)


def _read(file: Path, largest: int) -> bytes | None:
    """Its bytes; None when there are more than so many, however many more."""
    with file.open("rb") as opened:
        data = opened.read(largest + 1)
    return data if len(data) <= largest else None


def _error(error: object) -> tuple[str, str]:
    if isinstance(error, dict):
        return str(error.get("code") or "failed"), str(error.get("detail") or "")
    return "failed", str(error or "")
