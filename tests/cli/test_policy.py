"""Policies, as they are typed."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from tests.cli import api
from tests.cli.edge import Answer, Edge, Received

ASKING: dict[str, Any] = {"approvers": "admin", "four_eyes": True, "window": "PT2H"}
POLICY: dict[str, Any] = {
    "rules": [
        {
            "name": "house\x1b[2J mail",
            "ruling": "allow",
            "because": "It stays.",
            "tools": ["send_mail"],
            "effects": [],
            "agents": [],
            "roles": ["member"],
            "tainted": False,
            "arguments": [
                {
                    "path": "to.*",
                    "operator": "ends_with",
                    "value": "@acme.example",
                    "negated": False,
                    "every": True,
                }
            ],
            "cost_above": "0.5",
            "asking": None,
        }
    ],
    "reads": "allow",
    "writes": "ask",
    "asking": ASKING,
}
VERSIONS: list[dict[str, Any]] = [
    {
        "version": 1,
        "policy": POLICY,
        "created_by": str(UUID(int=3)),
        "created_at": "2026-11-20T12:00:00Z",
        "note": "For the house.",
    },
    {
        "version": 0,
        "policy": POLICY | {"rules": []},
        "created_by": None,
        "created_at": None,
        "note": "",
    },
]


@pytest.fixture
def edge() -> Iterator[Edge]:
    with api.beside() as running:
        listed = Answer(200, {"items": VERSIONS, "next_cursor": None})
        running.routes[("GET", "/v1/policy")] = lambda _: Answer(200, VERSIONS[0])
        running.routes[("GET", "/v1/policy/versions")] = lambda _: listed
        running.routes[("PUT", "/v1/policy")] = saved
        running.routes[("POST", "/v1/policy/try")] = tried
        yield running


def saved(request: Received) -> Answer:
    return Answer(200, {"version": 2, "policy": request.json["policy"]})


def tried(request: Received) -> Answer:
    ruling = request.json["arguments"].get("ruling", "allow")
    return Answer(200, {"ruling": ruling, "sentence": f"It is {ruling}.", "asking": ASKING})


def run(edge: Edge, *arguments: str, stdin: str | None = None) -> tuple[int, str, str]:
    return api.run(edge, "policy", *arguments, stdin=stdin)


def test_rules_are_shown_in_their_order_and_in_words(edge: Edge) -> None:
    for arguments in ((), ("show",)):
        code, said, _ = run(edge, *arguments)
        assert code == 0
        assert "\x1b" not in said
        for part in (
            "version 1",
            "1. house[2J mail: allow",
            'every to.* ends_with "@acme.example"',
            "has not read untrusted text",
            "more than $0.5",
            "writes: ask",
            "admin or above, and not who asked; within PT2H",
        ):
            assert part in said
    assert "the policy that ships" in run(edge, "show", "--version", "0")[1]
    code, _, error = run(edge, "show", "--version", "9")
    assert (code, "no version 9" in error) == (1, True)


def test_what_was_shown_as_json_can_be_sent_back(edge: Edge, tmp_path: Path) -> None:
    shown = run(edge, "show", "--json")[1]
    file = tmp_path / "policy.json"
    file.write_text(shown)
    code, said, _ = run(edge, "set", str(file), "-n", "Again.", "--expected", "1")
    assert (code, said) == (0, "Version 2 is in force.\n")
    [sent] = edge.asked("PUT", "/v1/policy")
    assert sent.json == {"policy": POLICY, "note": "Again.", "expected": 1}
    assert run(edge, "set", "-", stdin=shown)[0] == 0


def test_a_policy_may_be_toml(edge: Edge, tmp_path: Path) -> None:
    file = tmp_path / "policy.toml"
    file.write_text('writes = "deny"\n[[rules]]\nname = "x"\nruling = "ask"\n')
    assert run(edge, "set", str(file))[0] == 0
    [sent] = edge.asked("PUT", "/v1/policy")
    assert sent.json["policy"] == {"writes": "deny", "rules": [{"name": "x", "ruling": "ask"}]}


@pytest.mark.parametrize("text", ["{", "[1]", "\udcff"])
def test_what_is_no_policy_is_not_sent(edge: Edge, tmp_path: Path, text: str) -> None:
    file = tmp_path / "policy.json"
    file.write_bytes(text.encode("utf-8", "surrogateescape"))
    code, _, error = run(edge, "set", str(file))
    assert code != 0
    assert "policy.json" in error
    assert edge.asked("PUT", "/v1/policy") == []


@pytest.mark.parametrize(("ruling", "code"), [("allow", 0), ("ask", 3), ("deny", 1)])
def test_a_call_is_tried(edge: Edge, ruling: str, code: int) -> None:
    arguments = json.dumps({"ruling": ruling})
    ended, said, _ = run(edge, "try", "send_mail", "-a", arguments, "--tainted", "--role", "admin")
    assert (ended, said.splitlines()[0]) == (code, f"It is {ruling}.")
    assert ("not who asked" in said) is (ruling == "ask")
    [sent] = edge.asked("POST", "/v1/policy/try")
    assert sent.json == {
        "tool": "send_mail",
        "effect": "write",
        "arguments": {"ruling": ruling},
        "agent": "general",
        "role": "admin",
        "cost_usd": "0.0",
        "tainted": True,
        "carries": "",
    }


def test_another_policy_can_be_tried(edge: Edge, tmp_path: Path) -> None:
    file = tmp_path / "policy.json"
    file.write_text('{"writes": "deny"}')
    assert run(edge, "try", "send_mail", "-p", str(file))[0] == 0
    [sent] = edge.asked("POST", "/v1/policy/try")
    assert sent.json["policy"] == {"writes": "deny"}


@pytest.mark.parametrize("typed", ["{", "[1]", "null"])
def test_arguments_that_are_no_object_are_not_sent(edge: Edge, typed: str) -> None:
    code, _, error = run(edge, "try", "send_mail", "-a", typed)
    assert (code, "The arguments are" in error) == (2, True)
    assert edge.asked("POST", "/v1/policy/try") == []


def test_versions_are_listed(edge: Edge) -> None:
    code, said, _ = run(edge, "versions")
    assert code == 0
    assert "For the house." in said
    assert "ships" in said
