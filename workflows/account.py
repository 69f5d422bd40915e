"""What a turn has used of its agent's limits."""

from models.payloads.agent import AgentPlan
from models.payloads.turn import Finish, Outcome, Spent, ThinkReply
from workflows.ending import Ending


class Account:
    def __init__(self, agent: AgentPlan, *, bad_steps_allowed: int) -> None:
        self.step = 0
        """The last one that ended."""
        self.spent = Spent()
        self._agent = agent
        self._steps_allowed = agent.iteration_limit
        self._bad_steps = 0
        self._bad_steps_allowed = bad_steps_allowed

    def take(self, step: int, reply: ThinkReply) -> None:
        """Enter a step. One whose calls are all unsound brings the turn nearer to its end."""
        self.step = step
        self.add(Spent(tokens=reply.tokens, cost_usd=reply.cost_usd, calls=len(reply.calls)))
        bad = bool(reply.calls) and not any(call.valid or call.denied for call in reply.calls)
        self._bad_steps = self._bad_steps + 1 if bad else 0

    def add(self, spent: Spent) -> None:
        self.spent = Spent(
            tokens=self.spent.tokens + spent.tokens,
            cost_usd=self.spent.cost_usd + spent.cost_usd,
            calls=self.spent.calls + spent.calls,
        )

    def go_on(self) -> bool:
        """Another step after an answer, one more than the agent's limit if need be; the budgets
        hold all the same."""
        if self._exhausted():
            return False
        if self.step >= self._steps_allowed:
            self._steps_allowed += 1
        return True

    def reached(self) -> Ending | None:
        """The limit that ends the turn now."""
        if self._bad_steps >= self._bad_steps_allowed:
            return Ending(
                Outcome.FAILED,
                code="tool_calls_invalid",
                detail=f"The model made {self._bad_steps} invalid tool calls in a row.",
            )
        if self.step >= self._steps_allowed:
            return Ending(Outcome.ITERATION_LIMIT)
        if code := self._exhausted():
            return exhausted(code)
        return None

    def too_many_calls(self) -> Ending | None:
        """Before the calls of a step run: those that a limit forbids do not run at all."""
        if self.spent.calls > self._agent.tool_call_limit:
            return Ending(
                Outcome.ITERATION_LIMIT,
                Finish.TOOL_CALLS,
                code="tool_call_limit",
                detail=f"One turn may make {self._agent.tool_call_limit} tool calls at most.",
            )
        return None

    def _exhausted(self) -> str:
        agent, spent = self._agent, self.spent
        if spent.tokens >= agent.token_budget:
            return "turn_tokens"
        if agent.cost_budget is not None and spent.cost_usd >= agent.cost_budget:
            return "turn_cost"
        return ""


_DETAILS = {
    "turn_tokens": "One turn may use no more tokens with this agent.",
    "turn_cost": "One turn may cost no more with this agent.",
    "space_month_cost": "The space has spent its budget for this month: an admin can raise it.",
    "space_month_tokens": "The space has used its tokens for this month: an admin can raise them.",
    "user_month_cost": "You have spent your budget for this month: an admin can raise it.",
    "user_month_tokens": "You have used your tokens for this month: an admin can raise them.",
}


def exhausted(budget: str) -> Ending:
    """The end of a turn whose budget of this name is spent, with what to do about it."""
    detail = _DETAILS.get(budget, "A budget is spent.")
    return Ending(Outcome.BUDGET_EXHAUSTED, code=budget, detail=detail)
