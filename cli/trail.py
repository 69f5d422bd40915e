"""Show a space's audit trail, and check it."""

import json
from typing import Any

from holdfast_client.client import Client
from rich.table import Column, Table
from rich.text import Text

from cli.output import wide_console
from cli.place import Place
from cli.printable import one_line

PATH = "/v1/audit"
PAGE = 200


async def show(place: Place, most: int, *, as_json: bool) -> None:
    """JSON is one entry a line, so that it can be kept elsewhere and compared."""
    async with Client.at(place) as client:
        entries = await _newest(client, most)
    if as_json:
        for entry in entries:
            print(json.dumps(entry))
        return
    number = Column("no", justify="right")
    table = Table(number, "at", "action", "subject", "by", "details", box=None, pad_edge=False)
    for entry in entries:
        table.add_row(*_row(entry))
    console = wide_console()
    console.print(table)


async def verify(place: Place, *, as_json: bool) -> int:
    async with Client.at(place) as client:
        newest = await _newest(client, 1)
        found = await client.get(f"{PATH}/verification")
    sound = bool(found.get("sound"))
    if as_json:
        print(json.dumps({**found, "newest": newest[0] if newest else None}))
        return int(not sound)
    for one in found.get("breaks", []):
        print(f"{one.get('sequence')}: {one_line(str(one.get('why')))}")
    if sound:
        count, seal = (newest[0]["sequence"], newest[0]["seal"]) if newest else (0, "none")
        print(f"The chain holds: {count:,} entries. The newest seal is {one_line(str(seal))}.")
    return int(not sound)


async def _newest(client: Client, most: int) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = []
    cursor: str | None = None
    while len(entries) < most:
        query = {"limit": str(min(PAGE, most - len(entries)))}
        if cursor is not None:
            query["cursor"] = cursor
        page = await client.get(PATH, query)
        entries += page.get("items", [])
        cursor = page.get("next_cursor")
        if cursor is None:
            break
    return entries


def _row(entry: dict[str, Any]) -> tuple[Text, ...]:
    details = json.dumps(entry.get("details") or {}, ensure_ascii=False)
    return (
        Text(str(entry.get("sequence"))),
        Text(str(entry.get("at") or "").replace("T", " ")[:19]),
        Text(one_line(str(entry.get("action"))), style="bold"),
        Text(str(entry.get("subject_id"))),
        Text(str(entry.get("user_id") or "–")),
        Text(one_line(details, 300), style="dim"),
    )
