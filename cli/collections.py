"""Show, make and remove collections."""

import json
from typing import Any
from urllib.parse import quote

from holdfast_client.client import Client
from rich.table import Column, Table
from rich.text import Text

from cli.output import wide_console
from cli.place import Place
from cli.printable import one_line

PATH = "/v1/collections"


async def show(place: Place, *, as_json: bool) -> None:
    async with Client.at(place) as client:
        found = await client.get(PATH)
    if as_json:
        print(json.dumps(found))
        return
    console = wide_console()
    right = Column("documents", justify="right")
    table = Table("collection", right, "passages", "age", "description", box=None, pad_edge=False)
    for one in found.get("items", []):
        table.add_row(*_row(one))
    console.print(table)


async def create(place: Place, body: dict[str, object], *, as_json: bool) -> None:
    async with Client.at(place) as client:
        made = await client.post(PATH, body)
    print(json.dumps(made) if as_json else f"{one_line(str(made.get('name')))} is there.")


async def delete(place: Place, name: str) -> None:
    async with Client.at(place) as client:
        await client.ask("DELETE", f"{PATH}/{quote(name, safe='')}")
    print(f"{one_line(name)} is gone.")


def _row(one: dict[str, Any]) -> tuple[Text, ...]:
    cut = one.get("chunking") or {}
    days = one.get("recency_days")
    return (
        Text(one_line(str(one.get("name"))), style="bold"),
        Text(f"{int(one.get('documents') or 0):,}"),
        Text(one_line(f"{cut.get('chunker')}, {cut.get('size')} / {cut.get('overlap')}")),
        Text(f"half after {days:g} days" if days else ""),
        Text(one_line(str(one.get("description") or "")), style="dim", overflow="fold"),
    )
