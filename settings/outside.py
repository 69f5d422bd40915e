"""What agents reach outside: the web, tools' servers, Google, tables."""

from decimal import Decimal
from typing import Literal

from pydantic import Field, SecretStr

from settings.group import Group


class WebSettings(Group):
    """Fetching the pages that people name."""

    contact: str = ""
    """An address for site owners, sent with our name: `+https://…` or an e-mail address."""
    ports: frozenset[int] = frozenset({80, 443})
    allowed: tuple[str, ...] = ()
    """Servers inside that may be fetched from all the same, each `<IP address>:<port>`."""
    refused: tuple[str, ...] = ()
    """Networks that look public and are not for everyone: this deployment's own addresses."""


class WebSearchSettings(Group):
    """Who searches the web for agents; without a provider the tools say that there is none."""

    provider: Literal["brave", "serper", "searxng"] | None = None
    api_key: SecretStr | None = None
    """Of brave or serper."""
    url: str | None = None
    """A searxng server's address, which may be inside; else of a proxy in a provider's place."""
    price_usd: Decimal | None = None
    """What one search costs by the plan that was bought, for the books; None: not known."""


class McpCommandSettings(Group):
    """A program that speaks the Model Context Protocol over its pipes."""

    program: tuple[str, ...]
    """With its arguments; found by PATH."""
    environment: dict[str, SecretStr] = Field(default_factory=dict)
    """All that it gets, beside PATH."""
    megabytes: int = 0
    """Of address space; 0: no limit, as Node needs."""


class McpSettings(Group):
    """What organisations may register as servers of the Model Context Protocol."""

    commands: dict[str, McpCommandSettings] = Field(default_factory=dict)
    """Programs by name: tenants choose from them, and name no others."""
    ports: frozenset[int] = frozenset({80, 443})
    allowed: tuple[str, ...] = ()
    """Servers inside that may be reached all the same, each `<IP address>:<port>`."""
    refused: tuple[str, ...] = ()
    """Networks that look public and are not for everyone: this deployment's own addresses."""

    def programs(self) -> dict[str, tuple[tuple[str, ...], dict[str, str], int]]:
        """As `adapters.mcp.registry.mcp_servers` takes them."""
        return {
            name: (
                one.program,
                {key: value.get_secret_value() for key, value in one.environment.items()},
                one.megabytes,
            )
            for name, one in self.commands.items()
        }


class GoogleSettings(Group):
    """This deployment's registration with Google, for Analytics; without one, it says so."""

    client_id: str = ""
    client_secret: SecretStr = SecretStr("")
    redirect_url: str = ""
    """Of `/v1/connections/callback`, as it is registered there."""
    accounts_url: str = "https://accounts.google.com"
    tokens_url: str = "https://oauth2.googleapis.com"
    analytics_url: str = "https://analyticsdata.googleapis.com"

    def registration(self) -> dict[str, str] | None:
        """As `adapters.connections.google.google` takes it."""
        if not (self.client_id and self.redirect_url):
            return None
        return {
            "client_id": self.client_id,
            "client_secret": self.client_secret.get_secret_value(),
            "redirect_url": self.redirect_url,
            "accounts_url": self.accounts_url,
            "tokens_url": self.tokens_url,
        }


class TablesSettings(Group):
    """What agents ask in SQL of their own."""

    database_url: SecretStr | None = None
    """The role `holdfast_reader`, which can read some columns of one space, and nothing else."""
