"""Upload documents and wait until they can be searched."""

import asyncio
import json
import mimetypes
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from holdfast_client.client import ApiError, Client, Document
from httpx2 import Response

from cli.files import Address, Unusable, found, named
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


async def ingest(
    place: Place, paths: Sequence[str], said: Mapping[str, Any], *, as_json: bool
) -> int:
    """Take files and addresses in, with what is `said` of them; returns the exit code: 0 when
    something is in the space now."""
    display = Silence() if as_json else Bars()
    async with Client.at(place) as client:
        intake = Intake(client, found(named(paths)), display, said=said)
        whole = False
        try:
            with display:
                await intake.run()
            whole = True
        finally:
            # What is in is in, also when the work was cut short.
            entries = sorted(intake.entries, key=lambda entry: entry.path)
            if as_json:
                print(json.dumps({"documents": [asdict(entry) for entry in entries]}))
            elif entries or whole:
                report(entries)
    return 0 if any(entry.state in (State.IN, State.KNOWN) for entry in entries) else 1


class Intake:
    """Takes files in, a few at once; one bad file is one bad file."""

    def __init__(
        self,
        client: Client,
        files: Iterator[Path | Address | Unusable],
        display: Bars | Silence,
        still: float = STILL,
        said: Mapping[str, Any] | None = None,
    ) -> None:
        self.entries: list[Entry] = []
        self._client = client
        self._files = files
        self._display = display
        self._still = still
        self._said = dict(said or {})
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

    async def _taken(self, file: Path | Address) -> Entry:
        try:
            if isinstance(file, Address):
                return await self._named(file)
            return await self._brought(file)
        except ApiError as error:
            if error.status in FATAL or error.code == "collection_not_found":
                raise  # it would be the same for every file
            detail = error.detail or error.title
            return Entry(_shown(file), State.REFUSED, code=error.code, detail=detail)

    async def _named(self, address: Address) -> Entry:
        body = {**self._said, "url": address.url}
        response = await self._client.ask("POST", "/v1/documents", body=body)
        return await self._answered(address, response)

    async def _brought(self, file: Path) -> Entry:
        try:
            data = await asyncio.to_thread(_read, file, self._largest)
        except OSError as error:
            detail = error.strerror or str(error)
            return Entry(str(file), State.REFUSED, code="unreadable", detail=detail.lower())
        if data is None:
            detail = f"larger than {self._largest:,} bytes"
            return Entry(str(file), State.REFUSED, code="document_too_large", detail=detail)
        kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
        # A name may hold bytes that are no text.
        name = file.name.encode("utf-8", "replace").decode()[-LONGEST_NAME:]
        response = await self._client.ask(
            "POST", "/v1/documents", file=("file", (name, data, kind)), fields=self._said
        )
        return await self._answered(file, response)

    async def _answered(self, file: Path | Address, response: Response) -> Entry:
        document: Document = response.json()
        known = response.status_code == 200 and document["status"] == "ready"
        return await self._settled(file, document, State.KNOWN if known else State.IN)

    async def _settled(self, file: Path | Address, document: Document, good: State) -> Entry:
        """Look until it is ready or has failed, less and less often."""
        loop = asyncio.get_running_loop()
        wait, moved, seen = FIRST_LOOK, loop.time(), ""
        while document["status"] not in ("ready", "failed"):
            at = f"{document['status']} {document.get('progress')} {document.get('embedded')}"
            if at != seen:
                moved, seen = loop.time(), at
            elif loop.time() - moved > self._still:
                detail = "still being processed; run this again to see"
                return Entry(_shown(file), State.UNFINISHED, document["id"], detail=detail)
            self._display.moved(file, doing(document), float(document["progress"] or 0))
            await asyncio.sleep(wait)
            wait = min(wait * 1.5, LONGEST_LOOK)
            document = await self._client.get(f"/v1/documents/{document['id']}")
        if document["status"] == "ready":
            passages = int(document.get("passages") or 0)
            return Entry(_shown(file), good, document["id"], passages, detail=self._kept(document))
        code, detail = _error(document.get("error"))
        return Entry(_shown(file), State.FAILED, document["id"], code=code, detail=detail)

    def _kept(self, document: Document) -> str:
        """What the space had already stays where it was."""
        wanted, there = self._said.get("collection"), document.get("collection")
        return f"stays in {there}" if wanted and there and wanted != there else ""


def _shown(file: Path | Address) -> str:
    return file.url if isinstance(file, Address) else str(file)


def doing(document: Document) -> str:
    """With counts, once there are any."""
    if passages := int(document.get("passages") or 0):
        return f"{int(document.get('embedded') or 0):,} of {passages:,} passages"
    return {"queued": "waiting", "processing": "reading"}.get(str(document["status"]), "")


def _read(file: Path, largest: int) -> bytes | None:
    """Its bytes; None when there are more than so many, however many more."""
    with file.open("rb") as opened:
        data = opened.read(largest + 1)
    return data if len(data) <= largest else None


def _error(error: object) -> tuple[str, str]:
    if isinstance(error, dict):
        return str(error.get("code") or "failed"), str(error.get("detail") or "")
    return "failed", str(error or "")
