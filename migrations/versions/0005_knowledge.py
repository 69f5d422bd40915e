"""Collections, versions of documents, their originals outside the database, pictures."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from pgvector.sqlalchemy import HALFVEC
from sqlalchemy.dialects import postgresql

from migrations.isolation import application_role, grant, isolate

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)
_NEW = ("collection", "document_version", "original_removal", "passage", "picture")
_WAITING = "status IN ('queued', 'processing')"
# Told ids and versions of all spaces, as `undelivered_approvals` of 0001 is, and no more.
_STALLED = """
CREATE FUNCTION stalled_documents(idle interval, most integer)
RETURNS TABLE (
    organisation_id uuid, space_id uuid, document_id uuid, user_id uuid, version integer,
    to_fetch boolean
)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    SELECT d.organisation_id, d.space_id, d.id, d.created_by, d.version,
        EXISTS (SELECT FROM public.document_version v
            WHERE v.space_id = d.space_id AND v.document_id = d.id AND v.version = d.version
                AND v.content_hash IS NULL)
    FROM public.document d
    WHERE d.status IN ('queued', 'processing') AND d.touched_at < now() - idle
    ORDER BY d.touched_at
    LIMIT least(most, 1000)
$$
"""
_DUE = """
CREATE FUNCTION due_removals(most integer)
RETURNS TABLE (organisation_id uuid, space_id uuid, name varchar)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    SELECT r.organisation_id, r.space_id, r.name
    FROM public.original_removal r
    WHERE r.due_at <= now()
    ORDER BY r.due_at
    LIMIT least(most, 1000)
$$
"""
_FUNCTIONS = {"stalled_documents(interval, integer)": _STALLED, "due_removals(integer)": _DUE}
_SWEPT = {
    "document": _WAITING,
    "document_version": "content_hash IS NULL",
    "original_removal": "due_at <= now()",
}


def _id(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Uuid(), nullable=False)


def _whole(name: str, default: str | None = None, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(
        name, sa.Integer(), server_default=default and sa.text(default), nullable=nullable
    )


def _json(name: str) -> sa.Column[Any]:
    empty = sa.text("'{}'::jsonb")
    return sa.Column(name, postgresql.JSONB(), server_default=empty, nullable=False)


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
    op.add_column("space", sa.Column("profile", sa.Text(), server_default="", nullable=False))
    op.create_index(
        "ix_turn_passage_document",
        "turn_passage",
        ["space_id", sa.text("(source ->> 'document_id')")],
    )
    # Passages are made anew from the originals: this version reads more of them than the last.
    op.drop_table("passage")
    _create_collections()
    _create_versions()
    _change_documents()
    _create_passages()
    _create_pictures()
    for table in _NEW:
        isolate(table)
        grant(table)
    _create_functions()


def downgrade() -> None:
    for function in _FUNCTIONS:
        op.execute(f"DROP FUNCTION {function}")
    op.drop_table("picture")
    op.drop_table("passage")
    _restore_documents()
    op.drop_table("original_removal")
    op.drop_table("document_version")
    op.drop_table("collection")
    _restore_passages()
    op.drop_index("ix_turn_passage_document", "turn_passage")
    op.drop_column("space", "profile")


def _create_collections() -> None:
    op.create_table(
        "collection",
        *_space_row(),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("description", sa.Text(), server_default="", nullable=False),
        sa.Column(
            "chunker",
            sa.Enum(
                "semantic",
                "fixed",
                "recursive",
                "sentence",
                name="chunker",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        _whole("chunk_size"),
        _whole("chunk_overlap"),
        sa.Column("recency_days", sa.Float(), nullable=True),
        sa.ForeignKeyConstraint(
            ["space_id", "organisation_id"],
            ["space.id", "space.organisation_id"],
            name=op.f("fk_collection_space"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("space_id", "name", name=op.f("pk_collection")),
    )


def _create_versions() -> None:
    op.create_table(
        "document_version",
        *_space_row(),
        _id("document_id"),
        _whole("version"),
        sa.Column("content_hash", sa.LargeBinary(), nullable=True),
        sa.Column("original", sa.String(length=300), nullable=True),
        sa.Column("url", sa.String(length=2_000), nullable=True),
        _json("found"),
        _of_document("document_version"),
        sa.PrimaryKeyConstraint(
            "space_id", "document_id", "version", name=op.f("pk_document_version")
        ),
        sa.UniqueConstraint(
            "space_id", "content_hash", name=op.f("uq_document_version_space_id_content_hash")
        ),
    )
    op.create_table(
        "original_removal",
        *_space_row(),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("due_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("space_id", "name", name=op.f("pk_original_removal")),
    )
    op.create_index("ix_original_removal_due_at", "original_removal", ["due_at"])


def _change_documents() -> None:
    now = sa.text("now()")
    for column in (
        sa.Column("collection", sa.String(64), server_default=sa.text("'general'"), nullable=False),
        sa.Column("author", sa.String(length=200), nullable=True),
        sa.Column("language", sa.String(length=8), nullable=True),
        sa.Column("published_on", sa.Date(), nullable=True),
        sa.Column(
            "keywords",
            postgresql.ARRAY(sa.Text()),
            server_default=sa.text("'{}'::text[]"),
            nullable=False,
        ),
        _json("said"),
        _json("found"),
        sa.Column("url", sa.String(length=2_000), nullable=True),
        _whole("version", "1"),
        _whole("live_version", "0"),
        _whole("embedded", "0"),
        _whole("pictures", "0"),
        _whole("changed", "0"),
        sa.Column("touched_at", _MOMENT, server_default=now, nullable=False),
    ):
        op.add_column("document", column)
    _begin_anew()
    op.drop_constraint(op.f("uq_document_space_id_content_hash"), "document")
    op.drop_column("document", "content_hash")
    op.create_foreign_key(
        op.f("fk_document_collection"),
        "document",
        "collection",
        ["space_id", "collection"],
        ["space_id", "name"],
    )
    _index_documents()


def _begin_anew() -> None:
    """Each document is queued, and the sweep starts its ingestion; what failed stays failed."""
    for table in ("document", "document_original"):
        op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
    op.execute(
        "INSERT INTO collection (space_id, organisation_id, name, chunker, chunk_size,"
        " chunk_overlap) SELECT DISTINCT space_id, organisation_id, 'general', 'semantic', 1500,"
        " 200 FROM document"
    )
    op.execute(
        "INSERT INTO document_version (space_id, organisation_id, document_id, version,"
        " content_hash, created_at)"
        " SELECT space_id, organisation_id, id, 1, content_hash, created_at FROM document"
    )
    # A title that is not made from the file's name is taken for a person's.
    op.execute(
        "UPDATE document SET said = jsonb_build_object('title', title)"
        " WHERE title <> regexp_replace(name, '\\.[^.]*$', '')"
    )
    op.execute(
        "UPDATE document SET status = 'queued', progress = 0, passages = 0, finished_at = NULL,"
        " error_code = NULL, error_detail = NULL, touched_at = now() - interval '1 hour'"
        " WHERE status <> 'failed'"
    )
    op.execute("UPDATE document SET passages = 0 WHERE status = 'failed'")
    for table in ("document", "document_original"):
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")


def _index_documents() -> None:
    def add(name: str, *columns: str | sa.TextClause, **more: Any) -> None:  # noqa: ANN401 - as Alembic
        op.create_index(f"ix_document_{name}", "document", columns, **more)

    add("collection", "space_id", "collection", "created_at", "id")
    add("author", "space_id", sa.text("lower(author)"))
    add("language", "space_id", "language")
    add("published_on", "space_id", "published_on")
    add("url", "space_id", "url", unique=True, postgresql_where=sa.text("url IS NOT NULL"))
    add("queue", "space_id", postgresql_where=sa.text(_WAITING))
    add("stalled", "touched_at", postgresql_where=sa.text(_WAITING))


def _create_passages() -> None:
    op.create_table(
        "passage",
        *_space_row(),
        _id("id"),
        _id("document_id"),
        _whole("version"),
        _whole("index"),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("heading", sa.Text(), server_default="", nullable=False),
        _whole("start"),
        _whole("end"),
        _whole("page", nullable=True),
        sa.Column("content_hash", sa.LargeBinary(), nullable=False),
        _of_document("passage"),
        sa.PrimaryKeyConstraint("space_id", "id", name=op.f("pk_passage")),
        sa.UniqueConstraint(
            "space_id",
            "document_id",
            "version",
            "index",
            name=op.f("uq_passage_space_id_document_id_version_index"),
        ),
    )


def _create_pictures() -> None:
    op.create_table(
        "picture",
        *_space_row(),
        _id("id"),
        _id("document_id"),
        _whole("version"),
        _whole("index"),
        _whole("page", nullable=True),
        _whole("passage", nullable=True),
        sa.Column("caption", sa.Text(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        _whole("width"),
        _whole("height"),
        sa.Column("content_hash", sa.LargeBinary(), nullable=False),
        sa.Column("model", sa.String(length=200), nullable=True),
        sa.Column("vector", HALFVEC(), nullable=True),
        _of_document("picture"),
        sa.PrimaryKeyConstraint("space_id", "id", name=op.f("pk_picture")),
        sa.UniqueConstraint(
            "space_id",
            "document_id",
            "version",
            "index",
            name=op.f("uq_picture_space_id_document_id_version_index"),
        ),
    )


def _create_functions() -> None:
    for table, condition in _SWEPT.items():
        op.execute(f"CREATE POLICY sweep ON {table} FOR SELECT TO CURRENT_USER USING ({condition})")
    for function, definition in _FUNCTIONS.items():
        op.execute(definition)
        op.execute(f"REVOKE ALL ON FUNCTION {function} FROM PUBLIC")
        op.execute(f"GRANT EXECUTE ON FUNCTION {function} TO {application_role()}")


def _restore_documents() -> None:
    """Documents whose bytes the last version cannot reach are gone with them."""
    op.execute("DROP POLICY sweep ON document")
    op.add_column("document", sa.Column("content_hash", sa.LargeBinary(), nullable=True))
    for table in ("document", "document_version", "document_original"):
        op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
    op.execute(
        "DELETE FROM document d WHERE NOT EXISTS (SELECT FROM document_original o"
        " WHERE o.space_id = d.space_id AND o.document_id = d.id)"
    )
    op.execute(
        "UPDATE document d SET status = 'queued', content_hash = sha256(o.data)"
        " FROM document_original o WHERE o.space_id = d.space_id AND o.document_id = d.id"
    )
    for table in ("document", "document_version", "document_original"):
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    op.drop_constraint(op.f("fk_document_collection"), "document")
    for name in (
        *("collection", "author", "language", "published_on", "keywords", "said", "found", "url"),
        *("version", "live_version", "embedded", "pictures", "changed", "touched_at"),
    ):
        op.drop_column("document", name)
    op.drop_index("ix_document_queue", "document")
    op.alter_column("document", "content_hash", nullable=False)
    op.create_unique_constraint(
        op.f("uq_document_space_id_content_hash"), "document", ["space_id", "content_hash"]
    )


def _restore_passages() -> None:
    """As 0002 makes it, empty."""
    words = (
        "setweight(to_tsvector('english', heading), 'C')"
        " || setweight(to_tsvector('english', text), 'D')"
    )
    op.create_table(
        "passage",
        *_space_row(),
        _id("id"),
        _id("document_id"),
        _whole("index"),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("heading", sa.Text(), server_default="", nullable=False),
        _whole("start"),
        _whole("end"),
        sa.Column("words", postgresql.TSVECTOR(), sa.Computed(words, persisted=True)),
        sa.Column("embedding", HALFVEC(3_072), nullable=True),
        sa.Column("embedding_model", sa.String(length=200), nullable=True),
        sa.Column("searchable", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        _of_document("passage"),
        sa.PrimaryKeyConstraint("space_id", "id", name=op.f("pk_passage")),
        sa.UniqueConstraint(
            "space_id", "document_id", "index", name=op.f("uq_passage_space_id_document_id_index")
        ),
    )
    _restore_search()
    isolate("passage")
    grant("passage")


def _restore_search() -> None:
    where = sa.text("searchable")
    op.create_index("ix_passage_searchable", "passage", ["space_id"], postgresql_where=where)
    op.create_index(
        "ix_passage_embedding",
        "passage",
        ["embedding"],
        postgresql_using="hnsw",
        postgresql_ops={"embedding": "halfvec_cosine_ops"},
        postgresql_where=where,
    )
