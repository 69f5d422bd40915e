"""What the generated models have in common."""

from pydantic import BaseModel, ConfigDict


class Base(BaseModel):
    """Built when first used: the file has hundreds. What a later server adds is kept."""

    model_config = ConfigDict(defer_build=True, extra="allow")
