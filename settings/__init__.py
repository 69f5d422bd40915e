"""Everything the environment may set. Read once, by the processes that start things."""

from datetime import timedelta
from pathlib import Path

from pydantic import SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from settings.keeping import OriginalsSettings, VaultSettings
from settings.outside import (
    GoogleSettings,
    McpCommandSettings,
    McpSettings,
    TablesSettings,
    WebSearchSettings,
    WebSettings,
)
from settings.people import (
    IdentitySettings,
    RatesSettings,
    SessionSettings,
    SlackSettings,
    TierSettings,
)
from settings.process import LogSettings, TemporalSettings
from settings.providers import (
    EmbeddingSettings,
    EnhancementSettings,
    ModelSettings,
    ModerationSettings,
    PictureSettings,
    RerankSettings,
)

__all__ = [
    "EmbeddingSettings",
    "EnhancementSettings",
    "GoogleSettings",
    "IdentitySettings",
    "LogSettings",
    "McpCommandSettings",
    "McpSettings",
    "ModelSettings",
    "ModerationSettings",
    "OriginalsSettings",
    "PictureSettings",
    "RatesSettings",
    "RerankSettings",
    "SessionSettings",
    "Settings",
    "SlackSettings",
    "TablesSettings",
    "TemporalSettings",
    "TierSettings",
    "VaultSettings",
    "WebSearchSettings",
    "WebSettings",
]


class Settings(BaseSettings):
    """`HOLDFAST_DATABASE_URL`, `HOLDFAST_TEMPORAL__ADDRESS`, …"""

    model_config = SettingsConfigDict(
        env_prefix="HOLDFAST_",
        env_nested_delimiter="__",
        env_file=".env",
        # A compose file can pass a name on without knowing whether it was given.
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        use_attribute_docstrings=True,
    )

    database_url: SecretStr
    """The application's role, `postgresql+asyncpg://…`: it holds a password."""
    redis_url: SecretStr = SecretStr("redis://127.0.0.1:6379/0")
    temporal: TemporalSettings = TemporalSettings()
    identity: IdentitySettings = IdentitySettings()
    public_origins: tuple[str, ...] = ()
    """Where people's browsers reach this deployment: `["https://agents.example.org"]`. Behind a
    proxy that ends TLS it must be set; empty: the host that a request names, by its scheme."""
    web_folder: Path | None = None
    """Of the built web app; None: `web/dist` beside this folder."""
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
    rates: RatesSettings = RatesSettings()
    log: LogSettings = LogSettings()
    approval_window: timedelta = timedelta(hours=24)
    message_characters: int = 32_000
    document_bytes: int = 50 * 1024 * 1024
    metrics_host: str = "127.0.0.1"
    metrics_port: int | None = None
    """Where a worker serves what it counts, for Prometheus; 0 takes a free port and logs it."""
