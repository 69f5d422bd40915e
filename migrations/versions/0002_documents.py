"""Documents, their originals, and passages with vectors and words."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from pgvector.sqlalchemy import HALFVEC
from sqlalchemy.dialects import postgresql

from migrations.isolation import grant, isolate

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)
_TABLES = ("document", "document_original", "passage")
_WORDS = (
    "setweight(to_tsvector('english', heading), 'C')"
    " || setweight(to_tsvector('english', text), 'D')"
)


def _id(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Uuid(), nullable=False)


def _space_row() -> list[sa.Column[Any]]:
    created = sa.Column("created_at", _MOMENT, server_default=sa.text("now()"), nullable=False)
    return [created, _id("space_id"), _id("organisation_id")]


def _of_document(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["space_id", "document_id"],
        ["document.space_id", "document.id"],
        name=op.f(f"fk_{table}_document"),
        ondelete="CASCADE",
    )


def upgrade() -> None:
    # Not ours to make on a managed server: there an administrator has done it.
    op.execute("CREATE EXTENSION IF NOT EXISTS vector")
    _create_documents()
    _create_passages()
    for table in _TABLES:
        isolate(table)
        grant(table)


def downgrade() -> None:
    for table in reversed(_TABLES):
        op.drop_table(table)


def _create_documents() -> None:
    op.create_table(
        "document",
        *_space_row(),
        _id("id"),
        sa.Column("content_hash", sa.LargeBinary(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("media_type", sa.String(length=100), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "queued",
                "processing",
                "ready",
                "failed",
                name="documentstatus",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("progress", sa.Float(), nullable=False),
        sa.Column("passages", sa.Integer(), nullable=False),
        sa.Column("error_code", sa.String(length=64), nullable=True),
        sa.Column("error_detail", sa.String(length=500), nullable=True),
        _id("created_by"),
        sa.Column("finished_at", _MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["space_id", "organisation_id"],
            ["space.id", "space.organisation_id"],
            name=op.f("fk_document_space"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("space_id", "id", name=op.f("pk_document")),
        sa.UniqueConstraint(
            "space_id", "content_hash", name=op.f("uq_document_space_id_content_hash")
        ),
    )
    op.create_index(
        op.f("ix_document_space_id_created_at_id"), "document", ["space_id", "created_at", "id"]
    )
    op.create_table(
        "document_original",
        *_space_row(),
        _id("document_id"),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        _of_document("document_original"),
        sa.PrimaryKeyConstraint("space_id", "document_id", name=op.f("pk_document_original")),
    )


def _create_passages() -> None:
    op.create_table(
        "passage",
        *_space_row(),
        _id("id"),
        _id("document_id"),
        sa.Column("index", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("heading", sa.Text(), server_default="", nullable=False),
        sa.Column("start", sa.Integer(), nullable=False),
        sa.Column("end", sa.Integer(), nullable=False),
        sa.Column("words", postgresql.TSVECTOR(), sa.Computed(_WORDS, persisted=True)),
        sa.Column("embedding", HALFVEC(3_072), nullable=True),
        sa.Column("embedding_model", sa.String(length=200), nullable=True),
        sa.Column("searchable", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        _of_document("passage"),
        sa.PrimaryKeyConstraint("space_id", "id", name=op.f("pk_passage")),
        sa.UniqueConstraint(
            "space_id",
            "document_id",
            "index",
            name=op.f("uq_passage_space_id_document_id_index"),
        ),
    )
    op.create_index(
        "ix_passage_searchable", "passage", ["space_id"], postgresql_where=sa.text("searchable")
    )
    op.create_index(
        "ix_passage_embedding",
        "passage",
        ["embedding"],
        postgresql_using="hnsw",
        postgresql_ops={"embedding": "halfvec_cosine_ops"},
        postgresql_where=sa.text("searchable"),
    )
