"""Originals in their store: none is forgotten there, whoever dies in between."""

import hashlib
from datetime import timedelta
from uuid import UUID, uuid4

from adapters.store import document_version_sql as sql
from adapters.store.session import Session
from models.errors import UnavailableError
from models.payloads.scope import Scope

# Far longer than storing one takes; then nobody comes any more to say that it was for something.
INTENDED = timedelta(minutes=15)


def digest(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def object_name(scope: Scope, document_id: UUID, content_hash: bytes) -> str:
    """No two attempts have the same: what is removed late is never what another has stored."""
    place = f"{scope.organisation_id}/{scope.space_id}/{document_id}"
    return f"{place}/{content_hash.hex()}-{uuid4().hex[:12]}"


async def intend(session: Session, name: str) -> None:
    """Before it is stored: from now on the sweep will find it, unless it is adopted."""
    scope = session.scope
    await session.fetch(sql.INTEND, scope.space_id, scope.organisation_id, name, INTENDED)


async def adopt(session: Session, name: str) -> None:
    """In the transaction of the row that refers to it. UnavailableError when it took so long that
    the sweep may be at it."""
    if await session.first(sql.ADOPT, session.scope.space_id, name) is None:
        raise UnavailableError("Storing the file took too long.", code="originals_unavailable")


async def discard(session: Session, name: str) -> None:
    """It was stored in vain."""
    scope = session.scope
    await session.fetch(sql.DISCARD, scope.space_id, scope.organisation_id, name)
