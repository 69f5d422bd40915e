"""Show texts for publishing, make drafts, ask for their review."""

import json
import sys
from pathlib import Path
from typing import Any
from uuid import UUID

from holdfast_client.client import Client
from rich.text import Text

from cli.failure import CliError
from cli.output import print_page, wide_console
from cli.place import Place
from cli.printable import one_line, printable
from cli.screen import Safe

PATH = "/v1/content"
# What the server takes, at four bytes a character.
MOST_BYTES = 200_000


async def show_all(place: Place, state: str | None, *, as_json: bool) -> None:
    async with Client.at(place) as client:
        found = await client.get(PATH, None if state is None else {"state": state})
    columns = ("id", "kind", "title", "state", "version")
    none = "There is none."
    print_page(found, columns, _row, none=none, as_json=as_json)


async def show(place: Place, item: UUID, *, as_json: bool) -> None:
    async with Client.at(place) as client:
        found = await client.get(f"{PATH}/{item}")
    if as_json:
        print(json.dumps(found))
        return
    wide_console().print(Safe(_whole(found)))


async def create(place: Place, kind: str, title: str, file: Path, *, as_json: bool) -> None:
    text = _read(file)
    async with Client.at(place) as client:
        made = await client.post(PATH, {"kind": kind, "title": title, "text": text})
    _say(made, f"Draft {made.get('id')}. `holdfast content submit` asks for a review.", as_json)


async def submit(place: Place, item: UUID, version: int | None, *, as_json: bool) -> None:
    body = {} if version is None else {"expected": version}
    async with Client.at(place) as client:
        told = await client.post(f"{PATH}/{item}/submit", body)
    _say(told, f"In review: `holdfast approvals show {told.get('review_id')}`.", as_json)


def _say(answer: dict[str, Any], text: str, as_json: bool) -> None:  # noqa: FBT001 - of two
    print(json.dumps(answer) if as_json else text)


def _read(file: Path) -> str:
    try:
        if str(file) == "-":
            data = sys.stdin.buffer.read(MOST_BYTES + 1)
        else:
            with file.open("rb") as opened:
                data = opened.read(MOST_BYTES + 1)
        if len(data) > MOST_BYTES:
            raise CliError(f"{file} is longer than {MOST_BYTES:,} bytes.", code=2)
        return data.decode()
    except OSError as error:
        raise CliError(f"{file} cannot be read: {error.strerror}.", code=2) from error
    except UnicodeDecodeError as error:
        raise CliError(f"{file} is no text in UTF-8.", code=2) from error


def _row(one: dict[str, Any]) -> tuple[Text, ...]:
    newest = one["versions"][-1]
    return (
        Text(str(one.get("id"))),
        Text(one_line(str(one.get("kind")))),
        Text(one_line(str(newest.get("title")), 60), style="bold"),
        Text(str(one.get("state"))),
        Text(str(one.get("version"))),
    )


def _whole(one: dict[str, Any]) -> Text:
    newest = one["versions"][-1]
    body = Text.assemble((one_line(str(newest["title"])), "bold"))
    body.append(f"\n{one_line(str(one['kind']))}, version {one['version']}: {one['state']}\n")
    if one.get("review_id"):
        body.append(f"review: {one['review_id']}\n", style="cyan")
    for version in one["versions"]:
        if version["note"]:
            body.append(f"note on version {version['number']}: ", style="cyan")
            body.append(f"{one_line(version['note'], 500)}\n")
    body.append("\n" + printable(str(newest["text"])))
    return body
