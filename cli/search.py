"""Find passages, or pictures, and show them ranked."""

import asyncio
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from holdfast_client.client import Client, Document
from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Column, Table
from rich.text import Text

from cli.failure import CliError
from cli.output import wide_console
from cli.place import Place
from cli.printable import one_line
from cli.screen import Safe

LONGEST_SNIPPET = 600
# As the server takes; a larger file is not even read.
LARGEST_IMAGE = 10 * 1024 * 1024


async def search(
    place: Place, body: Mapping[str, Any], image: Path | None, *, as_json: bool
) -> int:
    """Print what is found; returns the exit code: 0, or 1 when nothing is."""
    async with Client.at(place) as client:
        if image is None:
            found = await client.post("/v1/search", body)
        else:
            found = await _alike(client, body, image)
    hits, pictures = found.get("items") or [], found.get("pictures") or []
    if as_json:
        print(json.dumps(found))
    else:
        _print(hits, pictures)
    if degraded := found.get("degraded"):
        why = f"Part of the search failed ({one_line(str(degraded))}): there may be better ones."
        print(f"holdfast: {why}", file=sys.stderr)
    return 0 if hits or pictures else 1


async def _alike(client: Client, body: Mapping[str, Any], image: Path) -> Document:
    try:
        data = await asyncio.to_thread(_read, image)
    except OSError as error:
        raise CliError(f"{image} cannot be read: {error.strerror or error}", code=2) from error
    filters = body.get("filters") or {}
    fields = {name: value for name, value in {**body, **filters}.items() if name != "filters"}
    file = ("image", (image.name, data, "application/octet-stream"))
    return (await client.ask("POST", "/v1/search", file=file, fields=fields)).json()  # type: ignore[no-any-return]  # JSON


def _read(image: Path) -> bytes:
    with image.open("rb") as opened:
        return opened.read(LARGEST_IMAGE + 1)


def _print(hits: list[dict[str, Any]], pictures: list[dict[str, Any]]) -> None:
    console = wide_console()
    if not hits and not pictures:
        console.print("Nothing found.")
    for rank, hit in enumerate(hits, 1):
        console.print(_heading(rank, hit, _place(hit)))
        snippet = one_line(str(hit.get("snippet") or hit.get("text") or ""), LONGEST_SNIPPET)
        console.print(_below(snippet))
    for rank, picture in enumerate(pictures, 1):
        console.print(_heading(rank, picture, str(picture.get("title") or "")))
        caption = one_line(str(picture.get("caption") or ""), LONGEST_SNIPPET)
        console.print(_below(caption))


def _below(text: str) -> RenderableType:
    return Safe(Padding(Text(text, style="dim"), (0, 0, 1, 4), expand=False))


def _heading(rank: int, hit: dict[str, Any], title: str) -> RenderableType:
    """Rank, title and page, with the score at the end of the line."""
    line = Text.assemble((f"{rank:>2}. ", "cyan"), (one_line(title), "bold"))
    if page := hit.get("page"):
        line.append(f"  page {page}")
    if collection := hit.get("collection"):
        line.append(f"  {one_line(str(collection))}", style="magenta")
    if url := hit.get("url"):
        line.append(f"  {one_line(str(url))}", style="blue")
    row = Table.grid(Column(ratio=1), Column(justify="right"), expand=sys.stdout.isatty())
    row.add_row(line, f"  {float(hit.get('score') or 0):.2f}")
    return Safe(row)


def _place(hit: dict[str, Any]) -> str:
    title, heading = str(hit.get("title") or ""), str(hit.get("heading") or "")
    if not heading or heading.startswith(title):
        return heading or title
    return f"{title} › {heading}"
