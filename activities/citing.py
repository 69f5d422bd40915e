"""The check of an answer's citations, before anything of it is stored."""

from collections.abc import Sequence

import structlog

from domain.citations import checked
from domain.ports.transcript import Passage
from domain.tools.search import SEARCH_TOOL
from models.payloads.agent import Agent
from models.payloads.chat import Reply

log = structlog.get_logger(__name__)


def cited(reply: Reply, agent: Agent, passages: Sequence[Passage]) -> tuple[Reply, tuple[str, ...]]:
    """The reply without marks that nothing given bears out, and those marks. Who neither retrieves
    nor searches cites nothing: brackets in its answers are its own."""
    if not (passages or agent.retrieves or SEARCH_TOOL in agent.tools):
        return reply, ()
    found = checked(reply.text, passages)
    if not found.removed and found.text == reply.text:
        return reply, ()
    if found.removed:
        log.info("citations.removed", count=len(found.removed), given=len(passages))
    return reply.model_copy(update={"text": found.text}), found.removed
