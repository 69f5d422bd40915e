"""Keys that programs call with, made and revoked by admins."""

from dataclasses import asdict
from datetime import timedelta
from uuid import UUID

from fastapi import APIRouter, Response

from api.admission import Context
from api.dependencies import Admin, ThePorts
from api.routes.documentation import failures
from api.schemas.api_keys import ApiKeysView, ApiKeyView, MadeApiKey, NewApiKey
from domain.ports.api_keys import PREFIX
from models.errors import AccessError

router = APIRouter(prefix="/v1/api-keys", tags=["api keys"])


@router.get("", operation_id="listApiKeys", responses=failures())
async def all_of_space(the: ThePorts, context: Admin) -> ApiKeysView:
    """The space's keys, the newest first; never their secrets."""
    found = await the.keys.all(context.scope)
    return ApiKeysView(items=[ApiKeyView.model_validate(one) for one in found])


@router.post("", status_code=201, operation_id="createApiKey", responses=failures(429))
async def create(the: ThePorts, context: Admin, body: NewApiKey) -> MadeApiKey:
    """Make a key for this space, that acts as you. It is shown in this answer, and never again."""
    _refuse_keys(context)
    life = None if body.expires_in is None else timedelta(seconds=body.expires_in)
    key, known = await the.keys.create(context.scope, context.caller, body.name, body.role, life)
    return MadeApiKey(key=key, **asdict(known))


@router.delete(
    "/{key_id}",
    status_code=204,
    operation_id="revokeApiKey",
    response_class=Response,
    responses=failures(404),
)
async def revoke(the: ThePorts, context: Admin, key_id: UUID) -> None:
    """It opens nothing from now on; streams and sockets that are open end with their time."""
    _refuse_keys(context)
    await the.keys.revoke(context.scope, key_id, by=context.caller.user_id)


def _refuse_keys(context: Context) -> None:
    """One that leaked would live on in those that it made."""
    if not context.caller.mirrored:
        detail = f"Keys ({PREFIX}…) neither make nor revoke keys: sign in."
        raise AccessError(detail, code="person_required")
