"""Verdicts over HTTP."""

from uuid import uuid4

import pytest

from domain.ports.approvals import ApprovalState
from domain.ports.identity import Role
from models.errors import UnavailableError
from tests.api.conftest import Scene


async def test_an_approver_decides_and_the_run_hears_of_it(scene: Scene) -> None:
    approval = scene.fakes.approvals.add(scene.scope)
    answer = await scene.client.post(
        f"/v1/approvals/{approval.id}",
        json={"decision": "approve"},
        headers=scene.sign_in(Role.APPROVER),
    )
    assert (answer.status_code, answer.json()["state"]) == (200, "approved")
    assert answer.json()["decided_by"] != str(scene.caller.user_id)
    assert [d.approval_id for d in scene.fakes.engine.deliveries] == [approval.id]


async def test_a_verdict_stands_when_its_run_cannot_be_reached(scene: Scene) -> None:
    approval = scene.fakes.approvals.add(scene.scope)
    scene.fakes.engine.failure = UnavailableError("Away.", code="engine_unavailable")
    answer = await scene.client.post(f"/v1/approvals/{approval.id}", json={"decision": "deny"})
    assert (answer.status_code, answer.json()["state"]) == (200, "denied")


async def test_the_second_verdict_is_told_that_it_came_late(scene: Scene) -> None:
    approval = scene.fakes.approvals.add(scene.scope)
    url = f"/v1/approvals/{approval.id}"
    await scene.client.post(url, json={"decision": "deny"})
    late = await scene.client.post(url, json={"decision": "approve"})
    assert (late.status_code, late.json()["code"]) == (409, "already_decided")


async def test_an_expired_approval_is_gone(scene: Scene) -> None:
    approval = scene.fakes.approvals.add(scene.scope, state=ApprovalState.EXPIRED)
    late = await scene.client.post(f"/v1/approvals/{approval.id}", json={"decision": "approve"})
    assert (late.status_code, late.json()["code"]) == (410, "expired")


@pytest.mark.parametrize(
    ("verdict", "code"),
    [
        ({}, "request_invalid"),
        ({"decision": "maybe"}, "request_invalid"),
        ({"decision": "revise"}, "note_required"),
        ({"decision": "revise", "note": "  "}, "note_required"),
        ({"decision": "approve", "note": "a\x00"}, "text_invalid"),
        ({"decision": "approve", "note": "a" * 2_001}, "request_invalid"),
        ({"decision": "approve", "arguments": {"text": "other"}}, "arguments_unsupported"),
    ],
)
async def test_a_verdict_that_is_none_changes_nothing(
    scene: Scene, verdict: dict[str, object], code: str
) -> None:
    approval = scene.fakes.approvals.add(scene.scope)
    answer = await scene.client.post(f"/v1/approvals/{approval.id}", json=verdict)
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    unchanged = await scene.client.get(f"/v1/approvals/{approval.id}")
    assert unchanged.json()["state"] == "pending"


async def test_the_inbox_shows_what_will_run_and_takes_a_state(scene: Scene) -> None:
    waiting = scene.fakes.approvals.add(scene.scope)
    scene.fakes.approvals.add(scene.scope, state=ApprovalState.DENIED)
    found = (await scene.client.get("/v1/approvals?state=pending")).json()["items"]
    assert [row["id"] for row in found] == [str(waiting.id)]
    assert found[0]["arguments"] == {"text": "Hello"}
    assert len((await scene.client.get("/v1/approvals")).json()["items"]) == 2
    wrong = await scene.client.get("/v1/approvals?state=lost")
    assert wrong.json()["code"] == "request_invalid"


async def test_an_unknown_approval_is_a_404(scene: Scene) -> None:
    answer = await scene.client.post(f"/v1/approvals/{uuid4()}", json={"decision": "deny"})
    assert (answer.status_code, answer.json()["code"]) == (404, "approval_not_found")
