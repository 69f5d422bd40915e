"""Servers of the Model Context Protocol, as they are typed."""

import json
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest

from tests.cli import api
from tests.cli.edge import Answer, Edge

ID = UUID(int=7)
PATH = f"/v1/mcp-servers/{ID}"
DIGEST = "ab" * 32
SAID = "Find a customer.\x1b[2J\n[green]allowed[/] by all\u202e " + "and so on " * 600
TOOL: dict[str, Any] = {
    "name": "find",
    "description": SAID,
    "parameters": {"type": "object", "properties": {"who": {"description": "x\x1b]0;y\x07"}}},
    "digest": DIGEST,
    "state": "new",
    "effect": "write",
    "allowed_by": None,
    "allowed_at": None,
}
SERVER: dict[str, Any] = {
    "id": str(ID),
    "name": "crm",
    "transport": "http",
    "address": "https://crm.example/mcp",
    "error": None,
    "seen_at": None,
    "tools": [TOOL],
}


def standing(state: str, effect: str = "write") -> dict[str, Any]:
    return {**SERVER, "tools": [{**TOOL, "state": state, "effect": effect}]}


@pytest.fixture
def edge() -> Iterator[Edge]:
    with api.beside() as running:
        routes = running.routes
        routes[("GET", "/v1/mcp-servers")] = lambda _: Answer(200, {"items": [SERVER]})
        routes[("POST", "/v1/mcp-servers")] = lambda _: Answer(201, SERVER)
        routes[("POST", f"{PATH}/refresh")] = lambda _: Answer(200, standing("changed"))
        routes[("PUT", f"{PATH}/tools/find")] = lambda asked: Answer(
            200, standing("allowed", asked.json["effect"])
        )
        routes[("DELETE", f"{PATH}/tools/find")] = lambda _: Answer(200, standing("refused"))
        routes[("DELETE", PATH)] = lambda _: Answer(204)
        yield running


def run(edge: Edge, *arguments: str, stdin: str | None = None) -> tuple[int, str, str]:
    return api.run(edge, "mcp", *arguments, stdin=stdin)


def test_the_list_says_how_much_is_allowed(edge: Edge) -> None:
    code, out, _ = run(edge)
    assert code == 0
    assert "0 of 1 allowed" in out
    assert json.loads(run(edge, "list", "--json")[1]) == [SERVER]


def test_what_a_server_says_is_cut_and_has_no_escapes(edge: Edge) -> None:
    code, out, _ = run(edge, "tools", "crm")
    assert code == 0
    assert "[green]allowed[/] by all" in out
    assert DIGEST in out
    assert max(map(len, out.splitlines())) < 300
    assert not {"\x1b", "\u202e", "\x07"} & set(out)


def test_who_allows_a_tool_sees_it_whole_and_says_what_it_does(edge: Edge) -> None:
    code, out, shown = run(edge, "allow", "crm", "find", stdin="read\ny\n")
    assert code == 0, shown
    assert out.strip() == "crm__find is allowed, to read."
    (sent,) = edge.asked("PUT", f"{PATH}/tools/find")
    assert sent.json == {"digest": DIGEST, "effect": "read"}
    assert "│ Find a customer." in shown
    assert "│ [green]allowed[/] by all" in shown
    assert '"properties"' in shown
    assert "characters more" in shown
    assert not {"\x1b", "\u202e", "\x07"} & set(shown)


def test_a_tool_writes_unless_somebody_says_that_it_reads(edge: Edge) -> None:
    assert run(edge, "allow", "crm", "crm__find", stdin="\ny\n")[0] == 0
    (sent,) = edge.asked("PUT", f"{PATH}/tools/find")
    assert sent.json["effect"] == "write"


def test_nothing_is_allowed_unseen(edge: Edge) -> None:
    assert run(edge, "allow", "crm", "find", stdin="read\nn\n")[0] == 1
    assert run(edge, "allow", "crm", "find", "--yes", "--effect", "read")[0] == 2
    seen_before = ("--yes", "--effect", "read", "--digest", "cd" * 32)
    code, _, error = run(edge, "allow", "crm", "find", *seen_before)
    assert (code, "not what you looked at" in error) == (1, True)
    assert not edge.asked("PUT", f"{PATH}/tools/find")
    seen = ("--yes", "--effect", "read", "--digest", DIGEST)
    assert run(edge, "allow", "crm", "find", *seen)[0] == 0


def test_a_secret_is_read_from_a_pipe_and_is_no_argument(edge: Edge) -> None:
    code, out, error = run(
        edge, "add", "crm", "https://crm.example/mcp", "--secret", stdin="s3cret\n"
    )
    assert code == 0, error
    (sent,) = edge.asked("POST", "/v1/mcp-servers")
    assert (sent.json["secret"], sent.json["transport"]) == ("s3cret", "http")
    assert "s3cret" not in out + error
    run(edge, "add", "clock", "time", "--stdio")
    sent = edge.asked("POST", "/v1/mcp-servers")[-1]
    assert (sent.json["secret"], sent.json["transport"]) == (None, "stdio")


def test_a_server_that_could_not_be_looked_at_says_why(edge: Edge) -> None:
    away = {**SERVER, "error": "mcp_away", "tools": []}
    edge.routes[("GET", "/v1/mcp-servers")] = lambda _: Answer(200, {"items": [away]})
    assert "mcp_away" in run(edge, "list")[1]
    assert "mcp_away" in run(edge, "tools", "crm")[1]


def test_tools_are_refused_looked_at_again_and_forgotten(edge: Edge) -> None:
    assert "changed" in run(edge, "refresh", "crm")[1]
    assert run(edge, "refuse", "crm", "find")[1].strip() == "crm__find is refused."
    assert run(edge, "remove", "crm", stdin="n\n")[0] == 1
    assert not edge.asked("DELETE", PATH)
    assert run(edge, "remove", str(ID), "--yes")[1].strip() == "crm is forgotten."
    assert edge.asked("DELETE", PATH)


@pytest.mark.parametrize("what", [("tools", "x"), ("refuse", "crm", "x"), ("allow", "crm", "x")])
def test_what_there_is_not_is_said_in_a_line(edge: Edge, what: tuple[str, ...]) -> None:
    code, _, error = run(edge, *what)
    assert code == 1
    assert "holdfast mcp" in error
