"""Agents: who answers, as the organisation wants it; each change a version."""

import re
from datetime import UTC, datetime
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Header, Query, Response

from api.dependencies import Admin, Context, IdempotencyKey, ThePorts, Viewer
from api.ports import Ports
from api.routes.documentation import failures
from api.schemas.agents import (
    LARGEST_VERSION,
    AgentChange,
    AgentList,
    AgentVersions,
    AgentVersionView,
    AgentView,
    NewAgent,
    Rollback,
    Told,
    VersionSummary,
)
from domain.catalogue.checking import NAME_PATTERN, Surroundings, check
from domain.catalogue.tools import OF_SERVER
from domain.instructions import Facts, briefed, said_of
from domain.ports.agents import AgentVersion
from models.errors import BadRequestError, ConflictError, NotFoundError
from models.payloads.agent import Agent, Strategy

router = APIRouter(prefix="/v1/agents", tags=["agents"])

_NAME: Final = re.compile(NAME_PATTERN)
_MATCH: Final = re.compile(r'(?:W/)?"?(\d{1,10})"?')


async def _possible(name: str) -> str:
    """One that no agent can have is unknown, like any other that none has."""
    if not _NAME.fullmatch(name):
        raise NotFoundError("There is no such agent.", code="agent_not_found")
    return name


async def _match(
    given: Annotated[
        str | None,
        Header(alias="If-Match", description="The version that the change was made on, as `ETag`"),
    ] = None,
) -> int | None:
    if given is None or given.strip() == "*":
        return None
    found = _MATCH.fullmatch(given.strip())
    if found is None:
        raise BadRequestError("If-Match is an agent's version.", code="if_match_invalid")
    return int(found[1])


Name = Annotated[str, Depends(_possible)]
Match = Annotated[int | None, Depends(_match)]
OfVersion = Annotated[
    int | None, Query(ge=1, le=LARGEST_VERSION, description="The current one unless given")
]


@router.get("", operation_id="listAgents", responses=failures())
async def page(the: ThePorts, context: Viewer) -> AgentList:
    """The agents that the caller may use. `auto` stands for whichever of them fits a message."""
    return AgentList(items=[AgentView.of(one) for one in await the.agents.all(context.scope)])


@router.post(
    "",
    status_code=201,
    operation_id="createAgent",
    response_model=AgentVersionView,
    responses={
        200: {"model": AgentVersionView, "description": "A copy of the request that made it"},
        **failures(409, 429),
    },
)
async def create(
    the: ThePorts, context: Admin, body: NewAgent, key: IdempotencyKey, response: Response
) -> AgentVersionView:
    """Make one. Its name is its id: with an `Idempotency-Key`, a copy of the request that made
    it is answered with it; else 409 `agent_exists`."""
    agent = body.agent()
    await _check(the, context, agent)
    response.headers["location"] = f"/v1/agents/{agent.name}"
    try:
        made = await the.agents.create(
            context.scope, agent, by=context.caller.user_id, note=body.note
        )
    except ConflictError:
        if key is None:
            raise
        made = (await the.agents.versions(context.scope, agent.name))[0]
        if made.agent != agent:
            raise
        response.status_code = 200
    return _shown(made, response)


@router.get("/{name}", operation_id="getAgent", responses=failures(404))
async def get(
    the: ThePorts, context: Viewer, name: Name, response: Response, version: OfVersion = None
) -> AgentVersionView:
    """Read one whole, as it was written."""
    return _shown(await _version(the, context, name, version), response)


@router.patch("/{name}", operation_id="changeAgent", responses=failures(404, 409))
async def change(
    the: ThePorts,
    context: Admin,
    name: Name,
    body: AgentChange,
    match: Match,
    response: Response,
) -> AgentVersionView:
    """Make the next version; turns that begin from now on have it, within five seconds. Made on
    another version than the current one: 409 `agent_changed`."""
    now = await _version(the, context, name, None)
    agent = body.applied(now.agent)
    await _check(the, context, agent)
    expected = body.expected if match is None else match
    made = await the.agents.change(
        context.scope,
        agent,
        # What was read a moment ago is what was changed.
        expected=now.agent.version if expected is None else expected,
        by=context.caller.user_id,
        note=body.note,
    )
    return _shown(made, response)


@router.get("/{name}/versions", operation_id="listAgentVersions", responses=failures(404))
async def versions(the: ThePorts, context: Viewer, name: Name) -> AgentVersions:
    """What it was, the newest 200 first; each can be read with `?version=`."""
    found = await the.agents.versions(context.scope, name)
    return AgentVersions(
        archived=found[0].archived, items=[VersionSummary.of(one) for one in found]
    )


@router.post("/{name}/rollback", operation_id="rollBackAgent", responses=failures(404, 409))
async def roll_back(
    the: ThePorts, context: Admin, name: Name, body: Rollback, response: Response
) -> AgentVersionView:
    """Make a next version that says what that one said; it brings an archived agent back."""
    back = await _version(the, context, name, body.version)
    await _check(the, context, back.agent)
    made = await the.agents.roll_back(
        context.scope, name, body.version, by=context.caller.user_id, note=body.note
    )
    return _shown(made, response)


@router.delete(
    "/{name}", status_code=204, operation_id="archiveAgent", responses=failures(404, 409)
)
async def archive(the: ThePorts, context: Admin, name: Name) -> None:
    """No new turn may name it; those that have it go on, and its versions stay. What ships cannot
    be archived (`agent_shipped`)."""
    await the.agents.archive(context.scope, name, by=context.caller.user_id)


@router.get("/{name}/instructions", operation_id="getAgentInstructions", responses=failures(404))
async def told(the: ThePorts, context: Viewer, name: Name, version: OfVersion = None) -> Told:
    """Its instructions as a plain turn in this space has them today: the template filled in, with
    the examples. Tools that this deployment lacks are named here all the same."""
    agent = (await _version(the, context, name, version)).agent
    facts = Facts(
        today=datetime.now(UTC).date(),
        space=await said_of(the.spaces, context.scope),
        tools=agent.tools,
        collections=agent.collections,
    )
    kind = Strategy.PLAIN if agent.strategy is Strategy.AUTO else agent.strategy
    return Told(version=agent.version, instructions=briefed(agent, facts, kind).instructions)


async def _version(the: Ports, context: Context, name: str, version: int | None) -> AgentVersion:
    """NotFoundError, for an agent and for a version."""
    for one in await the.agents.versions(context.scope, name):
        if one.agent.version == version or (version is None and one.current):
            return one
    raise NotFoundError(f"The agent has no version {version}.", code="agent_version_not_found")


async def _check(the: Ports, context: Context, agent: Agent) -> None:
    """InvalidError with the code of what is wrong."""
    agents = await the.agents.all(context.scope)
    collections = await the.collections.all(context.scope)
    around = Surroundings(
        agents={one.name: one for one in agents},
        collections=frozenset(one.name for one in collections),
        server_tools=await _server_tools(the, context, agent),
    )
    check(agent, around)


async def _server_tools(the: Ports, context: Context, agent: Agent) -> frozenset[str] | None:
    """Those that are known of the organisation's servers, in whatever state; None where this edge
    knows no servers, or nothing is asked of them."""
    if the.mcp is None or not any(OF_SERVER in name for name in agent.tools):
        return None
    servers = await the.mcp.all(context.scope)
    return frozenset(
        f"{server.name}{OF_SERVER}{tool.name}" for server in servers for tool in server.tools
    )


def _shown(version: AgentVersion, response: Response) -> AgentVersionView:
    response.headers["etag"] = f'"{version.agent.version}"'
    return AgentVersionView.of(version)
