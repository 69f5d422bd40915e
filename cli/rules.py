"""Show an organisation's policy, change it, try it."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from holdfast_client.client import Client
from rich.table import Column, Table
from rich.text import Text

from cli.failure import CliError
from cli.output import wide_console
from cli.place import Place
from cli.printable import one_line
from cli.written import written

PATH = "/v1/policy"
# What the server takes, and some room for the spaces in it.
MOST_BYTES = 512 * 1024
_EXITS = {"allow": 0, "ask": 3, "deny": 1}


async def show(place: Place, version: int | None, *, as_json: bool) -> None:
    async with Client.at(place) as client:
        found = await client.get(PATH) if version is None else await _version(client, version)
    if as_json:
        print(json.dumps(found["policy"]))
    else:
        _print(found)


async def show_versions(place: Place, *, as_json: bool) -> None:
    async with Client.at(place) as client:
        items = (await client.get(f"{PATH}/versions"))["items"]
    if as_json:
        print(json.dumps(items))
        return
    number = Column("version", justify="right")
    table = Table(number, "rules", "at", "by", "note", box=None, pad_edge=False)
    for one in items:
        table.add_row(
            str(one["version"]),
            str(len(one["policy"]["rules"])),
            str(one["created_at"] or "ships").replace("T", " ")[:19],
            str(one["created_by"] or "–"),
            Text(one_line(str(one["note"]))),
        )
    wide_console().print(table)


async def save(place: Place, file: Path, note: str, expected: int | None, *, as_json: bool) -> None:
    body = {"policy": read(file), "note": note, "expected": expected}
    async with Client.at(place) as client:
        saved = (await client.ask("PUT", PATH, body=body)).json()
    print(json.dumps(saved) if as_json else f"Version {saved['version']} is in force.")


async def attempt(place: Place, body: dict[str, Any], file: Path | None, *, as_json: bool) -> int:
    if file is not None:
        body = {**body, "policy": read(file)}
    async with Client.at(place) as client:
        decision = await client.post(f"{PATH}/try", body)
    if as_json:
        print(json.dumps(decision))
    else:
        print(one_line(str(decision["sentence"]), 1_000))
        if decision["ruling"] == "ask":
            print(one_line(_asking(decision["asking"])))
    return _EXITS.get(str(decision["ruling"]), 1)


def read(file: Path) -> dict[str, Any]:
    """A policy as a file has it, or as `show --json` printed it."""
    found = written(file, MOST_BYTES, code=2)
    if not isinstance(found, dict):
        raise CliError(f"{file} holds no policy.", "Begin with `holdfast policy show --json`.")
    return found


def given(arguments: str) -> dict[str, Any]:
    """A call's arguments, as they are typed."""
    try:
        found = json.loads(arguments)
    except (ValueError, RecursionError) as error:
        raise CliError(f"The arguments are no JSON: {error}", code=2) from error
    if not isinstance(found, dict):
        raise CliError('The arguments are an object, such as \'{"to": "Ann"}\'.', code=2)
    return found


async def _version(client: Client, version: int) -> dict[str, Any]:
    items: list[dict[str, Any]] = (await client.get(f"{PATH}/versions"))["items"]
    for one in items:
        if one["version"] == version:
            return one
    raise CliError(f"There is no version {version}.", "See `holdfast policy versions`.")


def _print(found: dict[str, Any]) -> None:
    policy = found["policy"]
    console = wide_console()
    title = "the policy that ships" if found["version"] == 0 else f"version {found['version']}"
    console.print(Text(title, style="bold"))
    for place, rule in enumerate(policy["rules"], 1):
        console.print(Text(f"{place}. {one_line(rule['name'])}: {rule['ruling']}"))
        for condition in _conditions(rule):
            console.print(Text(f"     {one_line(condition, 500)}", style="dim"))
    console.print(f"else reads: {policy['reads']}, writes: {policy['writes']}")
    console.print(one_line(_asking(policy["asking"])))


def _conditions(rule: dict[str, Any]) -> Iterator[str]:
    for name in ("tools", "effects", "agents", "roles"):
        if rule.get(name):
            yield f"{name}: {', '.join(map(str, rule[name]))}"
    if rule.get("tainted") is not None:
        yield f"the turn {'has' if rule['tainted'] else 'has not'} read untrusted text"
    if rule.get("cost_above") is not None:
        yield f"the turn has cost more than ${rule['cost_above']}"
    for one in rule.get("arguments", ()):
        words = ["not" if one["negated"] else "", "every" if one["every"] else "", one["path"]]
        words += [one["operator"], json.dumps(one["value"], ensure_ascii=False)]
        yield " ".join(filter(None, words))
    if rule.get("asking"):
        yield _asking(rule["asking"])
    if rule.get("because"):
        yield f"because: {rule['because']}"


def _asking(asking: dict[str, Any]) -> str:
    who = f"who may decide: {asking['approvers']} or above"
    if asking.get("four_eyes"):
        who += ", and not who asked"
    window = asking.get("window")
    return f"{who}; within {window}" if window else who
