"""Passages and pictures of one version, on their way into the index."""

import hashlib
from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid5

from adapters.store import document_passage_sql as sql
from adapters.store.session import Session
from adapters.store.stored import clean
from domain.ports.knowledge import NewPassage, NewPicture
from models.payloads.ingestion import DocumentKey

# One statement's share: each must end well within the statement's time limit.
_BATCH = 1_000
CAPTION_CHARACTERS = 2_000


def content_hash(text: str) -> bytes:
    """Of a passage's text, white space and case apart."""
    return hashlib.blake2b(" ".join(text.casefold().split()).encode(), digest_size=16).digest()


def passage_id(key: DocumentKey, index: int) -> UUID:
    """Made from the place, so that a repeated reading writes the same rows."""
    return uuid5(key.document_id, f"passage:{key.version}:{index}")


def picture_id(key: DocumentKey, index: int) -> UUID:
    return uuid5(key.document_id, f"picture:{key.version}:{index}")


async def put_passages(session: Session, key: DocumentKey, passages: Sequence[NewPassage]) -> None:
    """In the place of the version's others."""
    for start in range(0, max(len(passages), 1), _BATCH):
        some = [_cleaned(passage) for passage in passages[start : start + _BATCH]]
        last = start + _BATCH >= len(passages)
        columns = _columns(key, some)
        indexes, texts, headings = columns[1:4]
        await session.fetch(
            sql.DROP_CHANGED,
            *(session.scope.space_id, key.document_id, key.version, indexes, texts, headings),
            *(start, None if last else start + _BATCH),
        )
        await session.fetch(sql.KEEP_PASSAGES, *_ids(session, key), *columns)


async def put_pictures(session: Session, key: DocumentKey, pictures: Sequence[NewPicture]) -> None:
    """In the place of the version's others."""
    hashes = [hashlib.sha256(picture.data).digest() for picture in pictures]
    await session.fetch(
        sql.DROP_PICTURES,
        *(session.scope.space_id, key.document_id, key.version),
        *([picture.index for picture in pictures], hashes),
    )
    for picture, content in zip(pictures, hashes, strict=True):
        await session.fetch(
            sql.KEEP_PICTURE,
            *_ids(session, key),
            *(picture_id(key, picture.index), picture.index, picture.page, picture.passage),
            *(clean(picture.caption)[:CAPTION_CHARACTERS], picture.data),
            *(picture.width, picture.height, content),
        )


async def say_caption(session: Session, key: DocumentKey, index: int, old: str, new: str) -> None:
    """The passage says it in the place of the old one; the vectors of its old words go."""
    at = session.scope.space_id, key.document_id, key.version, index
    row = await session.first(sql.TAKE_PASSAGE, *at)
    if row is None:
        return
    text: str = row["text"]
    said = text.replace(old, new, 1) if old and old in text else f"{text}\n{new}".strip()
    places = row["start"], row["end"], row["page"]
    passage = NewPassage(row["index"], said, row["heading"], *places)
    await session.fetch(sql.KEEP_PASSAGES, *_ids(session, key), *_columns(key, [passage]))


async def delete_passages(session: Session, document_id: UUID, kept: Sequence[int]) -> None:
    """Those of all versions but these, and their pictures; they are out of the index already."""
    at = session.scope.space_id, document_id, kept
    while len(await session.fetch(sql.DELETE_PASSAGES, *at, _BATCH)) == _BATCH:
        pass
    await session.fetch(sql.DELETE_PICTURES, *at)


def _ids(session: Session, key: DocumentKey) -> tuple[Any, ...]:
    scope = session.scope
    return scope.space_id, scope.organisation_id, key.document_id, key.version


def _cleaned(passage: NewPassage) -> NewPassage:
    """As Postgres takes it."""
    return NewPassage(
        *(passage.index, clean(passage.text), clean(passage.heading)),
        *(passage.start, passage.end, passage.page),
    )


def _columns(key: DocumentKey, passages: Sequence[NewPassage]) -> tuple[list[Any], ...]:
    return (
        [passage_id(key, passage.index) for passage in passages],
        [passage.index for passage in passages],
        [passage.text for passage in passages],
        [passage.heading for passage in passages],
        [passage.start for passage in passages],
        [passage.end for passage in passages],
        [passage.page for passage in passages],
        [content_hash(passage.text) for passage in passages],
    )
