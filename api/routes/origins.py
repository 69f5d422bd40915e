"""From where other people's pages may call."""

from fastapi import APIRouter

from api.dependencies import Admin, ThePorts
from api.routes.documentation import failures
from api.schemas.origins import OriginsBody, OriginsView

router = APIRouter(prefix="/v1/origins", tags=["origins"])


@router.get("", operation_id="listOrigins", responses=failures())
async def all_of_organisation(the: ThePorts, context: Admin) -> OriginsView:
    """Pages of these origins may call for the organisation's people, in all its spaces."""
    return OriginsView(origins=sorted(await the.origins.of(context.scope.organisation_id)))


@router.put("", operation_id="replaceOrigins", responses=failures())
async def replace(the: ThePorts, context: Admin, body: OriginsBody) -> OriginsView:
    """These and no others, within seconds on every edge. They call with bearer tokens of their
    own: cookies of ours are never sent along."""
    listed = sorted(set(body.origins))
    await the.origins.replace(context.scope, listed, by=context.caller.user_id)
    return OriginsView(origins=listed)
