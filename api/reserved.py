"""The collection that only an approval fills."""

from domain.ports.content import APPROVED_COLLECTION
from models.errors import AccessError


def refuse_reserved(*collections: str | None) -> None:
    """Nobody writes there past a review. AccessError("collection_reserved")."""
    if APPROVED_COLLECTION in collections:
        raise AccessError(
            f"{APPROVED_COLLECTION} has what people approved: write it with /v1/content.",
            code="collection_reserved",
        )
