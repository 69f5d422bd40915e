"""What the space says of its business."""

from fastapi import APIRouter

from api.dependencies import Admin, ThePorts, Viewer
from api.routes.documentation import failures
from api.schemas.space import Profile, ProfileView

router = APIRouter(prefix="/v1/space", tags=["space"])


@router.get("/profile", operation_id="getProfile", responses=failures())
async def get(the: ThePorts, context: Viewer) -> ProfileView:
    """The profile that every turn starts from."""
    return ProfileView(text=await the.spaces.profile(context.scope))


@router.put("/profile", operation_id="setProfile", responses=failures())
async def put(the: ThePorts, context: Admin, body: Profile) -> ProfileView:
    """Write it: a few paragraphs on what the business is, sells and avoids."""
    text = body.text.strip()
    await the.spaces.set_profile(context.scope, text)
    return ProfileView(text=text)
