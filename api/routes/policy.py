"""What agents may do here, and what is done to what comes in and goes out."""

from fastapi import APIRouter

from api.dependencies import Admin, ThePorts, Viewer
from api.routes.documentation import REPEATABLE, failures
from api.schemas.base import List
from api.schemas.policy import (
    DecisionView,
    PolicyChange,
    PolicyView,
    SafetyChange,
    SafetyView,
    Trial,
)
from domain.policy import Facts, decide
from domain.policy_reading import read_policy, read_safety
from domain.ports.policies import PolicyVersion
from models.payloads.policy import Decision

router = APIRouter(prefix="/v1", tags=["policy"])


@router.get("/policy", operation_id="getPolicy", responses=failures())
async def get(the: ThePorts, context: Viewer) -> PolicyView:
    """The organisation's policy that is in force."""
    return _view((await the.policies.versions(context.scope))[0])


@router.put("/policy", operation_id="setPolicy", responses=failures(409))
async def put(the: ThePorts, context: Admin, body: PolicyChange) -> PolicyView:
    """Put another in its place, as the next version. What it says is checked first."""
    saved = await the.policies.put(
        context.scope,
        read_policy(body.policy),
        expected=body.expected,
        by=context.caller.user_id,
        note=body.note,
    )
    return _view(saved)


@router.get("/policy/versions", operation_id="listPolicyVersions", responses=failures())
async def versions(the: ThePorts, context: Viewer) -> List[PolicyView]:
    """The last 200, the newest first; the one that ships is the oldest."""
    found = await the.policies.versions(context.scope)
    return List(items=[_view(one) for one in found], next_cursor=None)


@router.post(
    "/policy/try",
    operation_id="tryPolicy",
    openapi_extra=REPEATABLE,
    response_model=DecisionView,
    responses=failures(),
)
async def attempt(the: ThePorts, context: Viewer, body: Trial) -> Decision:
    """What it would say of a call, and why. Nothing runs."""
    if body.policy is None:
        policy = await the.policies.get(context.scope)
    else:
        policy = read_policy(body.policy)
    facts = Facts(
        tool=body.tool,
        effect=body.effect,
        arguments=body.arguments,
        role=body.role,
        cost=body.cost_usd,
        tainted=body.tainted,
        carries=body.carries,
    )
    return decide(policy, await the.agents.get(context.scope, body.agent), facts)


@router.get("/safety", operation_id="getSafety", responses=failures())
async def get_safety(the: ThePorts, context: Viewer) -> SafetyView:
    """What the space has taken out of answers, and what it does about malicious messages."""
    return SafetyView(safety=await the.policies.safety(context.scope))


@router.put("/safety", operation_id="setSafety", responses=failures())
async def put_safety(the: ThePorts, context: Admin, body: SafetyChange) -> SafetyView:
    """Change it for turns from now on."""
    safety = read_safety(body.safety)
    await the.policies.put_safety(context.scope, safety, by=context.caller.user_id)
    return SafetyView(safety=safety)


def _view(found: PolicyVersion) -> PolicyView:
    return PolicyView(
        version=found.policy.version,
        policy=found.policy,
        created_by=found.created_by,
        created_at=found.created_at,
        note=found.note,
    )
