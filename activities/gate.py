"""The gate: what a step's calls may do, by the policy and by what the turn has read."""

import asyncio
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from domain.outward import Outlook
from domain.policy import Facts, decide
from domain.ports.policies import Allowances, Policies
from domain.ports.transcript import StepContext
from domain.taint import is_tainted, seen
from domain.tools.tool import Tool
from domain.tools.toolbox import Toolbox
from models.payloads.agent import Agent
from models.payloads.policy import Decision, Effect, Policy, Ruling
from models.payloads.safety import Safety
from models.payloads.scope import Scope
from models.payloads.turn import ThinkRequest


@dataclass(frozen=True, slots=True)
class Standing:
    """What a step's calls are judged by; the same for all of them."""

    policy: Policy
    safety: Safety
    tainted: bool
    """The step has read text that nobody vouches for."""
    request: ThinkRequest
    agent: Agent
    outlook: Outlook

    def judge(self, tool: Tool, arguments: dict[str, Any]) -> Decision:
        """By validated arguments, of one call of the step after the other. Texts are compared only
        for those that a person will see, and that would leave the space."""
        facts = Facts(
            tool=tool.name,
            effect=tool.effect,
            arguments=arguments,
            role=self.request.role,
            cost=self.request.spent.cost_usd,
            tainted=self.tainted,
            carries=self._carried(tool, arguments),
        )
        decision = decide(self.policy, self.agent, facts)
        if decision.ruling is not Ruling.ASK:
            return decision
        return decision.model_copy(update={"quotes": self.outlook.quotes(arguments)})

    def _carried(self, tool: Tool, arguments: dict[str, Any]) -> str:
        reads = tool.effect is Effect.READ
        return self.outlook.carried(tool, arguments) if self.tainted and reads else ""


class Gate:
    def __init__(self, policies: Policies, allowances: Allowances) -> None:
        self._policies = policies
        self._allowances = allowances

    async def exhausted(self, scope: Scope, user_id: UUID) -> str:
        """The name of a budget that is spent; empty while none is."""
        left = await self._allowances.left(scope, user_id)
        return next((one.name for one in left if one.exhausted), "")

    async def standing(
        self, request: ThinkRequest, agent: Agent, loaded: StepContext, toolbox: Toolbox
    ) -> Standing:
        """The policy in force now, and what the step's window holds."""
        scope = request.turn.scope
        texts = seen(request, loaded, toolbox)
        policy, safety = await asyncio.gather(
            self._policies.get(scope), self._policies.safety(scope)
        )
        return Standing(
            policy=policy,
            safety=safety,
            tainted=is_tainted(request, loaded, texts),
            request=request,
            agent=agent,
            outlook=Outlook(texts, agent.instructions, toolbox),
        )
