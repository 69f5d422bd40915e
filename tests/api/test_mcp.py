"""Servers of the Model Context Protocol over HTTP."""

from dataclasses import replace
from uuid import uuid4

import pytest
from fastapi import FastAPI

from domain.ports.identity import Role
from models.payloads.scope import Scope
from tests.api.conftest import Scene
from tests.api.fakes.callers import a_caller
from tests.api.fakes.mcp import FOUND

ALL = "/v1/mcp-servers"
CRM = {"name": "crm", "address": "https://crm.example/mcp", "secret": "s3cret"}


async def registered(scene: Scene) -> str:
    made = await scene.client.post(ALL, json=CRM)
    assert made.status_code == 201, made.text
    return f"{ALL}/{made.json()['id']}"


async def test_a_server_is_registered_and_its_secret_never_given_out(scene: Scene) -> None:
    made = await scene.client.post(ALL, json=CRM)
    listed = await scene.client.get(ALL, headers=scene.sign_in(Role.VIEWER))
    assert listed.json()["items"] == [made.json()]
    (tool,) = made.json()["tools"]
    assert (tool["state"], tool["effect"], tool["parameters"]) == ("new", "write", FOUND.schema)
    assert scene.fakes.mcp.secrets == ["s3cret"]
    assert "s3cret" not in made.text + listed.text
    again = await scene.client.post(ALL, json=CRM)
    assert (again.status_code, again.json()["code"]) == (409, "mcp_server_exists")


async def test_a_tool_is_allowed_as_it_was_looked_at_and_refused(scene: Scene) -> None:
    server = await registered(scene)
    tool = f"{server}/tools/find"
    body = {"digest": FOUND.digest, "effect": "read"}
    (allowed,) = (await scene.client.put(tool, json=body)).json()["tools"]
    assert (allowed["state"], allowed["effect"]) == ("allowed", "read")
    assert allowed["allowed_by"] == str(scene.caller.user_id)

    (changed,) = (await scene.client.post(f"{server}/refresh")).json()["tools"]
    assert changed["state"] == "changed"
    stale = await scene.client.put(tool, json=body)
    assert (stale.status_code, stale.json()["code"]) == (409, "mcp_tool_changed")
    anew = await scene.client.put(tool, json={"digest": changed["digest"]})
    assert anew.json()["tools"][0]["effect"] == "write"

    assert (await scene.client.delete(tool)).json()["tools"][0]["state"] == "refused"
    other = await scene.client.delete(f"{server}/tools/other")
    assert (other.status_code, other.json()["code"]) == (404, "mcp_tool_not_found")
    assert (await scene.client.delete(server)).status_code == 204
    gone = await scene.client.delete(server)
    assert (gone.status_code, gone.json()["code"]) == (404, "mcp_server_not_found")


@pytest.mark.parametrize("role", [Role.VIEWER, Role.MEMBER, Role.APPROVER])
async def test_admins_alone_change_any_of_it(scene: Scene, role: Role) -> None:
    server = await registered(scene)
    less = scene.sign_in(role)
    for method, path, body in (
        ("POST", ALL, CRM),
        ("POST", f"{server}/refresh", None),
        ("PUT", f"{server}/tools/find", {"digest": FOUND.digest}),
        ("DELETE", f"{server}/tools/find", None),
        ("DELETE", server, None),
    ):
        answer = await scene.client.request(method, path, json=body, headers=less)
        assert (answer.status_code, answer.json()["code"]) == (403, "role_required"), path
    assert [one.tools for one in scene.fakes.mcp.kept.values()] == [(FOUND,)]


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "x" * 21},
        {"address": "https://crm.example/" + "x" * 2_000},
        {"transport": "pigeon"},
        {"transport": "stdio", "address": "/bin/sh"},
        {"program": ["/bin/sh"]},
    ],
    ids=["name", "address", "transport", "command", "program"],
)
async def test_what_cannot_be_a_server_is_refused(scene: Scene, wrong: dict[str, object]) -> None:
    answer = await scene.client.post(ALL, json={**CRM, **wrong})
    assert answer.status_code == 422
    assert "s3cret" not in answer.text
    assert not scene.fakes.mcp.kept


async def test_another_organisation_sees_none_of_it(scene: Scene) -> None:
    server = await registered(scene)
    other = Scope(organisation_id=uuid4(), space_id=uuid4())
    scene.fakes.verifier.callers["other"] = a_caller(other)
    there = {"authorization": "Bearer other", "x-space-id": str(other.space_id)}
    assert (await scene.client.get(ALL, headers=there)).json()["items"] == []
    assert (await scene.client.delete(server, headers=there)).status_code == 404


async def test_an_edge_without_it_says_so(scene: Scene, edge: tuple[FastAPI, str]) -> None:
    app, _ = edge
    app.state.ports = replace(app.state.ports, mcp=None)
    answer = await scene.client.get(ALL)
    assert (answer.status_code, answer.json()["code"]) == (503, "mcp_not_configured")
