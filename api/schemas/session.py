"""Who is signed in in a browser."""

from uuid import UUID

from pydantic import Field, model_validator

from api.schemas.base import Body, View
from domain.ports.identity import Role


class SignInRequest(Body):
    """One of the two."""

    person: UUID | None = Field(None, description="From `people`, where the deployment lists some")
    token: str | None = Field(
        None, max_length=16_384, description="A bearer token: the session ends when it does"
    )

    @model_validator(mode="after")
    def _one(self) -> "SignInRequest":
        if (self.person is None) == (self.token is None):
            raise ValueError("Say a person or a token.")
        return self


class UserView(View):
    id: UUID
    name: str | None = None


class OrganisationView(View):
    id: UUID


class MySpace(View):
    id: UUID
    name: str = Field(description="Empty when nobody has given it one")
    role: Role


class PersonView(View):
    id: UUID
    name: str
    role: Role
    organisation: str = Field(description="The organisation's name, for people")


class SessionView(View):
    signed_in: bool
    csrf: str | None = Field(
        None, description="Send it as `X-CSRF-Token` with whatever is no GET, beside the cookie"
    )
    user: UserView | None = None
    organisation: OrganisationView | None = None
    spaces: list[MySpace] = Field([], description="At most 100 of them")
    people: list[PersonView] = Field(
        [],
        description="Who may be chosen while nobody is signed in: on a machine of one's own alone",
    )
