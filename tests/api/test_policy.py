"""Policies, safety and budgets over HTTP."""

from typing import Any
from uuid import uuid4

import pytest

from domain.ports.identity import Role
from tests.api.conftest import Scene

NOTES: dict[str, Any] = {
    "name": "notes run",
    "ruling": "allow",
    "tools": ["publish_note"],
    "because": "They are ours",
}
CALL: dict[str, Any] = {"tool": "publish_note", "effect": "write", "arguments": {"title": "x"}}


def saying(rule: dict[str, Any]) -> dict[str, Any]:
    return {"policy": {"rules": [rule]}}


async def test_the_policy_that_ships_is_version_0(scene: Scene) -> None:
    shown = (await scene.client.get("/v1/policy")).json()
    assert (shown["version"], shown["created_by"]) == (0, None)
    assert (shown["policy"]["reads"], shown["policy"]["writes"]) == ("allow", "ask")


async def test_what_was_shown_can_be_changed_and_sent_back(scene: Scene) -> None:
    shown = (await scene.client.get("/v1/policy")).json()
    policy = shown["policy"] | {"rules": [NOTES]}
    body = {"policy": policy, "expected": 0, "note": "Notes."}
    saved = (await scene.client.put("/v1/policy", json=body)).json()
    assert (saved["version"], saved["note"]) == (1, "Notes.")
    assert saved["policy"]["rules"][0]["name"] == "notes run"
    assert saved["created_by"] == str(scene.caller.user_id)
    again = await scene.client.put("/v1/policy", json=body)
    assert (again.status_code, again.json()["code"]) == (409, "policy_changed")
    listed = (await scene.client.get("/v1/policy/versions")).json()["items"]
    assert [one["version"] for one in listed] == [1, 0]


@pytest.mark.parametrize(
    ("policy", "says"),
    [
        ({"rulez": []}, "rulez"),
        ({"rules": [NOTES | {"argumens": []}]}, "“notes run”: argumens"),
        ({"rules": [NOTES | {"ruling": "maybe"}]}, "“notes run”: ruling"),
        ({"rules": [{"ruling": "deny"}]}, "Rule 1: name"),
        ({"rules": [NOTES, NOTES]}, "“notes run” stands there twice"),
        ({"rules": [NOTES | {"name": " "}]}, "no name"),
        ({"rules": [NOTES | {"tools": [""]}]}, "“notes run”: a tool"),
        ({"rules": [NOTES | {"cost_above": -1}]}, "cost_above"),
        (
            {"rules": [NOTES | {"tainted": True, "effects": ["write"]}]},
            "“notes run”: a write after",
        ),
        ({"rules": [NOTES] * 201}, "rules"),
        ({"rules": "all"}, "rules"),
        ({"writes": None}, "writes"),
        ({"asking": {"approvers": "member"}}, "approvers"),
        ({"asking": {"window": "PT0S"}}, "window"),
        ({"asking": {"window": "P31D"}}, "window"),
        ({"asking": {"window": "PT1H", "remind_after": "PT1H"}}, "remind_after"),
        ({"rules": [NOTES | {"because": "\0"}]}, "no text"),
        ({"rules": [NOTES | {"name": "x" * 300_000}]}, "characters"),
    ],
)
async def test_a_policy_that_does_not_hold_together_is_refused(
    scene: Scene, policy: dict[str, Any], says: str
) -> None:
    answer = await scene.client.put("/v1/policy", json={"policy": policy})
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (422, "policy_invalid")
    assert says in problem["detail"]
    assert (await scene.client.get("/v1/policy")).json()["version"] == 0


@pytest.mark.parametrize(
    ("predicate", "says"),
    [
        ({"path": "to", "operator": "above", "value": "much"}, "number"),
        ({"path": "to", "operator": "longer_than", "value": -1}, "whole number"),
        ({"path": "to", "operator": "one_of", "value": []}, "list"),
        ({"path": "to", "operator": "one_of", "value": [{"a": 1}]}, "text, a number"),
        ({"path": "to", "operator": "ends_with"}, "takes text"),
        ({"path": "to", "operator": "exists", "value": 1}, "no value"),
        ({"path": "to", "operator": "equals", "value": "x" * 1_001}, "1000 characters"),
        ({"path": "to..x", "operator": "exists"}, "joined by dots"),
        ({"path": "to", "operator": "regex", "value": "(a+)+$"}, "operator"),
        ({"path": "to.*", "operator": "ends_with", "value": "@a.example"}, "every"),
    ],
)
async def test_a_question_that_makes_no_sense_is_refused(
    scene: Scene, predicate: dict[str, Any], says: str
) -> None:
    rule = NOTES | {"arguments": [predicate]}
    answer = await scene.client.put("/v1/policy", json=saying(rule))
    assert (answer.status_code, answer.json()["code"]) == (422, "policy_invalid")
    assert "“notes run”" in answer.json()["detail"]
    assert says in answer.json()["detail"]


async def test_a_call_is_tried_and_nothing_runs(scene: Scene) -> None:
    await scene.client.put("/v1/policy", json=saying(NOTES))
    tried = (await scene.client.post("/v1/policy/try", json=CALL)).json()
    assert (tried["ruling"], tried["rule"], tried["version"]) == ("allow", "notes run", 1)
    assert tried["sentence"] == ("Allowed by the organisation's rule “notes run”: They are ours.")
    after = (await scene.client.post("/v1/policy/try", json=CALL | {"tainted": True})).json()
    assert (after["ruling"], after["rule"]) == ("ask", "")


async def test_another_policy_is_tried_before_it_is_saved(scene: Scene) -> None:
    given = CALL | saying(NOTES | {"ruling": "deny"})
    assert (await scene.client.post("/v1/policy/try", json=given)).json()["ruling"] == "deny"
    assert (await scene.client.get("/v1/policy")).json()["version"] == 0
    wrong = await scene.client.post("/v1/policy/try", json=CALL | saying({"name": "x"}))
    assert wrong.json()["code"] == "policy_invalid"
    unknown = await scene.client.post("/v1/policy/try", json=CALL | {"agent": "nobody"})
    assert unknown.json()["code"] == "agent_unknown"


async def test_a_space_says_what_is_taken_out_of_answers(scene: Scene) -> None:
    assert (await scene.client.get("/v1/safety")).json()["safety"]["redact"] == ["key"]
    wanted = {"redact": ["card", "email"], "on_malicious": "refuse", "moderate": True}
    await scene.client.put("/v1/safety", json={"safety": wanted})
    assert (await scene.client.get("/v1/safety")).json()["safety"] == wanted


@pytest.mark.parametrize("safety", [{"redakt": []}, {"redact": ["all"]}, {"moderate": "perhaps"}])
async def test_a_safety_that_does_not_parse_is_refused(
    scene: Scene, safety: dict[str, Any]
) -> None:
    answer = await scene.client.put("/v1/safety", json={"safety": safety})
    assert (answer.status_code, answer.json()["code"]) == (422, "safety_invalid")


async def test_a_budget_is_set_shown_and_lifted(scene: Scene) -> None:
    put = await scene.client.put("/v1/budgets", json={"holder": "space", "cost_usd": "0.5"})
    shown = put.json()
    assert shown["budgets"] == [
        {"holder": "space", "user_id": None, "tokens": None, "cost_usd": "0.5"}
    ]
    assert shown["yours"] == [
        {"name": "space_month_cost", "limit": "0.5", "spent": "1", "exhausted": True}
    ]
    lifted = await scene.client.put("/v1/budgets", json={"holder": "space"})
    assert lifted.json() == {"budgets": [], "yours": []}


@pytest.mark.parametrize(
    "body",
    [
        {"holder": "user", "tokens": 1},
        {"holder": "space", "tokens": 1, "user_id": str(uuid4())},
        {"holder": "space", "tokens": -1},
        {"holder": "space", "cost_usd": "NaN"},
        {"holder": "team", "tokens": 1},
    ],
)
async def test_a_budget_that_makes_no_sense_is_refused(scene: Scene, body: dict[str, Any]) -> None:
    answer = await scene.client.put("/v1/budgets", json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "request_invalid")


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/policy", {"policy": {}}),
        ("/v1/safety", {"safety": {}}),
        ("/v1/budgets", {"holder": "space", "tokens": 1}),
    ],
)
async def test_only_an_admin_changes_them_and_everybody_reads(
    scene: Scene, path: str, body: dict[str, Any]
) -> None:
    refused = await scene.client.put(path, json=body, headers=scene.sign_in(Role.APPROVER))
    assert (refused.status_code, refused.json()["code"]) == (403, "role_required")
    read = await scene.client.get(path, headers=scene.sign_in(Role.VIEWER))
    assert read.status_code == 200
