"""Show what waits for a person, and say the verdict on what was shown."""

import json
from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import click
from holdfast_client.client import Client
from rich.text import Text

from cli.failure import CliError
from cli.output import append_arguments, print_page, wide_console
from cli.place import Place
from cli.printable import one_line
from cli.screen import Safe

PATH = "/v1/approvals"
Edit = Callable[[str], str | None]


async def show_all(place: Place, state: str | None, *, as_json: bool) -> None:
    async with Client.at(place) as client:
        found = await client.get(PATH, None if state is None else {"state": state})
    columns = ("id", "tool", "state", "until", "why")
    none = "Nothing waits." if state == "pending" else "There are none."
    print_page(found, columns, _row, none=none, as_json=as_json)


async def show(place: Place, approval: UUID, *, as_json: bool) -> None:
    async with Client.at(place) as client:
        found = await client.get(f"{PATH}/{approval}")
    if as_json:
        print(json.dumps(found))
        return
    wide_console().print(Safe(_whole(found)))


async def decide(
    place: Place,
    approval: UUID,
    verdict: dict[str, object],
    edited: str | None,
    *,
    as_json: bool,
    edit: Edit = lambda text: click.edit(text, extension=".json"),
) -> None:
    """The verdict names the hash of the arguments as they stood when this was said: it counts for
    nothing else."""
    async with Client.at(place) as client:
        found = await client.get(f"{PATH}/{approval}")
        body = {**verdict, "arguments_hash": found.get("arguments_hash") or None}
        if edited is not None:
            body["arguments"] = _edited(found, edited, edit)
        told = await client.post(f"{PATH}/{approval}", body)
    if as_json:
        print(json.dumps(told))
        return
    how = " with other arguments" if told.get("original_arguments") is not None else ""
    print(f"{one_line(str(told.get('tool')))} is {one_line(str(told.get('state')))}{how}.")


def _edited(found: dict[str, Any], text: str, edit: Edit) -> dict[str, Any]:
    if not text:
        asked = json.dumps(found.get("arguments"), indent=2, ensure_ascii=False)
        text = edit(asked) or ""
    if not text.strip():
        raise CliError("Nothing was changed: the approval still waits.", code=2)
    try:
        arguments = json.loads(text)
    except ValueError as error:
        raise CliError(f"The arguments are no JSON: {error}.", code=2) from error
    if not isinstance(arguments, dict):
        raise CliError("The arguments are an object: names with values.", code=2)
    return arguments


def _row(one: dict[str, Any]) -> tuple[Text, ...]:
    until = _moment(one.get("expires_at")) if one.get("state") == "pending" else ""
    return (
        Text(str(one.get("id"))),
        Text(one_line(str(one.get("tool"))), style="bold"),
        Text(one_line(str(one.get("state")))),
        Text(until),
        Text(one_line(str(one.get("reason") or ""), 100), style="dim"),
    )


def _whole(one: dict[str, Any]) -> Text:
    body = Text.assemble((str(one.get("tool")), "bold"), f" is {one.get('state')}\n")
    for name, value in _about(one):
        body.append(f"{name}: ", style="cyan")
        body.append(f"{one_line(value, 500)}\n")
    _arguments(body, "runs", one.get("arguments"))
    if one.get("original_arguments") is not None:
        _arguments(body, "was asked", one["original_arguments"])
    for quote in one.get("quotes") or []:
        body.append("untrusted: ", style="red")
        said, source = str(quote.get("text")), str(quote.get("source"))
        body.append(f"{one_line(str(quote.get('path')))} repeats “{one_line(said)}” from ")
        body.append(f"{one_line(source)}\n")
    return body


def _about(one: dict[str, Any]) -> Iterator[tuple[str, str]]:
    who = f"{one.get('approvers')} or above"
    if one.get("four_eyes"):
        who += ", and not who asked"
    yield "why", str(one.get("reason") or "writes ask")
    yield "agent", str(one.get("agent") or "")
    yield "asked by", str(one.get("requested_by"))
    yield "may decide", who
    yield "until", _moment(one.get("expires_at"))
    if one.get("escalate_at"):
        yield "escalates", f"{_moment(one['escalate_at'])}, to {one.get('escalate_to')}"
    if one.get("tainted"):
        yield "careful", "the turn has read text that nobody vouches for"
    if one.get("decided_at"):
        via = one.get("decided_via") or "?"
        yield "decided", f"{_moment(one['decided_at'])} by {one.get('decided_by')}, via {via}"
    if one.get("note"):
        yield "note", str(one["note"])


def _arguments(body: Text, title: str, values: dict[str, Any] | None) -> None:
    body.append(f"{title}:\n", style="cyan")
    append_arguments(body, values or {}, ": see --json")


def _moment(value: object) -> str:
    return str(value or "").replace("T", " ")[:19]
