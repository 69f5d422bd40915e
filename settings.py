"""Everything the environment may set. Read once, by the processes that start things."""

from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class TemporalSettings(BaseModel):
    address: str = "127.0.0.1:7233"
    namespace: str = "default"
    deployment: str = ""
    """Of these workers; versions of their code then run side by side. Empty: without versions."""
    build_id: str = ""
    """The version's name; empty: derived from the code, so that the same code has the same."""


class IdentitySettings(BaseModel):
    jwks_file: Path | None = None
    jwks_url: str | None = None
    """Used when there is no file; fetched again at most every 10 s for an unknown key id."""
    issuer: str = "holdfast-local"
    audience: str = "holdfast"
    leeway: timedelta = timedelta(seconds=60)
    """Clocks of issuer and edge may differ by this much."""


class ModelSettings(BaseModel):
    provider: Literal["openai", "offline", "chat", "azure", "gemini"] = "offline"
    """openai and offline speak the Responses API; chat any server of Chat Completions; gemini
    goes through google-genai, at Vertex AI when `project` is set."""
    name: str = "offline-1"
    base_url: str | None = None
    api_key: SecretStr = SecretStr("none")
    first_token: timedelta = timedelta(seconds=60)
    between_tokens: timedelta = timedelta(seconds=20)
    context_tokens: int | None = None
    """The model's limit, when it is below what agents assume."""
    output_tokens: int | None = None
    azure_api_version: str = "2024-10-21"
    project: str = ""
    location: str = ""
    thinking_tokens: int | None = None
    """What Gemini may think before it answers; None: as it likes."""


class EnhancementSettings(BaseModel):
    """The fast model that makes questions stand alone before they are searched for."""

    provider: Literal["openai", "offline", "chat", "azure", "gemini"] | None = None
    """None: messages are searched as they stand."""
    name: str = "gemini-2.5-flash"
    base_url: str | None = None
    api_key: SecretStr = SecretStr("none")
    first_token: timedelta = timedelta(seconds=5)
    between_tokens: timedelta = timedelta(seconds=5)
    azure_api_version: str = "2024-10-21"
    project: str = ""
    location: str = ""
    thinking_tokens: int | None = 0
    within: timedelta = timedelta(seconds=1.5)
    """A reader waits for it; later than this the message's own words must do."""


class ModerationSettings(BaseModel):
    """Who is asked about messages and answers of spaces that have them moderated."""

    provider: Literal["openai"] | None = None
    """openai: OpenAI, or any server of its moderation API; None: nobody."""
    name: str = "omni-moderation-latest"
    base_url: str | None = None
    api_key: SecretStr = SecretStr("none")
    azure_api_version: str = ""
    """Of the clients that all servers of OpenAI's API share; unused."""
    within: timedelta = timedelta(seconds=3)
    """A reader waits for it; later than this the text counts as not objected to."""


class EmbeddingSettings(BaseModel):
    provider: Literal["openai", "azure", "vertex"] = "openai"
    """openai: OpenAI, the offline server, or any server of its embeddings API."""
    name: str = "text-embedding-3-large"
    base_url: str | None = None
    api_key: SecretStr = SecretStr("none")
    dimension: int = 3072
    azure_api_version: str = "2024-10-21"
    project: str = ""
    location: str = "us-central1"
    """Of Vertex AI, whose credentials are the environment's own."""


class RerankSettings(BaseModel):
    provider: Literal["local", "cohere", "vertex", "none"] = "local"
    """local: words and vectors on this machine; cohere: any server of Cohere's rerank API."""
    name: str | None = None
    """The model; None: the provider's usual one."""
    url: str | None = None
    """The whole address of a cohere server's rerank endpoint; None: Cohere's own."""
    api_key: SecretStr = SecretStr("none")
    project: str = ""
    """Of Google Cloud, whose credentials are the environment's own."""


class PictureSettings(BaseModel):
    provider: Literal["classical", "vertex"] = "classical"
    """classical: a description of layout and colour made here, which knows no meanings."""
    name: str = "multimodalembedding@001"
    project: str = ""
    location: str = "us-central1"
    caption_model: str = ""
    """A model of the Responses API that sees pictures; empty: captions stay what files say."""
    caption_base_url: str | None = None
    caption_api_key: SecretStr = SecretStr("none")


class WebSettings(BaseModel):
    """Fetching the pages that people name."""

    contact: str = ""
    """An address for site owners, sent with our name: `+https://…` or an e-mail address."""
    ports: frozenset[int] = frozenset({80, 443})
    allowed: tuple[str, ...] = ()
    """Servers inside that may be fetched from all the same, each `<IP address>:<port>`."""
    refused: tuple[str, ...] = ()
    """Networks that look public and are not for everyone: this deployment's own addresses."""


class WebSearchSettings(BaseModel):
    """Who searches the web for agents; without a provider the tools say that there is none."""

    provider: Literal["brave", "serper", "searxng"] | None = None
    api_key: SecretStr | None = None
    """Of brave or serper."""
    url: str | None = None
    """A searxng server's address, which may be inside; else of a proxy in a provider's place."""
    price_usd: Decimal | None = None
    """What one search costs by the plan that was bought, for the books; None: not known."""


class McpCommandSettings(BaseModel):
    """A program that speaks the Model Context Protocol over its pipes."""

    program: tuple[str, ...]
    """With its arguments; found by PATH."""
    environment: dict[str, SecretStr] = {}
    """All that it gets, beside PATH."""
    megabytes: int = 0
    """Of address space; 0: no limit, as Node needs."""


class McpSettings(BaseModel):
    """What organisations may register as servers of the Model Context Protocol."""

    commands: dict[str, McpCommandSettings] = {}
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


class OriginalsSettings(BaseModel):
    """Where documents' bytes lie; edge and worker must reach the same place."""

    url: str = ".holdfast/originals"
    """`s3://bucket/prefix`, `gs://bucket/prefix`, `file:///folder` or a folder's path."""
    endpoint: str | None = None
    """Of another server that speaks S3, or Google's protocol."""
    region: str | None = None
    access_key_id: SecretStr | None = None
    secret_access_key: SecretStr | None = None
    google_key: SecretStr | None = None
    """A service account's key, as JSON. Without keys the vendor's own variables are looked at."""

    def access(self) -> dict[str, str | None]:
        """As `adapters.originals.store.originals_at` takes it beside the address."""
        plain = {"endpoint": self.endpoint, "region": self.region}
        secret = {
            "access_key_id": self.access_key_id,
            "secret_access_key": self.secret_access_key,
            "google_key": self.google_key,
        }
        return plain | {
            name: key.get_secret_value() if key else None for name, key in secret.items()
        }


class VaultSettings(BaseModel):
    """Keys that tenants' secrets are encrypted with; without one, none are kept."""

    keys: tuple[SecretStr, ...] = ()
    """Each 32 bytes in URL-safe base64; the newest first: it encrypts, all decrypt."""
    key_file: Path | None = None
    """The same, one in a line; read when `keys` is empty."""

    def keyring(self) -> tuple[str, ...]:
        """As `adapters.vault.KeyringVault` takes it."""
        if self.keys or self.key_file is None:
            return tuple(key.get_secret_value() for key in self.keys)
        return tuple(self.key_file.read_text(encoding="utf-8").split())


class GoogleSettings(BaseModel):
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


class TablesSettings(BaseModel):
    """What agents ask in SQL of their own."""

    database_url: SecretStr | None = None
    """The role `holdfast_reader`, which can read some columns of one space, and nothing else."""


class SlackSettings(BaseModel):
    """Our app at Slack; without its secrets approvals are decided elsewhere alone."""

    app_id: str = ""
    client_id: str = ""
    client_secret: SecretStr = SecretStr("")
    signing_secret: SecretStr = SecretStr("")
    redirect_url: str = ""
    """This deployment's `/v1/slack/oauth` as Slack's users reach it."""
    link_page: str = ""
    """Where a member confirms that a Slack account is theirs; the token is appended."""
    approval_page: str = ""
    """Where the app shows an approval; its id is appended. Empty: messages have no link."""
    api_url: str = "https://slack.com/api/"
    authorize_url: str = "https://slack.com/oauth/v2/authorize"
    hooks_url: str = "https://hooks.slack.com/"

    @property
    def configured(self) -> bool:
        return bool(self.signing_secret.get_secret_value() and self.client_id)


class SessionSettings(BaseModel):
    idle_window: timedelta = timedelta(minutes=30)


class LogSettings(BaseModel):
    format: Literal["json", "text"] = "json"
    level: str = "INFO"


class Settings(BaseSettings):
    """`HOLDFAST_DATABASE_URL`, `HOLDFAST_TEMPORAL__ADDRESS`, …"""

    model_config = SettingsConfigDict(
        env_prefix="HOLDFAST_",
        env_nested_delimiter="__",
        env_file=".env",
        extra="ignore",
        frozen=True,
    )

    database_url: SecretStr
    """The application's role, `postgresql+asyncpg://…`: it holds a password."""
    redis_url: SecretStr = SecretStr("redis://127.0.0.1:6379/0")
    temporal: TemporalSettings = TemporalSettings()
    identity: IdentitySettings = IdentitySettings()
    model: ModelSettings = ModelSettings()
    enhancement: EnhancementSettings = EnhancementSettings()
    moderation: ModerationSettings = ModerationSettings()
    embedding: EmbeddingSettings = EmbeddingSettings()
    """A change of it gives every space vectors of the new model, in the background."""
    rerank: RerankSettings = RerankSettings()
    former_embeddings: tuple[EmbeddingSettings, ...] = ()
    """Models that spaces still have vectors of: asked until they have those of `embedding`."""
    web: WebSettings = WebSettings()
    web_search: WebSearchSettings = WebSearchSettings()
    mcp: McpSettings = McpSettings()
    originals: OriginalsSettings = OriginalsSettings()
    picture: PictureSettings = PictureSettings()
    vault: VaultSettings = VaultSettings()
    google: GoogleSettings = GoogleSettings()
    tables: TablesSettings = TablesSettings()
    slack: SlackSettings = SlackSettings()
    session: SessionSettings = SessionSettings()
    log: LogSettings = LogSettings()
    approval_window: timedelta = timedelta(hours=24)
    message_characters: int = 32_000
    document_bytes: int = 50 * 1024 * 1024
    metrics_host: str = "127.0.0.1"
    metrics_port: int | None = None
    """Where a worker serves what it counts, for Prometheus; 0 takes a free port and logs it."""
