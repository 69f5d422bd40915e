"""What crosses Temporal while an answer is written into a thread: names and places."""

from models.payloads.base import Payload
from models.payloads.events import START, EventId
from models.payloads.scope import TurnKey


class SlackThread(Payload):
    """Slack's own names."""

    team_id: str
    channel: str
    timestamp: str
    """Of the message that it hangs from."""


class SlackAnswer(Payload):
    """A turn, and the thread that its answer goes to."""

    turn: TurnKey
    thread: SlackThread
    after: EventId = START
    """Where in the log to stand to see all of the turn."""
    position: int = 0
    """How many messages were to be answered first, when it was sent."""
    shown: str = ""
    """A digest of what stands there, as the last look left it."""
    looks: int = 0
    """Since something changed."""


class SlackLook(Payload):
    """How it stands after a look."""

    done: bool
    """The turn has ended and all of it is shown, or nobody is left to show it to."""
    shown: str = ""
