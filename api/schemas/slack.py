"""What Slack sends us, as far as we read it, and what is said of Slack."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from api.schemas.base import Body, View

# Slack's ids have some 11 characters.
SlackId = Annotated[str, Field(max_length=32, pattern=r"^[A-Z0-9]*$")]


class _Sent(BaseModel):
    """Slack adds fields as it likes."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class Team(_Sent):
    id: SlackId


class User(_Sent):
    id: SlackId
    team_id: SlackId = ""
    username: str = Field("", max_length=300)
    name: str = Field("", max_length=300)


class Channel(_Sent):
    id: SlackId


class Action(_Sent):
    action_id: str = Field(max_length=300)
    value: str = Field("", max_length=2_000)


class Entry(_Sent):
    value: str | None = Field(None, max_length=4_000)


class ViewState(_Sent):
    values: dict[str, dict[str, Entry]] = {}


class SentView(_Sent):
    callback_id: str = Field("", max_length=300)
    private_metadata: str = Field("", max_length=3_000)
    state: ViewState = ViewState()


class Interaction(_Sent):
    """Somebody pressed a button, or sent a window off."""

    type: str = Field(max_length=100)
    api_app_id: SlackId = ""
    team: Team | None = None
    user: User
    channel: Channel | None = None
    trigger_id: str = Field("", max_length=300)
    response_url: str = Field("", max_length=500)
    actions: tuple[Action, ...] = Field((), max_length=25)
    view: SentView | None = None


def _name(value: object) -> object:
    """Some events that we do not read tell of a channel as a whole."""
    return value if isinstance(value, str) else ""


# A message's name in its channel: seconds and microseconds.
SlackTime = Annotated[str, Field(max_length=32, pattern=r"^(?:[0-9]+\.[0-9]+)?$")]


class Happening(_Sent):
    type: str = Field(max_length=100)
    user: SlackId = ""
    channel: Annotated[str, BeforeValidator(_name), Field(max_length=32)] = ""
    ts: SlackTime = ""
    thread_ts: SlackTime = ""
    """Of the message that its thread hangs from; empty: it hangs from none."""
    team: SlackId = ""
    user_team: SlackId = ""
    """Of who wrote it: another workspace's, in channels that they share."""
    files: tuple[dict[str, Any], ...] = ()
    text: str = Field("", max_length=40_000)
    channel_type: str = Field("", max_length=100)
    subtype: str | None = Field(None, max_length=100)
    bot_id: str | None = Field(None, max_length=100)
    tokens: dict[str, list[str]] = {}


class Notification(_Sent):
    """Of the Events API."""

    type: str = Field(max_length=100)
    challenge: str = Field("", max_length=1_000)
    api_app_id: SlackId = ""
    team_id: SlackId = ""
    event: Happening | None = None


class SlackView(View):
    """Where this space asks in Slack."""

    installed: bool
    team: str = ""
    team_id: str = ""
    channel: str = Field("", description="Empty: approvals are asked for nowhere yet")
    channel_name: str = ""
    linked: bool = Field(
        default=False, description="Whether your Slack account there is known as yours"
    )
    installed_by: UUID | None = None
    installed_at: datetime | None = None


class InstallView(View):
    url: str = Field(description="Send an admin of the workspace there within 10 minutes")


class ChosenChannel(Body):
    channel: str = Field(min_length=1, max_length=100, description="Its id, or its name")


class LinkToken(Body):
    token: str = Field(min_length=1, max_length=2_000, description="From Slack, within 10 minutes")


class LinkView(View):
    team_id: str
    slack_user_id: str
    name: str = Field(description="What Slack calls them")
    linked: bool
