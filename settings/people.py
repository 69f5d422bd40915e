"""Who people are, how much they may ask for, and where they meet agents."""

from datetime import timedelta
from pathlib import Path

from pydantic import Field, SecretStr

from settings.group import Group


class IdentitySettings(Group):
    """Whose tokens are believed."""

    jwks_file: Path | None = None
    """The issuer's public keys; one of the two must be set."""
    jwks_url: str | None = None
    """Used when there is no file; fetched again at most every 10 s for an unknown key id."""
    issuer: str = "holdfast-local"
    audience: str = "holdfast"
    leeway: timedelta = timedelta(seconds=60)
    """Clocks of issuer and edge may differ by this much."""
    people_file: Path | None = None
    """Who may sign in in a browser without proof. The local stack sets it, and nothing else may:
    whoever reaches the edge is then whom they say."""


class TierSettings(Group):
    """A minute's."""

    requests: int = Field(gt=0)
    tokens: int = Field(gt=0)


class RatesSettings(Group):
    """How much a user may ask for."""

    counted: bool = True
    """False: nobody's requests and tokens are."""
    default_tier: str = "free"
    """Of callers whose credential names none, or one that there is not."""
    tiers: dict[str, TierSettings] = Field(default_factory=dict)
    """Beside free, pro, team and enterprise, or in the place of those."""
    streams: int = Field(50, gt=0)
    """That a user may hold open, sockets among them; counted always."""

    def minutes(self) -> dict[str, tuple[int, int]]:
        """As `domain.rates.tiers_of` takes them."""
        return {name: (tier.requests, tier.tokens) for name, tier in self.tiers.items()}


class SessionSettings(Group):
    """What ends by itself and is then summarised."""

    idle_window: timedelta = timedelta(minutes=30)
    """Without a turn for so long, a session has ended."""


class SlackSettings(Group):
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
    conversation_page: str = ""
    """Where the app shows a conversation; its id is appended. Empty: answers have no link."""
    api_url: str = "https://slack.com/api/"
    authorize_url: str = "https://slack.com/oauth/v2/authorize"
    hooks_url: str = "https://hooks.slack.com/"

    @property
    def configured(self) -> bool:
        return bool(self.signing_secret.get_secret_value() and self.client_id)
