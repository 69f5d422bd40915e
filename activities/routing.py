"""Choose who answers a message that left it open, and how; claim it for that agent."""

from temporalio import activity

from activities.accounting import spent
from activities.beginning import opening_of
from activities.choosing import Chooser, Chosen
from activities.failures import reported
from activities.heartbeat import heartbeating
from domain import strategy
from domain.catalogue import DEFAULT, DIRECT
from domain.ports.agents import Agents
from domain.ports.routing import MessageTexts
from domain.ports.transcript import ClaimedTurn, Transcript, UsageEntry
from domain.routing import Choice, by_rules
from models.payloads.agent import AUTO, AgentPlan, Strategy
from models.payloads.events import AgentChosen
from models.payloads.routing import ChooseReply, ChooseRequest
from models.payloads.scope import Scope
from models.payloads.turn import IncomingMessage

# What an organisation has set for its agent stands; these leave it to the turn.
_OPEN = frozenset({Strategy.AUTO, Strategy.PLAIN})


class RoutingActivities:
    """Before a turn that leaves its agent or its strategy open. Without a chooser the rules and
    the default do."""

    def __init__(
        self,
        transcript: Transcript,
        texts: MessageTexts,
        agents: Agents,
        chooser: Chooser | None = None,
    ) -> None:
        self._transcript = transcript
        self._texts = texts
        self._agents = agents
        self._chooser = chooser

    @activity.defn(name="routing.choose")
    async def choose(self, request: ChooseRequest) -> ChooseReply:
        """Stored with the claim, so that a repeat finds what the first attempt chose. Whatever
        comes next shows the event, with all others that the claim has stored."""
        async with heartbeating():
            with reported():
                return await self._choose(request)

    async def _choose(self, request: ChooseRequest) -> ChooseReply:
        turn, message = request.turn, request.claim.message
        text = message.content
        if text is None:
            text = await self._texts.text(turn, message)
        choice, usage = await self._chosen(turn.scope, message.agent, text)
        plan = await self._plan(turn.scope, message, choice)
        claim = request.claim.model_copy(
            update={"message": message.model_copy(update={"agent": plan})}
        )
        event = AgentChosen(
            agent=plan.name,
            version=plan.version,
            reason=choice.reason,
            strategy=plan.strategy.value,
        )
        claimed = await self._transcript.claim(turn, claim, (*opening_of(claim), event))
        if claimed.taken or claimed.closed:
            return ChooseReply(duplicate=True)
        if usage is not None:
            await self._transcript.account(turn, "routing", usage)
        return ChooseReply(
            agent=await self._standing(turn.scope, claimed, plan),
            spent=spent([] if usage is None else [usage]),
        )

    async def _chosen(
        self, scope: Scope, plan: AgentPlan, text: str
    ) -> tuple[Choice, UsageEntry | None]:
        """Who and how; the model is asked once, for whichever of both the rules leave open."""
        how = strategy.by_rules(text)
        if plan.name == AUTO:
            agents = tuple(await self._agents.all(scope))
            who = by_rules(text, agents, DEFAULT, DIRECT.name)
        else:
            agents = (await self._agents.get(scope, plan.name, plan.version),)
            who = Choice(plan.name, "The message's own agent.")
        asked = Chosen(None)
        if self._chooser is not None and (who is None or (who.strategy or how) is None):
            asked = await self._chooser.choose(text, agents, DEFAULT if who is None else who.agent)
        said = asked.choice
        if who is None:
            who = said or Choice(DEFAULT, "No agent's field clearly fits.")
        manner = who.strategy or how or (said and said.strategy) or Strategy.PLAIN
        return Choice(who.agent, who.reason, manner), asked.usage

    async def _plan(self, scope: Scope, message: IncomingMessage, choice: Choice) -> AgentPlan:
        plan = message.agent
        if plan.name == AUTO:
            plan = (await self._agents.get(scope, choice.agent)).plan()
        # A called agent's plan is cut to what its caller has left: only the strategy is open.
        if plan.strategy in _OPEN:
            plan = plan.model_copy(update={"strategy": choice.strategy or Strategy.PLAIN})
        return plan

    async def _standing(self, scope: Scope, claimed: ClaimedTurn, plan: AgentPlan) -> AgentPlan:
        """What the first attempt chose, should this be a later one that chose otherwise."""
        for logged in claimed.events:
            event = logged.event
            if isinstance(event, AgentChosen) and event.agent:
                kept = plan
                if (event.agent, event.version) != (plan.name, plan.version):
                    agent = await self._agents.get(scope, event.agent, event.version)
                    kept = agent.plan()
                return kept.model_copy(update={"strategy": Strategy(event.strategy)})
        # The turn was claimed before anybody asked: for the agent that the message names.
        return plan
