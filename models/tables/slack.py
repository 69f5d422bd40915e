"""Slack: where it is installed, who is who there, which message asks or answers what."""

from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index, UniqueConstraint
from sqlmodel import Field

from models.tables.base import Row, SpaceRow, of_conversation, prose


class SlackInstallation(SpaceRow, table=True):
    __tablename__ = "slack_installation"
    __table_args__ = (
        ForeignKeyConstraint(
            ["space_id", "organisation_id"],
            ["space.id", "space.organisation_id"],
            ondelete="CASCADE",
        ),
        Index(None, "team_id"),
    )

    team_id: str = Field(max_length=32)
    team: str = prose(default="")
    """The workspace's name, for people."""
    bot_user_id: str = Field(max_length=32)
    channel: str = Field(max_length=32, sa_column_kwargs={"server_default": ""})
    """Where approvals are asked for; empty: nowhere yet."""
    channel_name: str = Field(max_length=100, sa_column_kwargs={"server_default": ""})
    token: bytes
    """The bot's, sealed."""
    installed_by: UUID


class SlackMember(Row, table=True):
    """A Slack user is one member of an organisation, whose roles its spaces say."""

    __tablename__ = "slack_member"
    __table_args__ = (
        ForeignKeyConstraint(["organisation_id"], ["organisation.id"], ondelete="CASCADE"),
        UniqueConstraint("organisation_id", "team_id", "user_id"),
    )

    organisation_id: UUID = Field(primary_key=True)
    team_id: str = Field(max_length=32, primary_key=True)
    slack_user_id: str = Field(max_length=32, primary_key=True)
    user_id: UUID
    name: str = prose(default="")
    """What Slack called them when they were linked."""
    tier: str = Field(max_length=40, sa_column_kwargs={"server_default": ""})
    """Of the credential that linked them."""


class SlackMessage(SpaceRow, table=True):
    """Made before it is posted, so that a repeat knows to look for what may stand already."""

    __tablename__ = "slack_message"
    __table_args__ = (
        ForeignKeyConstraint(
            ["space_id", "approval_id"], ["approval.space_id", "approval.id"], ondelete="CASCADE"
        ),
    )

    approval_id: UUID = Field(primary_key=True)
    channel: str = Field(max_length=32)
    timestamp: str = Field(max_length=32, sa_column_kwargs={"server_default": ""})
    """Slack's name for the message in its channel; empty until it is known to stand."""


class SlackAnswer(SpaceRow, table=True):
    """The message that a turn's answer is written into; made before it is posted, as the others."""

    __tablename__ = "slack_answer"
    __table_args__ = (of_conversation(), Index(None, "space_id", "conversation_id"))

    turn_id: UUID = Field(primary_key=True)
    conversation_id: UUID
    channel: str = Field(max_length=32)
    timestamp: str = Field(max_length=32, sa_column_kwargs={"server_default": ""})
