"""Verdicts over HTTP."""

from uuid import UUID, uuid4

import pytest

from domain.canonical import digest
from domain.ports.approvals import ApprovalState
from domain.ports.identity import Role
from models.errors import UnavailableError
from models.payloads.policy import Quote
from models.payloads.scope import Scope
from tests.api.conftest import Scene
from tests.api.fakes.clock import NOW

SCHEMA = {
    "type": "object",
    "properties": {"text": {"type": "string"}},
    "required": ["text"],
    "additionalProperties": False,
}


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
        ({"decision": "deny", "arguments": {"text": "other"}}, "arguments_unsupported"),
        ({"decision": "approve", "arguments": {"text": 7}}, "arguments_invalid"),
        ({"decision": "approve", "arguments": {"text": "x", "to": "all"}}, "arguments_invalid"),
        ({"decision": "approve", "arguments": {"text": "x" * 64_001}}, "arguments_invalid"),
        ({"decision": "approve", "arguments": {"text": 2**70}}, "arguments_invalid"),
        ({"decision": "approve", "arguments": ["text"]}, "request_invalid"),
        ({"decision": "approve", "arguments_hash": "a" * 65}, "request_invalid"),
    ],
)
async def test_a_verdict_that_is_none_changes_nothing(
    scene: Scene, verdict: dict[str, object], code: str
) -> None:
    approval = scene.fakes.approvals.add(scene.scope, schema=SCHEMA)
    answer = await scene.client.post(f"/v1/approvals/{approval.id}", json=verdict)
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    unchanged = await scene.client.get(f"/v1/approvals/{approval.id}")
    assert unchanged.json()["state"] == "pending"


async def test_edited_arguments_are_what_runs_and_what_was_asked_stays_known(scene: Scene) -> None:
    approval = scene.fakes.approvals.add(scene.scope, schema=SCHEMA)
    verdict = {"decision": "approve", "arguments": {"text": "Shorter"}}
    answer = (await scene.client.post(f"/v1/approvals/{approval.id}", json=verdict)).json()
    assert answer["arguments"] == {"text": "Shorter"}
    assert answer["original_arguments"] == {"text": "Hello"}
    assert answer["arguments_hash"] == digest({"text": "Shorter"})


async def test_arguments_without_a_schema_cannot_be_edited(scene: Scene) -> None:
    approval = scene.fakes.approvals.add(scene.scope)
    verdict = {"decision": "approve", "arguments": {"text": "Shorter"}}
    answer = await scene.client.post(f"/v1/approvals/{approval.id}", json=verdict)
    assert (answer.status_code, answer.json()["code"]) == (422, "arguments_invalid")


async def test_a_verdict_on_other_arguments_than_were_shown_is_refused(scene: Scene) -> None:
    shown = digest({"text": "Hello"})
    approval = scene.fakes.approvals.add(scene.scope, arguments_hash=shown)
    url = f"/v1/approvals/{approval.id}"
    other = {"decision": "approve", "arguments_hash": digest({"text": "Bye"})}
    refused = await scene.client.post(url, json=other)
    assert (refused.status_code, refused.json()["code"]) == (409, "arguments_changed")
    answer = await scene.client.post(url, json={"decision": "approve", "arguments_hash": shown})
    assert answer.status_code == 200


async def test_the_approval_says_who_may_decide(scene: Scene) -> None:
    mine = scene.fakes.approvals.add(scene.scope, four_eyes=True, requested_by=scene.caller.user_id)
    for_admins = scene.fakes.approvals.add(scene.scope, approvers=Role.ADMIN)
    for_members = scene.fakes.approvals.add(scene.scope, approvers=Role.MEMBER)

    async def say(approval_id: UUID, headers: dict[str, str]) -> tuple[int, str]:
        url = f"/v1/approvals/{approval_id}"
        answer = await scene.client.post(url, json={"decision": "approve"}, headers=headers)
        return answer.status_code, answer.json().get("code", "")

    assert await say(mine.id, {}) == (403, "four_eyes")
    assert await say(mine.id, scene.sign_in(Role.APPROVER)) == (200, "")
    assert await say(for_admins.id, scene.sign_in(Role.APPROVER)) == (403, "role_required")
    assert await say(for_members.id, scene.sign_in(Role.VIEWER)) == (403, "role_required")
    assert await say(for_members.id, scene.sign_in(Role.MEMBER)) == (200, "")


async def test_an_approver_sees_why_and_until_when(scene: Scene) -> None:
    quote = Quote(path="text", text="Hello", source="page")
    approval = scene.fakes.approvals.add(
        scene.scope,
        reason="Writes ask, since the turn has read a page.",
        tainted=True,
        quotes=(quote,),
        remind_at=NOW,
        escalate_at=NOW,
        four_eyes=True,
        schema=SCHEMA,
        agent="email",
    )
    shown = (await scene.client.get(f"/v1/approvals/{approval.id}")).json()
    assert shown["reason"] == "Writes ask, since the turn has read a page."
    assert shown["quotes"] == [{"path": "text", "text": "Hello", "source": "page"}]
    assert (shown["approvers"], shown["escalate_to"], shown["four_eyes"]) == (
        "approver",
        "admin",
        True,
    )
    assert shown["arguments_schema"] == SCHEMA
    assert {shown["remind_at"], shown["escalate_at"]} == {"2026-11-20T12:00:00Z"}
    assert (shown["tainted"], shown["agent"], shown["decided_via"]) == (True, "email", None)


async def test_half_a_surrogate_pair_is_no_argument(scene: Scene) -> None:
    approval = scene.fakes.approvals.add(scene.scope, schema=SCHEMA)
    raw = rb'{"decision": "approve", "arguments": {"text": "\ud800"}}'
    answer = await scene.client.post(
        f"/v1/approvals/{approval.id}", content=raw, headers={"content-type": "application/json"}
    )
    assert answer.status_code in {400, 422}


async def test_another_spaces_approval_is_a_404(scene: Scene) -> None:
    elsewhere = Scope(organisation_id=scene.scope.organisation_id, space_id=uuid4())
    approval = scene.fakes.approvals.add(elsewhere)
    answer = await scene.client.post(f"/v1/approvals/{approval.id}", json={"decision": "deny"})
    assert (answer.status_code, answer.json()["code"]) == (404, "approval_not_found")


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
