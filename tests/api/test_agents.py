"""Agents over HTTP: read, made, changed, rolled back, refused."""

from typing import Any

import pytest

from domain.catalogue import GENERAL, SHIPPED
from domain.ports.identity import Role
from models.states import Transport
from tests.api.conftest import Scene

SUPPORT: dict[str, Any] = {
    "name": "support",
    "description": "Answers customers' questions.",
    "instructions": "You answer customers of {{ space.name or 'the shop' }}.",
    "tools": ["search_documents", "ask_user"],
    "temperature": 0.3,
    "top_k": 5,
}


async def test_those_who_talk_see_who_there_is(scene: Scene) -> None:
    listed = await scene.client.get("/v1/agents", headers=scene.sign_in(Role.VIEWER))
    items = {one["name"]: one for one in listed.json()["items"]}
    assert sorted(items) == sorted(agent.name for agent in SHIPPED)
    assert items["marketing_team"]["members"] == ["seo", "email", "brand", "strategy"]
    assert items["general"]["limits"]["deadline_seconds"] == 600
    whole = await scene.client.get("/v1/agents/general", headers=scene.sign_in(Role.VIEWER))
    assert whole.json()["agent"]["instructions"] == GENERAL.instructions
    assert (whole.headers["etag"], whole.json()["current"]) == ('"1"', True)


async def test_an_agent_is_made_changed_and_rolled_back(scene: Scene) -> None:
    made = await scene.client.post("/v1/agents", json={**SUPPORT, "note": "for the shop"})
    assert (made.status_code, made.headers["location"]) == (201, "/v1/agents/support")
    agent = made.json()["agent"]
    assert {name: agent[name] for name in SUPPORT} == SUPPORT
    assert (agent["version"], made.json()["note"]) == (1, "for the shop")
    url = made.headers["location"]
    changed = await scene.client.patch(url, json={"top_k": 9}, headers={"if-match": '"1"'})
    assert (changed.status_code, changed.headers["etag"]) == (200, '"2"')
    assert changed.json()["agent"]["top_k"] == 9
    assert changed.json()["agent"]["tools"] == SUPPORT["tools"]
    back = await scene.client.post(f"{url}/rollback", json={"version": 1})
    assert (back.json()["agent"]["version"], back.json()["agent"]["top_k"]) == (3, 5)
    versions = (await scene.client.get(f"{url}/versions")).json()["items"]
    assert [one["version"] for one in versions] == [3, 2, 1]
    assert [one["current"] for one in versions] == [True, False, False]
    old = await scene.client.get(url, params={"version": 2})
    assert old.json()["agent"]["top_k"] == 9


async def test_a_change_made_on_an_older_version_is_refused(scene: Scene) -> None:
    await scene.client.post("/v1/agents", json=SUPPORT)
    url = "/v1/agents/support"
    await scene.client.patch(url, json={"top_k": 9})
    for body, headers in (
        ({"expected": 1}, {}),
        ({}, {"if-match": "1"}),
        ({}, {"if-match": '"1"'}),
    ):
        late = await scene.client.patch(url, json={"top_k": 7, **body}, headers=headers)
        assert (late.status_code, late.json()["code"]) == (409, "agent_changed")
    fine = await scene.client.patch(url, json={"top_k": 7}, headers={"if-match": "*"})
    assert fine.json()["agent"]["version"] == 3
    odd = await scene.client.patch(url, json={"top_k": 7}, headers={"if-match": "yesterday"})
    assert (odd.status_code, odd.json()["code"]) == (400, "if_match_invalid")


async def test_what_ships_can_be_changed_and_not_archived(scene: Scene) -> None:
    changed = await scene.client.patch("/v1/agents/general", json={"instructions": "Be brief."})
    assert changed.json()["agent"]["version"] == 2
    kept = await scene.client.delete("/v1/agents/general")
    assert (kept.status_code, kept.json()["code"]) == (409, "agent_shipped")
    back = await scene.client.post("/v1/agents/general/rollback", json={"version": 1})
    assert back.json()["agent"]["instructions"] == GENERAL.instructions


async def test_an_archived_agent_answers_no_more_and_can_come_back(scene: Scene) -> None:
    await scene.client.post("/v1/agents", json=SUPPORT)
    assert (await scene.client.delete("/v1/agents/support")).status_code == 204
    names = [one["name"] for one in (await scene.client.get("/v1/agents")).json()["items"]]
    assert "support" not in names
    run = await scene.client.post("/v1/runs", json={"agent": "support", "input": "hello"})
    assert (run.status_code, run.json()["code"]) == (422, "agent_unknown")
    changed = await scene.client.patch("/v1/agents/support", json={"top_k": 1})
    assert (changed.status_code, changed.json()["code"]) == (409, "agent_archived")
    assert (await scene.client.get("/v1/agents/support")).json()["archived"]
    back = await scene.client.post("/v1/agents/support/rollback", json={"version": 1})
    assert back.status_code == 200
    assert (await scene.client.get("/v1/agents/support")).json()["archived"] is False


async def test_an_agent_is_made_once_and_a_copy_with_its_key_is_told_so(scene: Scene) -> None:
    key = {"idempotency-key": "one"}
    made = await scene.client.post("/v1/agents", json=SUPPORT, headers=key)
    copy = await scene.client.post("/v1/agents", json=SUPPORT, headers=key)
    assert (made.status_code, copy.status_code) == (201, 200)
    assert copy.json()["agent"] == made.json()["agent"]
    other = {**SUPPORT, "top_k": 1}
    for body, headers in ((SUPPORT, {}), (other, key), ({**SUPPORT, "name": "general"}, {})):
        again = await scene.client.post("/v1/agents", json=body, headers=headers)
        assert (again.status_code, again.json()["code"]) == (409, "agent_exists")


@pytest.mark.parametrize("role", [Role.VIEWER, Role.MEMBER, Role.APPROVER])
async def test_only_admins_change_agents(scene: Scene, role: Role) -> None:
    who = scene.sign_in(role)
    for method, path, body in (
        ("POST", "/v1/agents", SUPPORT),
        ("PATCH", "/v1/agents/general", {"top_k": 1}),
        ("POST", "/v1/agents/general/rollback", {"version": 1}),
        ("DELETE", "/v1/agents/general", None),
    ):
        refused = await scene.client.request(method, path, json=body, headers=who)
        assert (refused.status_code, refused.json()["code"]) == (403, "role_required"), path
    assert (await scene.client.get("/v1/agents/general", headers=who)).status_code == 200


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"name": "Support"}, "agent_name_invalid"),
        ({"name": "a b"}, "agent_name_invalid"),
        ({"name": "a" * 41}, "agent_name_invalid"),
        ({"name": "calculator"}, "agent_name_invalid"),
        ({"name": "auto"}, "agent_name_invalid"),
        ({"name": "delegate_to_seo"}, "agent_name_invalid"),
        *(({"name": name}, "agent_name_invalid") for name in ("system", "user", "assistant")),
        ({"description": "a" * 501}, "request_invalid"),
        ({"tools": ["time_machine"]}, "agent_tool_unknown"),
        ({"tools": ["calculator", "calculator"]}, "agent_tool_unknown"),
        ({"collections": ["nowhere"]}, "agent_collection_unknown"),
        ({"collections": ["No Where"]}, "collection_name_invalid"),
        ({"instructions": "{{ secret }}"}, "agent_template_invalid"),
        ({"instructions": "{% for i in range(9) %}{% endfor %}"}, "agent_template_invalid"),
        ({"instructions": "a\x00"}, "text_invalid"),
        ({"instructions": "a" * 20_001}, "request_invalid"),
        ({"members": ["seo"]}, "agent_pattern_unsound"),
        ({"pattern": "supervisor"}, "agent_pattern_unsound"),
        ({"pattern": "debate", "members": ["seo"]}, "agent_pattern_unsound"),
        ({"pattern": "parallel", "members": ["seo", "seo"]}, "agent_pattern_unsound"),
        ({"pattern": "supervisor", "members": ["nobody"]}, "agent_member_unknown"),
        ({"pattern": "supervisor", "members": ["support"]}, "agent_recursive"),
        ({"pattern": "circle", "members": ["seo"]}, "request_invalid"),
        ({"model": "m-1", "fallback_model": "m-1"}, "agent_fallback_unsound"),
        ({"output_tokens": 200_000}, "agent_budget_unsound"),
        ({"token_budget": 10}, "agent_budget_unsound"),
        ({"token_budget": 10**9}, "agent_budget_unsound"),
        ({"deadline": 1}, "agent_budget_unsound"),
        ({"deadline": "P2D"}, "agent_budget_unsound"),
        ({"cost_budget": "5000"}, "agent_budget_unsound"),
        ({"cost_budget": "NaN"}, "request_invalid"),
        ({"temperature": 3}, "request_invalid"),
        ({"lexical_weight": 0, "semantic_weight": 0}, "agent_budget_unsound"),
        ({"passage_tokens": 126_000}, "agent_budget_unsound"),
        ({"iteration_limit": 0}, "request_invalid"),
        ({"rules": [{"name": "a", "ruling": "allow", "tool": ["x"]}]}, "agent_rules_unsound"),
        ({"rules": [{"name": "a", "ruling": "maybe"}]}, "agent_rules_unsound"),
        ({"rules": [{"name": "a", "ruling": "ask"}] * 2}, "agent_rules_unsound"),
        (
            {"rules": [{"name": "a", "ruling": "ask", "asking": {"window": "P90D"}}]},
            "agent_rules_unsound",
        ),
        ({"version": 4}, "request_invalid"),
        ({"colour": "red"}, "request_invalid"),
    ],
)
async def test_an_agent_that_cannot_be_is_refused_by_name(
    scene: Scene, change: dict[str, Any], code: str
) -> None:
    refused = await scene.client.post("/v1/agents", json={**SUPPORT, **change})
    assert (refused.status_code, refused.json()["code"]) == (422, code)
    if "name" not in change:
        made = await scene.client.post("/v1/agents", json=SUPPORT)
        assert made.status_code == 201
        changed = await scene.client.patch("/v1/agents/support", json=change)
        assert (changed.status_code, changed.json()["code"]) == (422, code)


async def test_agents_that_would_call_each_other_without_end_are_refused(scene: Scene) -> None:
    async def make(name: str, *members: str) -> Any:  # noqa: ANN401 - JSON
        body = {**SUPPORT, "name": name, "pattern": "supervisor", "members": members}
        made = await scene.client.post("/v1/agents", json=body)
        assert made.status_code == 201

    await make("third", "seo")
    await make("second", "third")
    await make("first", "second", "third")
    refused = await scene.client.patch("/v1/agents/third", json={"members": ["email", "first"]})
    assert refused.json()["code"] == "agent_recursive"
    assert "third → first → second → third" in refused.json()["detail"]


async def test_the_spaces_own_collections_may_be_named(scene: Scene) -> None:
    await scene.client.post("/v1/collections", json={"name": "brand"})
    body = {**SUPPORT, "collections": ["brand", "general", "approved_content"]}
    assert (await scene.client.post("/v1/agents", json=body)).status_code == 201


async def test_tools_of_an_organisations_servers_may_be_named(scene: Scene) -> None:
    body = {**SUPPORT, "tools": ["crm__find"]}
    refused = await scene.client.post("/v1/agents", json=body)
    assert (refused.status_code, refused.json()["code"]) == (422, "agent_tool_unknown")

    await scene.fakes.mcp.register(
        scene.scope,
        name="crm",
        transport=Transport.HTTP,
        address="https://crm.example",
        secret=None,
        by=scene.caller.user_id,
    )
    assert (await scene.client.post("/v1/agents", json=body)).status_code == 201
    other = await scene.client.patch("/v1/agents/support", json={"tools": ["crm__erase"]})
    assert other.json()["code"] == "agent_tool_unknown"
    assert "crm__find" in other.json()["detail"]


async def test_what_an_agent_is_told_here_can_be_read(scene: Scene) -> None:
    await scene.client.post("/v1/agents", json=SUPPORT)
    told = await scene.client.get("/v1/agents/support/instructions")
    assert told.json()["version"] == 1
    assert told.json()["instructions"].startswith("You answer customers of ")
    assert "{{" not in told.json()["instructions"]


@pytest.mark.parametrize("path", ["nobody", "No%20body", "a" * 50, "%00"])
async def test_an_unknown_agent_is_not_found(scene: Scene, path: str) -> None:
    for suffix in ("", "/versions", "/instructions"):
        found = await scene.client.get(f"/v1/agents/{path}{suffix}")
        assert (found.status_code, found.json()["code"]) == (404, "agent_not_found")
    version = await scene.client.get("/v1/agents/general?version=9")
    assert (version.status_code, version.json()["code"]) == (404, "agent_version_not_found")
    for odd in ("0", "-1", str(2**40), "x"):
        found = await scene.client.get(f"/v1/agents/general?version={odd}")
        assert found.status_code == 422


async def test_a_message_may_leave_its_agent_open(scene: Scene) -> None:
    made = await scene.client.post("/v1/conversations", json={"agent": "auto"})
    assert (made.status_code, made.json()["agent"]) == (201, "auto")
    sent = await scene.client.post(
        f"/v1/conversations/{made.json()['id']}/messages", json={"content": "Who ranks for desks?"}
    )
    assert sent.status_code == 202
    for path, body in (
        ("/v1/messages", {"content": "hello", "agent": "auto"}),
        ("/v1/runs", {"input": "hello", "agent": "auto"}),
    ):
        assert (await scene.client.post(path, json=body)).status_code == 202
