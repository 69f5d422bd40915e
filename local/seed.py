"""The local stack's organisations, spaces and people, so that the first to come finds them."""

from adapters.store.database import Database
from adapters.store.session import Session
from adapters.store.spaces import PostgresSpaces
from domain.ports.identity import Caller
from local.paths import Folder
from local.people import Local, Place, listed, places
from models.payloads.scope import Scope
from models.states import Role

_ORGANISATION = "UPDATE organisation SET name = $2 WHERE id = $1 AND name = ''"
_SPACE = "UPDATE space SET name = $3 WHERE id = $1 AND organisation_id = $2 AND name = ''"


async def plant(owner_url: str, folder: Folder) -> None:
    """Make the rows, once. Row-level security binds the owner too, so this is a token's way."""
    database = Database(owner_url, pool_size=1)
    spaces = PostgresSpaces(database)
    try:
        for one in listed(folder):
            await spaces.mirror(_caller(one), _scope(one.place))
        for place in places(folder):
            await _name(database, place)
    finally:
        await database.close()


async def _name(database: Database, place: Place) -> None:
    """Whoever has named it otherwise keeps that."""

    async def work(session: Session) -> None:
        await session.fetch(_ORGANISATION, place.organisation_id, place.organisation)
        await session.fetch(_SPACE, place.space_id, place.organisation_id, place.space)

    await database.run(_scope(place), work)


def _scope(place: Place) -> Scope:
    return Scope(organisation_id=place.organisation_id, space_id=place.space_id)


def _caller(one: Local) -> Caller:
    return Caller(
        user_id=one.id,
        organisation_id=one.place.organisation_id,
        spaces={one.place.space_id: Role(one.role)},
        token_id="local",  # noqa: S106 - a name, and no secret
    )
