"""What settings of one kind have in common."""

from pydantic import BaseModel, ConfigDict


class Group(BaseModel):
    """Settings of one kind; the texts under them are shown in `docs/settings.md`."""

    model_config = ConfigDict(use_attribute_docstrings=True)
