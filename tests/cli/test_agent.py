"""Agents, as they are typed."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from api.schemas.agents import AgentFields
from cli.trial import lines
from domain.catalogue import GENERAL
from models.payloads.agent import Agent
from models.payloads.events import (
    AgentChosen,
    AgentEvent,
    ApprovalRequested,
    Event,
    TextCompleted,
    ToolCompleted,
    ToolFailed,
    ToolRequested,
    TurnCompleted,
    TurnStarted,
)
from models.payloads.turn import Outcome
from tests.cli.api import beside, run
from tests.cli.edge import Answer, Edge, Received
from tests.cli.logs import AT, logged

RUN = UUID(int=7)
SUPPORT = {"name": "support", "description": "Helps\x1b[2J customers.", "tools": ["ask_user"]}
VERSION: dict[str, Any] = {
    "agent": {**GENERAL.model_dump(mode="json"), **SUPPORT, "version": 3},
    "current": True,
    "archived": False,
    "created_by": str(UUID(int=6)),
    "created_at": "2026-11-20T12:00:00.000Z",
    "note": "Shorter",
}


@pytest.fixture
def edge() -> Iterator[Edge]:
    with beside() as running:
        listed = {"items": [{**SUPPORT, "version": 3, "members": ["seo"]}]}
        running.routes[("GET", "/v1/agents")] = lambda _: Answer(200, listed)
        running.routes[("GET", "/v1/agents/support")] = lambda _: Answer(200, VERSION)
        running.routes[("PATCH", "/v1/agents/support")] = changed
        running.routes[("POST", "/v1/agents/support/rollback")] = changed
        running.routes[("DELETE", "/v1/agents/support")] = lambda _: Answer(204)
        running.routes[("GET", "/v1/agents/support/versions")] = lambda _: Answer(
            200, {"archived": False, "items": [{**VERSION, "version": 3}]}
        )
        running.routes[("GET", "/v1/agents/support/instructions")] = lambda _: Answer(
            200, {"version": 3, "instructions": "You help."}
        )
        running.routes[("GET", "/v1/agents/novel")] = lambda _: Answer(
            404, {"code": "agent_not_found", "title": "Not found"}
        )
        running.routes[("POST", "/v1/agents")] = changed
        yield running


def changed(request: Received) -> Answer:
    name = request.json.get("name", "support")
    return Answer(200, {"agent": {"name": name, "version": 4}})


def sent(edge: Edge, method: str) -> Received:
    return next(one for one in reversed(edge.received) if one.method == method)


def test_agents_are_listed_and_shown(edge: Edge) -> None:
    for typed in (("agent",), ("agent", "list")):
        code, said, _ = run(edge, *typed)
        assert code == 0
        assert "support" in said
        assert "ask_user, agent seo" in said
        assert "\x1b" not in said
    code, said, _ = run(edge, "agent", "show", "support")
    assert code == 0
    assert "support  version 3 current" in said
    assert GENERAL.instructions[:40] in said
    assert json.loads(run(edge, "agent", "show", "support", "--json")[1]) == VERSION
    assert run(edge, "agent", "show", "support", "--told")[1] == "You help.\n"
    run(edge, "agent", "show", "support", "-v", "2")
    assert sent(edge, "GET").query == {"version": ["2"]}
    assert "Shorter" in run(edge, "agent", "versions", "support")[1]


@pytest.mark.parametrize("form", ["toml", "json", "shown", "stdin"])
def test_a_file_becomes_the_next_version(edge: Edge, tmp_path: Path, form: str) -> None:
    wanted = {"top_k": 4, "instructions": "You help.\nBriefly."}
    file, stdin = tmp_path / "support.json", None
    if form == "toml":
        file = tmp_path / "support.toml"
        file.write_text('top_k = 4\ninstructions = """You help.\nBriefly."""\n')
    elif form == "stdin":
        file, stdin = Path("-"), json.dumps({"name": "support", **wanted})
    elif form == "json":
        file.write_text(json.dumps({"name": "support", **wanted}))
    else:
        agent = {"name": "support", "version": 2, **wanted}
        file.write_text(json.dumps({**VERSION, "agent": agent}))
    code, said, _ = run(edge, "agent", "set", str(file), "-n", "Why", stdin=stdin)

    assert (code, said) == (0, "support is at version 4.\n")
    expected = 2 if form == "shown" else 3
    assert sent(edge, "PATCH").json == {**wanted, "note": "Why", "expected": expected}


def test_a_file_of_an_unknown_name_makes_an_agent(edge: Edge, tmp_path: Path) -> None:
    file = tmp_path / "novel.toml"
    file.write_text('description = "New"\n')
    assert run(edge, "agent", "set", str(file))[:2] == (0, "novel is at version 4.\n")
    assert sent(edge, "POST").json == {"name": "novel", "description": "New"}


def test_agents_are_rolled_back_and_archived(edge: Edge) -> None:
    code, said, _ = run(edge, "agent", "rollback", "support", "2", "--note", "Better")
    assert (code, said) == (0, "support is at version 4.\n")
    assert sent(edge, "POST").json == {"version": 2, "note": "Better"}
    assert run(edge, "agent", "archive", "support")[:2] == (0, "support is archived.\n")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.json", "{"),
        ("a.json", "[]"),
        ("a.toml", "= 1"),
        ("a.json", "[" * 100_000),
        ("missing.json", None),
    ],
)
def test_what_is_no_agent_is_said_in_one_line(
    edge: Edge, tmp_path: Path, name: str, text: str | None
) -> None:
    if text is not None:
        (tmp_path / name).write_text(text)
    code, _, wrong = run(edge, "agent", "set", str(tmp_path / name))
    assert code == 1
    assert wrong.startswith("Error: ")
    assert "Traceback" not in wrong


def trying(edge: Edge, *events: Event) -> None:
    edge.routes[("POST", "/v1/runs")] = lambda _: Answer(202, {"conversation_id": str(RUN)})
    edge.append(*logged(1, events))


STARTED = TurnStarted(message_id=UUID(int=3), agent="support", text="hello")
CALL = ToolRequested(
    step=1,
    call_id="c",
    name="calculator",
    arguments={"expression": "1 + 1"},
    ruling="allow",
    reason="Reads run.",
)


def test_an_agent_is_tried_with_what_it_is_told_calls_and_says(edge: Edge) -> None:
    trying(
        edge,
        STARTED,
        CALL,
        ToolCompleted(step=1, call_id="c", name="calculator", result="2"),
        TextCompleted(step=2, text="It is 2.", message_id=UUID(int=4)),
        TurnCompleted(outcome=Outcome.COMPLETED),
    )
    code, said, _ = run(edge, "agent", "try", "support", "hello")
    assert code == 0
    assert said.startswith("You help.\n")
    assert "→ calculator(" in said
    assert "  allow: Reads run." in said
    assert "← 2" in said
    assert said.endswith("It is 2.\n")
    body = sent(edge, "POST").json
    assert (body["agent"], body["input"]) == ("support", "hello")
    code, said, _ = run(edge, "agent", "try", "support", "hello", "--json")
    assert [json.loads(line)["kind"] for line in said.splitlines()][-1] == "turn.completed"


def test_a_trial_that_needs_a_person_says_so_and_leaves(edge: Edge) -> None:
    asked = ApprovalRequested(
        step=1, approval_id=RUN, call_id="c", tool="t", arguments={}, expires_at=AT
    )
    trying(edge, STARTED, CALL, asked)
    code, said, _ = run(edge, "agent", "try", "support", "hello")
    assert code == 3
    assert said.endswith(f"A person decides: holdfast approvals show {RUN}\n")


def test_the_schema_has_every_field_of_an_agent() -> None:
    assert set(AgentFields.model_fields) == set(Agent.model_fields) - {"name", "version"}


def test_what_went_on_is_told_line_by_line() -> None:
    asked = ApprovalRequested(
        step=1, approval_id=RUN, call_id="c", tool="t", arguments={}, expires_at=AT
    )
    nested = AgentEvent(
        step=1, call_id="c", run_id=RUN, agent="seo", event={"kind": "tool.requested", "name": "x"}
    )
    told = [
        [line.plain for line in lines(event)]
        for event in (
            AgentChosen(agent="seo", reason="Its field.", strategy="concise"),
            CALL,
            ToolCompleted(step=1, call_id="c", name="calculator", result="2"),
            ToolFailed(step=1, call_id="c", name="calculator", code="bad", detail="No."),
            asked,
            nested,
            STARTED,
        )
    ]
    assert told[0] == ["seo, concise: Its field."]
    assert told[1][0].startswith("→ calculator(")
    assert told[1][1] == "  allow: Reads run."
    assert told[2:5] == [
        ["← 2"],
        ["← bad: No."],
        [f"A person decides: holdfast approvals show {RUN}"],
    ]
    assert told[5:] == [["seo: x"], []]
