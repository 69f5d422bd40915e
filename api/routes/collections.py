"""Collections: list, make, read, change, remove."""

import re
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Response

from api.dependencies import Admin, IdempotencyKey, ThePorts, Viewer
from api.reserved import refuse_reserved
from api.routes.documentation import failures
from api.schemas.collections import (
    CollectionChange,
    CollectionList,
    CollectionView,
    NewCollection,
)
from domain.ports.knowledge import Collection
from models.errors import ConflictError, NotFoundError
from models.payloads.knowledge import COLLECTION_PATTERN

router = APIRouter(prefix="/v1/collections", tags=["collections"])


async def _possible(name: str) -> str:
    """One that no collection can have is unknown, like any other that none has."""
    if not _NAME.fullmatch(name):
        raise NotFoundError("There is no such collection.", code="collection_not_found")
    return name


_NAME: Final = re.compile(COLLECTION_PATTERN.removesuffix("$"))
Name = Annotated[str, Depends(_possible)]


@router.get("", operation_id="listCollections", responses=failures())
async def page(the: ThePorts, context: Viewer) -> CollectionList:
    """The space's collections, by name; `general` is always among them."""
    found = await the.collections.all(context.scope)
    return CollectionList(items=[CollectionView.model_validate(one) for one in found])


@router.post(
    "",
    status_code=201,
    operation_id="createCollection",
    response_model=CollectionView,
    responses={
        200: {"model": CollectionView, "description": "A copy of the request that made it"},
        **failures(409, 429),
    },
)
async def create(
    the: ThePorts, context: Admin, body: NewCollection, key: IdempotencyKey, response: Response
) -> Collection:
    """Make one. Its name is its id: with an `Idempotency-Key`, a copy of the request that made
    it is answered with it; else 409 `collection_exists`."""
    response.headers["location"] = f"/v1/collections/{body.name}"
    try:
        return await the.collections.create(context.scope, body.collection())
    except ConflictError:
        if key is None:
            raise
        made = await the.collections.get(context.scope, body.name)
        if not body.describes(made):
            raise
        response.status_code = 200
        return made


@router.get(
    "/{name}",
    operation_id="getCollection",
    response_model=CollectionView,
    responses=failures(404),
)
async def get(the: ThePorts, context: Viewer, name: Name) -> Collection:
    """Read one."""
    return await the.collections.get(context.scope, name)


@router.patch(
    "/{name}",
    operation_id="changeCollection",
    response_model=CollectionView,
    responses=failures(404),
)
async def change(the: ThePorts, context: Admin, name: Name, body: CollectionChange) -> Collection:
    """Change what is said of it, or how it is cut. Documents that it has keep their passages
    until they are taken in again."""
    now = await the.collections.get(context.scope, name)
    return await the.collections.update(context.scope, body.applied(now))


@router.delete(
    "/{name}",
    status_code=204,
    operation_id="deleteCollection",
    responses=failures(404, 409),
)
async def delete(the: ThePorts, context: Admin, name: Name) -> None:
    """Remove an empty one. `general` stays, and so does `approved_content`."""
    refuse_reserved(name)
    await the.collections.delete(context.scope, name)
