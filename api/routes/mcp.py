"""Register servers of the Model Context Protocol, and allow their tools one by one."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Response

from api.dependencies import Admin, ThePorts, Viewer
from api.ports import Ports
from api.routes.documentation import failures
from api.schemas.mcp import McpAllowance, McpRegistration, McpServersView, McpServerView
from domain.ports.mcp import McpServers
from models.errors import UnavailableError

router = APIRouter(prefix="/v1/mcp-servers", tags=["mcp"])


def _servers(ports: Ports) -> McpServers:
    if ports.mcp is None:
        raise UnavailableError(
            "This edge speaks to no such servers.", code="mcp_not_configured", retryable=False
        )
    return ports.mcp


ToolName = Annotated[str, Path(min_length=1, max_length=42, pattern="^[A-Za-z0-9_-]+$")]


@router.get("", operation_id="listMcpServers", responses=failures())
async def all_of_organisation(the: ThePorts, context: Viewer) -> McpServersView:
    """The organisation's servers with their tools; never their secrets."""
    found = await _servers(the).all(context.scope)
    return McpServersView(items=[McpServerView.model_validate(one) for one in found])


@router.post(
    "", operation_id="registerMcpServer", status_code=201, responses=failures(409, 422, 429, 503)
)
async def register(the: ThePorts, context: Admin, body: McpRegistration) -> McpServerView:
    """Its tools are looked at; an agent gets none of them before they are allowed. A server that
    cannot be reached is registered all the same, and `error` says why."""
    made = await _servers(the).register(
        context.scope,
        name=body.name,
        transport=body.transport,
        address=body.address,
        secret=body.secret,
        by=context.caller.user_id,
    )
    return McpServerView.model_validate(made)


@router.post("/{server_id}/refresh", operation_id="refreshMcpServer", responses=failures(404))
async def refresh(the: ThePorts, context: Admin, server_id: UUID) -> McpServerView:
    """Look at its tools again: one that differs from what was allowed has to be allowed anew."""
    return McpServerView.model_validate(await _servers(the).refresh(context.scope, server_id))


@router.put("/{server_id}/tools/{tool}", operation_id="allowMcpTool", responses=failures(404, 409))
async def allow(
    the: ThePorts, context: Admin, server_id: UUID, tool: ToolName, body: McpAllowance
) -> McpServerView:
    """Allow the tool as it was looked at, and say what it does to the world."""
    found = await _servers(the).allow(
        *(context.scope, server_id, tool),
        digest=body.digest,
        effect=body.effect,
        by=context.caller.user_id,
    )
    return McpServerView.model_validate(found)


@router.delete("/{server_id}/tools/{tool}", operation_id="refuseMcpTool", responses=failures(404))
async def refuse(the: ThePorts, context: Admin, server_id: UUID, tool: ToolName) -> McpServerView:
    """No agent calls it from now on, whatever it becomes."""
    by = context.caller.user_id
    return McpServerView.model_validate(
        await _servers(the).refuse(context.scope, server_id, tool, by=by)
    )


@router.delete(
    "/{server_id}",
    operation_id="removeMcpServer",
    status_code=204,
    response_class=Response,
    responses=failures(404),
)
async def remove(the: ThePorts, context: Admin, server_id: UUID) -> None:
    """Forget it, its secret and what was allowed."""
    await _servers(the).remove(context.scope, server_id, by=context.caller.user_id)
