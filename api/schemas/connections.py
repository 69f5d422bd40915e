"""Grants that a space's people gave to other services."""

from datetime import datetime
from uuid import UUID

from pydantic import Field

from api.schemas.base import View
from domain.ports.connections import ConnectionState


class ConnectionView(View):
    provider: str = Field(examples=["google_analytics"])
    state: ConnectionState = Field(description="reconnect: a person must connect again")
    account: str = Field(description="What the provider calls it; empty when it does not say")
    scopes: tuple[str, ...]
    connected_by: UUID
    connected_at: datetime


class ConnectionsView(View):
    items: list[ConnectionView]


class Departure(View):
    address: str = Field(
        description="Send the person there, in the browser that asked, within 10 minutes"
    )
