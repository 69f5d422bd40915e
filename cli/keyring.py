"""What the commands about API keys ask of the API."""

import json
import sys
from datetime import timedelta
from typing import Any

from holdfast_client.client import Client
from rich.text import Text

from cli.failure import CliError
from cli.output import print_page
from cli.place import Place
from cli.printable import one_line

PATH = "/v1/api-keys"
_COLUMNS = ("key", "name", "role", "made", "ends", "used", "id")


async def show(place: Place, *, as_json: bool) -> None:
    async with Client.at(place) as client:
        found = await client.get(PATH)
    print_page(found, _COLUMNS, _row, none="There is none.", as_json=as_json)


async def create(
    place: Place, name: str, role: str, life: timedelta | None, *, as_json: bool
) -> None:
    seconds = None if life is None else int(life.total_seconds())
    async with Client.at(place) as client:
        made = await client.post(PATH, {"name": name, "role": role, "expires_in": seconds})
    if as_json:
        print(json.dumps(made))
        return
    sys.stderr.write("Keep it now: it is shown this once.\n")
    print(made["key"])


async def revoke(place: Place, key: str) -> None:
    async with Client.at(place) as client:
        items = (await client.get(PATH))["items"]
        # Somebody may well paste the whole key.
        meant = [one for one in items if one["id"] == key or key.startswith(one["prefix"])]
        if len(meant) != 1:
            raise CliError(f"There is no such API key: {one_line(key)[:11]}.", "See the list.")
        await client.ask("DELETE", f"{PATH}/{meant[0]['id']}")
    print(f"{meant[0]['prefix']}… ({one_line(str(meant[0]['name']))}) opens nothing any more.")


def _row(one: dict[str, Any]) -> tuple[Text, ...]:
    return (
        Text(f"{one['prefix']}…", style="bold"),
        Text(one_line(str(one["name"]))),
        Text(str(one["role"])),
        Text(_day(one["created_at"])),
        Text(_day(one["expires_at"])),
        Text(_day(one["last_used_at"]) or "never"),
        Text(str(one["id"]), style="dim"),
    )


def _day(moment: str | None) -> str:
    return "" if moment is None else moment[:16].replace("T", " ")
