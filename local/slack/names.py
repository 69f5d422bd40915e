"""What the local workspace and its app are called."""

from typing import Final

TEAM: Final = "T0HOLDFAST"
TEAM_NAME: Final = "Holdfast local"
BOT: Final = "U0BOT"
NAME: Final = "holdfast"
"""What the app is called by in a channel."""
APP: Final = "A0HOLDFAST"
CLIENT: Final = "local.holdfast"
CHANNEL: Final = "approvals"
FIRST: Final = "UADA"
"""Who is linked to the local user."""

# Variables of the server's environment.
SIGNING_SECRET: Final = "LOCAL_SLACK_SIGNING_SECRET"  # noqa: S105 - a variable's name
CLIENT_ID: Final = "LOCAL_SLACK_CLIENT_ID"
CLIENT_SECRET: Final = "LOCAL_SLACK_CLIENT_SECRET"  # noqa: S105 - a variable's name
