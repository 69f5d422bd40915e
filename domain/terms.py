"""What a caller sets for one turn, where the agent leaves it open."""

from typing import Final
from xml.sax.saxutils import escape

from models.payloads.agent import Agent, Open, Terms

# Of the caller's instructions: they travel with the turn, and stand in each of its steps.
INSTRUCTIONS_BYTES: Final = 4_096
_CALLERS: Final = (
    "Whoever asks has added what follows. Follow it where it does not contradict what stands above."
)


def closed(agent: Agent, terms: Terms) -> Open | None:
    """The first that is set and not the caller's to set. What the agent has itself may be said."""
    for name in Open:
        wanted = getattr(terms, name)
        own = None if name is Open.INSTRUCTIONS else getattr(agent, name)
        if wanted not in {None, own} and name not in agent.open_parameters:
            return name
    return None


def agreed(agent: Agent, terms: Terms | None) -> Agent:
    """The agent as this caller's turn asks it. Another version may be less open than the one that
    was asked for: what it does not leave open stays."""
    if terms is None:
        return agent
    changes: dict[str, object] = {}
    if Open.TEMPERATURE in agent.open_parameters and terms.temperature is not None:
        changes["temperature"] = terms.temperature
    if Open.OUTPUT_TOKENS in agent.open_parameters and terms.output_tokens is not None:
        changes["output_tokens"] = min(terms.output_tokens, agent.output_tokens)
    if Open.INSTRUCTIONS in agent.open_parameters and terms.instructions:
        added = f"{_CALLERS}\n<caller>{escape(terms.instructions)}</caller>"
        changes["instructions"] = f"{agent.instructions}\n\n{added}".strip()
    return agent.model_copy(update=changes)
