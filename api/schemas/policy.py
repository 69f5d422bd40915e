"""Policies, safety and budgets, as requests and answers have them."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Final, Self
from uuid import UUID

from pydantic import ConfigDict, Field, model_validator

from api.schemas.base import Body, View
from api.text import Text
from domain.ports.policies import Holder
from models.payloads.policy import Asking, Effect, Policy, Quote, Ruling
from models.payloads.safety import Safety
from models.states import Role

_POLICY: Final[dict[str, Any]] = {
    "rules": [
        {
            "name": "mail to ourselves",
            "ruling": "allow",
            "tools": ["send_mail"],
            "arguments": [
                {
                    "path": "to.*",
                    "operator": "ends_with",
                    "value": "@acme.example",
                    "every": True,
                }
            ],
            "because": "It stays in the house.",
        }
    ],
    "reads": "allow",
    "writes": "ask",
    "asking": {"approvers": "approver", "window": "PT24H", "remind_after": "PT4H"},
}


class PolicyChange(Body):
    model_config = ConfigDict(json_schema_extra={"examples": [{"policy": _POLICY, "expected": 3}]})

    policy: dict[str, Any] = Field(
        description="All of it: rules, defaults for reads and writes, who is asked. An unknown "
        "field is refused, with its rule's name"
    )
    expected: int | None = Field(
        default=None,
        ge=0,
        description="The version that this was made from: refused when another is current",
    )
    note: Text = Field(default="", max_length=500, description="Why, for whoever reads on")


class PolicyView(View):
    version: int = Field(description="0 is the policy that ships")
    policy: Policy
    created_by: UUID | None
    created_at: datetime | None
    note: str


class Trial(Body):
    """A call that nobody makes."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "tool": "publish_note",
                    "effect": "write",
                    "arguments": {"title": "Hello"},
                    "tainted": True,
                }
            ]
        }
    )

    tool: str = Field(min_length=1, max_length=200)
    effect: Effect
    arguments: dict[str, Any] = Field(default_factory=dict)
    agent: str = Field(
        default="general", max_length=200, description="Its rules come before the organisation's"
    )
    role: Role = Field(default=Role.MEMBER, description="Of the person whose turn it would be")
    cost_usd: Decimal = Field(default=Decimal(0), ge=0, description="Spent by the turn before")
    tainted: bool = Field(
        default=False, description="The turn has read text that nobody vouches for"
    )
    carries: Text = Field(
        default="", max_length=200, description="What it would carry outside, in words"
    )
    policy: dict[str, Any] | None = Field(
        default=None, description="Try this one instead of the policy in force"
    )


class DecisionView(View):
    ruling: Ruling
    sentence: str
    rule: str = Field(description="Which decided; empty when a default or a floor did")
    version: int
    asking: Asking
    tainted: bool
    quotes: list[Quote]


class SafetyChange(Body):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"safety": {"redact": ["key", "card"], "on_malicious": "refuse"}}]
        }
    )

    safety: dict[str, Any]


class SafetyView(View):
    safety: Safety


Tokens = Annotated[int, Field(ge=0, le=10**15)]
Dollars = Annotated[Decimal, Field(ge=0, le=10**6, decimal_places=9)]


class BudgetChange(Body):
    """What a calendar month in UTC may take; without limits the budget is lifted."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"holder": "users", "tokens": 5_000_000, "cost_usd": 20}]}
    )

    holder: Holder = Field(description="The space, each of its users, or one user")
    user_id: UUID | None = Field(default=None, description="Of holder `user` alone")
    tokens: Tokens | None = None
    cost_usd: Dollars | None = None

    @model_validator(mode="after")
    def _names_its_user(self) -> Self:
        if (self.holder is Holder.USER) is (self.user_id is None):
            raise ValueError("user_id belongs to the holder `user`, and to no other")
        return self


class BudgetView(View):
    holder: Holder
    user_id: UUID | None
    tokens: int | None
    cost_usd: Decimal | None = Field(validation_alias="cost")


class AllowanceView(View):
    name: str = Field(examples=["space_month_cost"])
    limit: Decimal
    spent: Decimal
    exhausted: bool


class BudgetsView(View):
    budgets: list[BudgetView]
    yours: list[AllowanceView] = Field(description="What they leave the caller this month")
