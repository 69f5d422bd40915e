"""Keys for programs."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, Field, StringConstraints

from api.schemas.base import Body, View
from api.text import clean
from domain.ports.identity import Role

_YEAR = 365 * 24 * 60 * 60

Name = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=100),
    AfterValidator(clean),
]


class NewApiKey(Body):
    name: Name = Field(examples=["Reporting job"])
    role: Role = Field(
        Role.MEMBER, description="What it may do; never more than its maker may at the time"
    )
    expires_in: int | None = Field(
        None, ge=60, le=10 * _YEAR, description="Seconds; null: until it is revoked"
    )


class ApiKeyView(View):
    id: UUID
    name: str
    prefix: str = Field(description="Its first characters", examples=["hf_Zk3vQ9aB"])
    role: Role
    user_id: UUID = Field(description="Its owner: what it does, they do")
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None = Field(description="To the hour; null: never yet")


class MadeApiKey(ApiKeyView):
    key: str = Field(description="Shown this once: only its digest is kept")


class ApiKeysView(View):
    items: list[ApiKeyView]
