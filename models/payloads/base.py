"""What every message is: frozen, and open to fields that a later version adds."""

from pydantic import BaseModel, ConfigDict


class Payload(BaseModel):
    """Fields are only ever added, with defaults: stored histories must still decode."""

    model_config = ConfigDict(frozen=True, extra="ignore")
