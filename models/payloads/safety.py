"""What a space has done to what comes in and goes out."""

from enum import StrEnum

from models.payloads.base import Payload


class Private(StrEnum):
    """Kinds of data that can be taken out of answers."""

    EMAIL = "email"
    PHONE = "phone"
    CARD = "card"
    KEY = "key"
    """API keys, tokens, private keys, passwords in addresses."""
    NATIONAL = "national"
    """National numbers: social security, passport, identity card, tax."""
    IBAN = "iban"


class OnMalicious(StrEnum):
    """What a message does that is classed malicious."""

    FLAG = "flag"
    """It is answered, and the event says so."""
    REFUSE = "refuse"
    """The turn ends at once as `failed`, code `input_refused`."""


class InputClass(StrEnum):
    SAFE = "safe"
    SUSPICIOUS = "suspicious"
    MALICIOUS = "malicious"


class Safety(Payload):
    """Nothing is taken out by default: a marketing team's answers hold addresses on purpose. Keys
    never belong there."""

    redact: tuple[Private, ...] = (Private.KEY,)
    on_malicious: OnMalicious = OnMalicious.FLAG
    moderate: bool = False
    """Ask the moderation port about messages and answers."""


class InputVerdict(Payload):
    """`text` is the message normalised: what the model reads."""

    level: InputClass
    text: str
    reasons: tuple[str, ...] = ()
