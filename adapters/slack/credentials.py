"""A space's way into its workspace: read for each call, kept nowhere."""

from dataclasses import dataclass, field
from typing import Final

from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack.connection import client
from adapters.store.slack import PostgresSlack
from domain.ports.slack import Installation
from domain.ports.vault import Vault
from models.payloads.scope import Scope

PURPOSE: Final = "slack bot token"


@dataclass(frozen=True, slots=True)
class Way:
    installation: Installation
    client: AsyncWebClient = field(repr=False)


class Credentials:
    def __init__(self, store: PostgresSlack, vault: Vault, url: str) -> None:
        """`url` is the address of Slack's Web API."""
        self._store = store
        self._vault = vault
        self.url = url

    async def way(self, scope: Scope) -> Way | None:
        """None: not installed in this space."""
        found = await self._store.credentials(scope)
        if found is None:
            return None
        installation, sealed = found
        token = self._vault.open(scope, PURPOSE, sealed)
        return Way(installation, client(self.url, token))

    def sealed(self, scope: Scope, token: str) -> bytes:
        return self._vault.seal(scope, PURPOSE, token)
