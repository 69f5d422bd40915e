"""Approvals and the audit trail, as they are typed."""

import asyncio
import json
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest

from cli.inbox import decide
from cli.place import Place
from tests.cli.api import beside, run
from tests.cli.edge import Answer, Edge, Received

ID = UUID(int=5)
WAITING: dict[str, Any] = {
    "id": str(ID),
    "tool": "publish_note",
    "agent": "email",
    "state": "pending",
    "arguments": {"text": "Hello\x1b[2J", "to": ["a", "b"]},
    "arguments_hash": "f" * 64,
    "original_arguments": None,
    "reason": "Writes ask, since the turn has read a page.",
    "requested_by": str(UUID(int=6)),
    "tainted": True,
    "quotes": [{"path": "text", "text": "Hello", "source": "example.com"}],
    "approvers": "admin",
    "four_eyes": True,
    "expires_at": "2026-11-20T12:00:00.000Z",
    "escalate_at": "2026-11-20T11:00:00.000Z",
    "escalate_to": "admin",
}
ENTRY: dict[str, Any] = {
    "sequence": 2,
    "at": "2026-11-20T12:00:00.000Z",
    "action": "approval.approved",
    "subject_id": str(ID),
    "user_id": None,
    "details": {"tool": "publish_note"},
    "seal": "a" * 64,
}


@pytest.fixture
def edge() -> Iterator[Edge]:
    with beside() as running:
        path = f"/v1/approvals/{ID}"
        running.routes[("GET", "/v1/approvals")] = lambda _: Answer(200, {"items": [WAITING]})
        running.routes[("GET", path)] = lambda _: Answer(200, WAITING)
        running.routes[("POST", path)] = decided
        yield running


def decided(request: Received) -> Answer:
    states = {"approve": "approved", "deny": "denied", "revise": "revised"}
    told = {**WAITING, "state": states[request.json["decision"]]}
    if "arguments" in request.json:
        told["original_arguments"] = WAITING["arguments"]
    return Answer(200, told)


def test_what_waits_is_listed_and_shown_whole(edge: Edge) -> None:
    for arguments in (("approvals",), ("approvals", "list")):
        code, said, _ = run(edge, *arguments)
        assert (code, str(ID) in said, "publish_note" in said) == (0, True, True)
    code, said, _ = run(edge, "approvals", "show", str(ID))
    assert code == 0
    assert "\x1b" not in said
    for part in ("Hello", "since the turn", "admin or above, and not who asked", "example.com"):
        assert part in said
    assert json.loads(run(edge, "approvals", "show", str(ID), "--json")[1]) == WAITING


@pytest.mark.parametrize(
    ("typed", "body", "said"),
    [
        (["approve", str(ID)], {"decision": "approve", "note": ""}, "approved"),
        (["deny", str(ID), "-n", "No"], {"decision": "deny", "note": "No"}, "denied"),
        (["revise", str(ID), "Shorter"], {"decision": "revise", "note": "Shorter"}, "revised"),
    ],
)
def test_a_verdict_names_what_it_was_given_on(
    edge: Edge, typed: list[str], body: dict[str, Any], said: str
) -> None:
    assert run(edge, "approvals", *typed)[:2] == (0, f"publish_note is {said}.\n")
    [sent] = edge.asked("POST", f"/v1/approvals/{ID}")
    assert sent.json == {**body, "arguments_hash": "f" * 64}


@pytest.mark.parametrize("stdin", [None, '{"text": "Bye"}'])
def test_other_arguments_are_given_in_place_or_through_a_pipe(
    edge: Edge, stdin: str | None
) -> None:
    typed = '{"text": "Bye"}' if stdin is None else "-"
    code, said, _ = run(edge, "approvals", "edit", str(ID), "--arguments", typed, stdin=stdin)
    assert (code, said) == (0, "publish_note is approved with other arguments.\n")
    [sent] = edge.asked("POST", f"/v1/approvals/{ID}")
    assert sent.json["arguments"] == {"text": "Bye"}


@pytest.mark.parametrize("typed", ["{", "[1]", "7", "null"])
def test_what_is_no_object_is_not_sent(edge: Edge, typed: str) -> None:
    code, _, error = run(edge, "approvals", "edit", str(ID), "--arguments", typed)
    assert (code, "The arguments are" in error) == (2, True)
    assert edge.asked("POST", f"/v1/approvals/{ID}") == []


def test_an_editor_gets_the_arguments_as_they_are(edge: Edge) -> None:
    seen = []

    def editor(text: str) -> str | None:
        seen.append(json.loads(text))
        return text.replace("Hello", "Bye")

    place = Place(edge.url, "token", UUID(int=2))
    verdict: dict[str, object] = {"decision": "approve", "note": ""}
    asyncio.run(decide(place, ID, verdict, "", as_json=True, edit=editor))
    [sent] = edge.asked("POST", f"/v1/approvals/{ID}")
    assert seen == [WAITING["arguments"]]
    assert sent.json["arguments"]["text"].startswith("Bye")


def test_the_trail_is_shown_and_checked(edge: Edge) -> None:
    edge.routes[("GET", "/v1/audit")] = lambda _: Answer(200, {"items": [ENTRY]})
    checked = {"sound": True, "breaks": []}
    edge.routes[("GET", "/v1/audit/verification")] = lambda _: Answer(200, checked)

    code, said, _ = run(edge, "audit")
    assert (code, "approval.approved" in said) == (0, True)
    assert json.loads(run(edge, "audit", "list", "--json")[1]) == ENTRY
    code, said, _ = run(edge, "audit", "verify")
    assert (code, said) == (
        0,
        f"The chain holds: 2 entries. The newest seal is {'a' * 64}.\n",
    )

    checked.update(sound=False, breaks=[{"sequence": 2, "why": "Missing: 2."}])
    assert run(edge, "audit", "verify")[:2] == (1, "2: Missing: 2.\n")
