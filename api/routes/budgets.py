"""What the space and its users may spend in a month."""

from fastapi import APIRouter

from api.dependencies import Admin, Context, ThePorts, Viewer
from api.ports import Ports
from api.routes.documentation import failures
from api.schemas.policy import AllowanceView, BudgetChange, BudgetsView, BudgetView
from domain.ports.policies import Budget

router = APIRouter(prefix="/v1/budgets", tags=["policy"])


@router.get("", operation_id="getBudgets", responses=failures())
async def get(the: ThePorts, context: Viewer) -> BudgetsView:
    """All that are set, and what they leave the caller."""
    return await _view(the, context)


@router.put("", operation_id="setBudget", responses=failures(429))
async def put(the: ThePorts, context: Admin, body: BudgetChange) -> BudgetsView:
    """Set one holder's budget, or lift it by leaving both limits out. A turn that is running ends
    as `budget_exhausted` before its next model call."""
    budget = Budget(body.holder, body.user_id, body.tokens, body.cost_usd)
    await the.allowances.set(context.scope, budget, by=context.caller.user_id)
    return await _view(the, context)


async def _view(the: Ports, context: Context) -> BudgetsView:
    budgets = await the.allowances.all(context.scope)
    left = await the.allowances.left(context.scope, context.caller.user_id)
    return BudgetsView(
        budgets=[BudgetView.model_validate(budget) for budget in budgets],
        yours=[AllowanceView.model_validate(one) for one in left],
    )
