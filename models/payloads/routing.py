"""Choosing who answers a message, and how, before its turn begins."""

from models.payloads.agent import AgentPlan
from models.payloads.base import Payload
from models.payloads.scope import TurnKey
from models.payloads.turn import Claim, Spent


class ChooseRequest(Payload):
    """The message's agent is `auto`, or leaves its strategy open."""

    turn: TurnKey
    claim: Claim


class ChooseReply(Payload):
    """The turn is claimed for `agent`: what follows names it in its own claim."""

    agent: AgentPlan | None = None
    """None for a duplicate."""
    duplicate: bool = False
    spent: Spent = Spent()
    """By the fast model, where it was asked."""
