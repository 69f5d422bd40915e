"""A content item as its rows have it."""

from collections.abc import Mapping, Sequence
from typing import Any

from adapters.store.stored import clean
from domain.ports.content import Author, ContentItem, ContentState, ContentVersion


def item_of(row: Mapping[Any, Any], versions: Sequence[Mapping[Any, Any]]) -> ContentItem:
    return ContentItem(
        id=row["id"],
        kind=row["kind"],
        agent=row["agent"],
        state=ContentState(row["state"]),
        versions=tuple(
            ContentVersion(
                number=version["number"],
                title=version["title"],
                text=version["text"],
                created_by=version["created_by"],
                turn_id=version["turn_id"],
                created_at=version["created_at"],
                note=version["note"],
            )
            for version in versions
        ),
        review_id=row["review_id"],
        document_id=row["document_id"],
        created_at=row["created_at"],
        approved_version=row["approved_version"],
        approved_by=row["approved_by"],
        published_version=row["published_version"],
    )


def is_by(version: ContentVersion, title: str, text: str, author: Author) -> bool:
    made = version.title, version.text, version.created_by, version.turn_id
    return made == (clean(title), clean(text), author.user_id, author.turn_id)
