"""The local stack's organisation, space and member, so that the first token finds them."""

from uuid import UUID

from adapters.store.database import Database
from adapters.store.spaces import PostgresSpaces
from domain.ports.identity import Caller
from models.payloads.scope import Scope
from models.states import Role


async def plant(owner_url: str, organisation_id: UUID, space_id: UUID, user_id: UUID) -> None:
    """Make the rows, once. Row-level security binds the owner too, so this is a token's way."""
    scope = Scope(organisation_id=organisation_id, space_id=space_id)
    caller = Caller(
        user_id=user_id,
        organisation_id=organisation_id,
        spaces={space_id: Role.ADMIN},
        token_id="local",  # noqa: S106 - a name, and no secret
    )
    database = Database(owner_url, pool_size=1)
    try:
        await PostgresSpaces(database).mirror(caller, scope)
    finally:
        await database.close()
