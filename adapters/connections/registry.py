"""The providers that a deployment is registered with."""

from collections.abc import Mapping, Sequence

from redis.asyncio import Redis

from adapters.connections.google import google
from adapters.connections.oauth import OAuthConnections
from adapters.connections.state import Journeys
from adapters.store.connections import PostgresGrants
from adapters.store.database import Database
from adapters.vault import KeyringVault


def connections(
    database: Database,
    redis: Redis,
    keyring: Sequence[str],
    *,
    google_as: Mapping[str, str] | None,
) -> OAuthConnections:
    """`google_as` are the arguments of `google`; None: not registered there."""
    vault = KeyringVault(keyring)
    providers = [] if google_as is None else [google(**google_as)]
    return OAuthConnections(PostgresGrants(database), vault, Journeys(redis, vault), providers)
