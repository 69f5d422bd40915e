"""Show what outside servers say of their tools, and allow those one by one."""

import json
from typing import Any
from urllib.parse import quote

import click
from holdfast_client.client import Client
from rich.table import Table
from rich.text import Text

from cli.failure import CliError
from cli.output import wide_console
from cli.place import Place
from cli.printable import one_line, printable
from cli.screen import Safe

PATH = "/v1/mcp-servers"
# In a table, and where a person decides. What is cut is said to be.
_BRIEF, _DESCRIPTION, _SCHEMA = 80, 4_000, 8_000
_STYLES = {"allowed": "green", "changed": "red", "new": "yellow", "refused": "dim", "gone": "dim"}


async def show_all(place: Place, *, as_json: bool) -> None:
    async with Client.at(place) as client:
        items = await _items(client)
    if as_json:
        print(json.dumps(items))
        return
    if not items:
        print("There is none.")
        return
    table = Table("name", "over", "address", "tools", "state", box=None, pad_edge=False)
    for one in items:
        allowed = sum(tool["state"] == "allowed" for tool in one["tools"])
        table.add_row(
            Text(one_line(str(one["name"])), style="bold"),
            Text(one_line(str(one["transport"]))),
            Text(one_line(str(one["address"]))),
            Text(f"{allowed} of {len(one['tools'])} allowed"),
            _state(one),
        )
    wide_console().print(Safe(table))


async def show_tools(place: Place, server: str, *, as_json: bool) -> None:
    async with Client.at(place) as client:
        found = await _server(client, server)
    _show(found, as_json=as_json)


async def add(
    place: Place,
    name: str,
    transport: str,
    address: str,
    secret: str | None,
    *,
    as_json: bool,
) -> None:
    body = {"name": name, "transport": transport, "address": address, "secret": secret}
    async with Client.at(place) as client:
        made = await client.post(PATH, body)
    _show(made, as_json=as_json)


async def refresh(place: Place, server: str, *, as_json: bool) -> None:
    async with Client.at(place) as client:
        found = await _server(client, server)
        seen = await client.post(f"{PATH}/{found['id']}/refresh")
    _show(seen, as_json=as_json)


async def allow(
    place: Place,
    server: str,
    name: str,
    effect: str | None,
    digest: str | None,
    *,
    yes: bool,
    as_json: bool,
) -> None:
    """The digest of what was shown goes out, here or before: should the server say something else
    by then, nothing is allowed."""
    if yes and (effect is None or digest is None):
        raise CliError(
            "Without a question, say what it does and what you looked at.",
            "--effect read or write, and --digest from `holdfast mcp tools`.",
            code=2,
        )
    async with Client.at(place) as client:
        found = await _server(client, server)
        tool = _tool(found, name)
        if digest not in {None, tool["digest"]}:
            raise CliError("It is not what you looked at any more.", "Look at it again.")
        if not yes:
            wide_console(stderr=True).print(Safe(_whole(tool)))
            effect = effect or _effect()
            question = f"Let agents call {one_line(name)}, which is said to {effect}?"
            click.confirm(question, abort=True, err=True)
        body = {"digest": tool["digest"], "effect": effect}
        path = f"{PATH}/{found['id']}/tools/{quote(str(tool['name']), safe='')}"
        told = (await client.ask("PUT", path, body=body)).json()
    _say(told, name, as_json=as_json)


async def refuse(place: Place, server: str, name: str, *, as_json: bool) -> None:
    async with Client.at(place) as client:
        found = await _server(client, server)
        path = f"{PATH}/{found['id']}/tools/{quote(str(_tool(found, name)['name']), safe='')}"
        told = (await client.ask("DELETE", path)).json()
    _say(told, name, as_json=as_json)


async def remove(place: Place, server: str) -> None:
    async with Client.at(place) as client:
        found = await _server(client, server)
        await client.ask("DELETE", f"{PATH}/{found['id']}")
    print(f"{one_line(str(found['name']))} is forgotten.")


def _effect() -> str:
    click.echo("read: it changes nothing. write: it may, so that a person is asked.", err=True)
    chosen: str = click.prompt(
        "What does it do", type=click.Choice(["read", "write"]), default="write", err=True
    )
    return chosen


async def _items(client: Client) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = (await client.get(PATH)).get("items", [])
    return items


async def _server(client: Client, wanted: str) -> dict[str, Any]:
    for one in await _items(client):
        if wanted in {one["name"], one["id"]}:
            return one
    raise CliError(f"There is no server {one_line(wanted)}.", "`holdfast mcp` has them.")


def _tool(server: dict[str, Any], name: str) -> dict[str, Any]:
    bare = name.removeprefix(f"{server['name']}__")
    for one in server["tools"]:
        if one["name"] in {name, bare}:
            found: dict[str, Any] = one
            return found
    raise CliError(
        f"{one_line(str(server['name']))} has no tool {one_line(name)}.",
        f"`holdfast mcp tools {one_line(str(server['name']))}` has them.",
    )


def _say(server: dict[str, Any], name: str, *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(server))
        return
    tool = _tool(server, name)
    how = f", to {tool['effect']}" if tool["state"] == "allowed" else ""
    shown = one_line(f"{server['name']}__{tool['name']}")
    print(f"{shown} is {one_line(str(tool['state']))}{one_line(how)}.")


def _show(server: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(server))
        return
    console = wide_console()
    error = server["error"]
    if error:
        console.print(Safe(Text(f"It could not be looked at: {one_line(str(error))}", "red")))
    if not server["tools"]:
        print("No tools are known of it.")
        return
    table = Table("tool", "state", "does", "digest", "it says", box=None, pad_edge=False)
    for one in server["tools"]:
        state = one_line(str(one["state"]))
        table.add_row(
            Text(one_line(str(one["name"])), style="bold"),
            Text(state, style=_STYLES.get(state, "")),
            Text(one_line(str(one["effect"])) if state == "allowed" else ""),
            Text(one_line(str(one["digest"])), style="dim"),
            Text(one_line(str(one["description"]), _BRIEF)),
        )
    console.print(Safe(table))


def _state(server: dict[str, Any]) -> Text:
    if server["error"]:
        return Text(one_line(str(server["error"])), style="red")
    changed = sum(one["state"] == "changed" for one in server["tools"])
    return Text(f"{changed} changed", style="red") if changed else Text("")


def _whole(tool: dict[str, Any]) -> Text:
    body = Text.assemble((one_line(str(tool["name"])), "bold"))
    body.append(f"  {one_line(str(tool['state']))}\n")
    body.append("Its owner's words, which nobody vouches for:\n", style="cyan")
    body.append(_cut(str(tool["description"]), _DESCRIPTION) + "\n")
    body.append("Arguments:\n", style="cyan")
    schema = json.dumps(tool["parameters"], indent=2, ensure_ascii=False)
    body.append(_cut(schema, _SCHEMA) + "\n")
    body.append(f"digest {one_line(str(tool['digest']))}", style="dim")
    return body


def _cut(text: str, most: int) -> str:
    """Each line stands behind a bar: none can pass for one of ours."""
    shown = printable(text)
    if len(shown) > most:
        shown = f"{shown[:most]}\n… {len(shown) - most:,} characters more: --json has them"
    return "\n".join(f"│ {line}" for line in shown.splitlines())
