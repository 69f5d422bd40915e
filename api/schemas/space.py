"""What a space says of its business."""

from pydantic import ConfigDict, Field

from api.schemas.base import Body, View
from api.text import Text
from domain.ports.identity import PROFILE_CHARACTERS


class Profile(Body):
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"text": "We sell bicycles to commuters in Vienna."}]}
    )

    text: Text = Field(
        max_length=PROFILE_CHARACTERS, description="Every turn's model reads it; empty: none"
    )


class ProfileView(View):
    text: str
