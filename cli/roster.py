"""Show an organisation's agents, and change them."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import uuid4

from holdfast_client.client import ApiError, Client
from rich.table import Column, Table
from rich.text import Text

from cli.failure import CliError
from cli.output import wide_console
from cli.place import Place
from cli.printable import one_line, printable
from cli.screen import Safe
from cli.written import written

PATH = "/v1/agents"
# Far more than an agent may have: the server says how much that is.
MOST_BYTES = 4 * 1024 * 1024
_LATER = {"name", "version", "instructions", "examples", "rules", "description"}


def path_of(name: str) -> str:
    return f"{PATH}/{quote(name, safe='')}"


async def show_all(place: Place, *, as_json: bool) -> None:
    async with Client.at(place) as client:
        found = await client.get(PATH)
    if as_json:
        print(json.dumps(found))
        return
    version = Column("version", justify="right")
    table = Table("agent", version, "tools", "description", box=None, pad_edge=False)
    for one in found.get("items", []):
        table.add_row(*_row(one))
    wide_console().print(table)


async def show(place: Place, name: str, version: int | None, *, as_json: bool) -> None:
    async with Client.at(place) as client:
        found = await client.get(path_of(name), _of(version))
    if as_json:
        print(json.dumps(found))
        return
    wide_console().print(Safe(Text("\n").join(_whole(found))))


async def show_told(place: Place, name: str, version: int | None, *, as_json: bool) -> None:
    async with Client.at(place) as client:
        found = await client.get(f"{path_of(name)}/instructions", _of(version))
    print(json.dumps(found) if as_json else printable(str(found.get("instructions"))))


async def show_versions(place: Place, name: str, *, as_json: bool) -> None:
    async with Client.at(place) as client:
        found = await client.get(f"{path_of(name)}/versions")
    if as_json:
        print(json.dumps(found))
        return
    version = Column("version", justify="right")
    table = Table(version, "", "made", "by", "why", box=None, pad_edge=False)
    for one in found.get("items", []):
        table.add_row(*_version_row(one, "archived" if found.get("archived") else "current"))
    wide_console().print(table)


async def save(place: Place, file: Path, note: str, *, as_json: bool) -> None:
    body = read(file)
    name = str(body.pop("name"))
    version = body.pop("version", None)
    body |= {"note": note} if note else {}
    async with Client.at(place) as client:
        try:
            now = await client.get(path_of(name))
        except ApiError as error:
            if error.code != "agent_not_found":
                raise
            made = await client.post(PATH, {"name": name, **body}, key=uuid4())
        else:
            # Sent again because its answer was lost, it is told that another is current: then
            # the versions show that it was made.
            expected = version or now["agent"]["version"]
            change = {**body, "expected": expected}
            made = (await client.ask("PATCH", path_of(name), body=change)).json()
    _say(made, as_json=as_json)


async def roll_back(place: Place, name: str, version: int, note: str, *, as_json: bool) -> None:
    body = {"version": version, **({"note": note} if note else {})}
    async with Client.at(place) as client:
        made = await client.post(f"{path_of(name)}/rollback", body)
    _say(made, as_json=as_json)


async def archive(place: Place, name: str) -> None:
    async with Client.at(place) as client:
        await client.ask("DELETE", path_of(name))
    print(f"{one_line(name)} is archived.")


def read(file: Path) -> dict[str, Any]:
    """An agent as a file has it, or as `show --json` printed it."""
    found = written(file, MOST_BYTES, code=1)
    body = found.get("agent", found) if isinstance(found, dict) else found
    if not isinstance(body, dict):
        raise CliError(f"{file} holds no agent.", "Begin with `holdfast agent show NAME --json`.")
    if not isinstance(body.get("name"), str):
        if str(file) == "-":
            raise CliError("The agent has no name.", "Say it as `name`.")
        body = {**body, "name": file.stem}
    return dict(body)


def _of(version: int | None) -> dict[str, str] | None:
    return None if version is None else {"version": str(version)}


def _say(made: dict[str, Any], *, as_json: bool) -> None:
    agent = made.get("agent") or {}
    name, version = one_line(str(agent.get("name"))), agent.get("version")
    print(json.dumps(made) if as_json else f"{name} is at version {version}.")


def _row(one: dict[str, Any]) -> tuple[Text, ...]:
    tools = [*one.get("tools", []), *(f"agent {name}" for name in one.get("members", []))]
    return (
        Text(one_line(str(one.get("name"))), style="bold"),
        Text(str(one.get("version"))),
        Text(one_line(", ".join(map(str, tools)), 60)),
        Text(one_line(str(one.get("description") or "")), style="dim", overflow="fold"),
    )


def _version_row(one: dict[str, Any], state: str) -> tuple[Text, ...]:
    made = str(one.get("created_at") or "").replace("T", " ")[:16]
    return (
        Text(str(one.get("version"))),
        Text(state if one.get("current") else "", style="green"),
        Text(made or "ships"),
        Text(one_line(str(one.get("created_by") or ""))),
        Text(one_line(str(one.get("note") or "")), style="dim", overflow="fold"),
    )


def _whole(found: dict[str, Any]) -> Iterator[Text]:
    agent = found.get("agent") or {}
    state = "archived" if found.get("archived") else "current" if found.get("current") else ""
    yield Text.assemble(
        (f"{agent.get('name')}", "bold"), f"  version {agent.get('version')} {state}".rstrip()
    )
    yield Text(str(agent.get("description") or ""), style="dim")
    yield Text()
    for name, value in agent.items():
        if name not in _LATER and value not in (None, [], ""):
            said = ", ".join(map(str, value)) if isinstance(value, list) else value
            yield Text.assemble((f"{name:18}", "dim"), str(said))
    for name in ("rules", "examples"):
        for one in agent.get(name) or ():
            yield Text.assemble((f"{name:18}", "dim"), json.dumps(one, ensure_ascii=False))
    yield Text()
    yield Text(str(agent.get("instructions") or ""))
