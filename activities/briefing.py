"""What an agent is told this time: its template filled in, and the manner of the turn's kind."""

import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from uuid import UUID

from domain.instructions import Facts, briefed, is_template, names_space, said_of
from domain.ports.identity import Spaces
from domain.tools.toolbox import Toolbox
from models.errors import NotFoundError
from models.payloads.agent import Agent, Strategy
from models.payloads.scope import Scope

# A space's name and voice change seldom, and each step would ask for them.
SECONDS = 60.0
REMEMBERED = 2_000


class Briefing:
    """Over the spaces. An agent without a template, examples or a manner costs nothing."""

    def __init__(
        self,
        spaces: Spaces,
        *,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._spaces = spaces
        self._clock = clock
        self._now = now
        self._known: OrderedDict[UUID, tuple[float, Mapping[str, str]]] = OrderedDict()

    async def of(self, scope: Scope, agent: Agent, toolbox: Toolbox, kind: Strategy) -> Agent:
        """The agent as this step asks it. InvalidError agent_template_invalid."""
        plain = not (is_template(agent.instructions) or agent.examples)
        if plain and kind in {Strategy.PLAIN, Strategy.AUTO}:
            return agent
        space = await self._space(scope) if names_space(agent.instructions) else {}
        facts = Facts(
            today=self._now().date(),
            space=space,
            tools=tuple(tool.name for tool in toolbox),
            collections=agent.collections,
        )
        return briefed(agent, facts, kind)

    async def _space(self, scope: Scope) -> Mapping[str, str]:
        now = self._clock()
        kept = self._known.get(scope.space_id)
        if kept is not None and now - kept[0] < SECONDS:
            return kept[1]
        space = await self._asked(scope)
        self._known[scope.space_id] = now, space
        self._known.move_to_end(scope.space_id)
        while len(self._known) > REMEMBERED:
            self._known.popitem(last=False)
        return space

    async def _asked(self, scope: Scope) -> Mapping[str, str]:
        try:
            return await said_of(self._spaces, scope)
        except NotFoundError:
            return {}
