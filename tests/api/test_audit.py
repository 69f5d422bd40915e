"""The audit trail over HTTP."""

from uuid import uuid4

from domain.ports.audit import Break
from domain.ports.identity import Role
from tests.api.conftest import Scene


async def test_an_admin_reads_the_trail_newest_first(scene: Scene) -> None:
    for action in ("policy.changed", "approval.approved"):
        await scene.fakes.audit.record(
            scene.scope, action, uuid4(), by=scene.caller.user_id, details={"tool": "x"}
        )
    found = (await scene.client.get("/v1/audit")).json()["items"]
    assert [(row["sequence"], row["action"]) for row in found] == [
        (2, "approval.approved"),
        (1, "policy.changed"),
    ]
    assert found[0]["details"] == {"tool": "x"}


async def test_only_an_admin_reads_it(scene: Scene) -> None:
    for path in ("/v1/audit", "/v1/audit/verification"):
        answer = await scene.client.get(path, headers=scene.sign_in(Role.APPROVER))
        assert (answer.status_code, answer.json()["code"]) == (403, "role_required")


async def test_a_check_names_what_does_not_hold(scene: Scene) -> None:
    sound = await scene.client.get("/v1/audit/verification")
    assert sound.json() == {"sound": True, "breaks": []}
    scene.fakes.audit.breaks.append(Break(3, "Missing: 3."))
    broken = await scene.client.get("/v1/audit/verification")
    assert broken.json() == {"sound": False, "breaks": [{"sequence": 3, "why": "Missing: 3."}]}
