"""The search index: posting lists for BM25, vectors, and their codes in cells."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from pgvector.sqlalchemy import BIT, HALFVEC
from sqlalchemy.dialects import postgresql

from migrations.isolation import application_role, grant, isolate

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_DIMENSION = 3_072
_TABLES = (
    "space_index",
    "indexed_document",
    "posting",
    "passage_vector",
    "passage_code",
    "space_cell",
    "cell_centre",
)
# Told ids of all spaces, as `undelivered_approvals` of 0001 is, and no more.
_BEHIND = """
CREATE FUNCTION spaces_behind(wanted varchar, most integer)
RETURNS TABLE (organisation_id uuid, space_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    SELECT i.organisation_id, i.space_id
    FROM public.space_index i
    WHERE i.model IS NOT NULL AND i.model <> wanted
    ORDER BY i.space_id
    LIMIT least(most, 1000)
$$
"""
_SIGNATURE = "spaces_behind(varchar, integer)"


def upgrade() -> None:
    _create_index()
    _create_words()
    _create_vectors()
    for table in _TABLES:
        isolate(table)
        grant(table)
    op.execute(
        "CREATE POLICY sweep ON space_index FOR SELECT TO CURRENT_USER USING (model IS NOT NULL)"
    )
    op.execute(_BEHIND)
    op.execute(f"REVOKE ALL ON FUNCTION {_SIGNATURE} FROM PUBLIC")
    op.execute(f"GRANT EXECUTE ON FUNCTION {_SIGNATURE} TO {application_role()}")


def downgrade() -> None:
    op.execute(f"DROP FUNCTION {_SIGNATURE}")
    for table in reversed(_TABLES):
        op.drop_table(table)


def _id(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Uuid(), nullable=False)


def _whole(name: str, default: str | None = None) -> sa.Column[Any]:
    return sa.Column(
        name, sa.Integer(), server_default=default and sa.text(default), nullable=False
    )


def _space_row() -> list[sa.Column[Any]]:
    created = sa.Column(
        "created_at",
        sa.DateTime(timezone=True),
        server_default=sa.text("now()"),
        nullable=False,
    )
    return [created, _id("space_id"), _id("organisation_id")]


def _of_index(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["space_id"],
        ["space_index.space_id"],
        name=op.f(f"fk_{table}_space_index"),
        ondelete="CASCADE",
    )


def _create_index() -> None:
    op.create_table(
        "space_index",
        *_space_row(),
        sa.Column("model", sa.String(length=200), nullable=True),
        _whole("passages", "0"),
        sa.Column("terms", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        _whole("next_number", "0"),
        sa.Column(
            "free",
            postgresql.ARRAY(sa.Integer()),
            server_default=sa.text("'{}'::integer[]"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["space_id", "organisation_id"],
            ["space.id", "space.organisation_id"],
            name=op.f("fk_space_index_space"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("space_id", name=op.f("pk_space_index")),
    )
    op.create_index(
        "ix_space_index_model",
        "space_index",
        ["model"],
        postgresql_where=sa.text("model IS NOT NULL"),
    )
    op.create_table(
        "indexed_document",
        *_space_row(),
        _id("document_id"),
        _whole("version"),
        sa.Column("numbers", postgresql.ARRAY(sa.Integer()), nullable=False),
        sa.Column("terms", postgresql.ARRAY(sa.Text()), nullable=False),
        _whole("length"),
        sa.ForeignKeyConstraint(
            ["space_id", "document_id"],
            ["document.space_id", "document.id"],
            name=op.f("fk_indexed_document_document"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("space_id", "document_id", name=op.f("pk_indexed_document")),
    )


def _create_words() -> None:
    op.create_table(
        "posting",
        _id("space_id"),
        sa.Column("term", sa.Text(collation="C"), nullable=False),
        _whole("block"),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        _of_index("posting"),
        sa.PrimaryKeyConstraint("space_id", "term", "block", name=op.f("pk_posting")),
        # Lists grow in place: room on the page keeps the index out of it.
        postgresql_with={"fillfactor": "80"},
    )
    # Five bytes a passage do not compress: trying would cost each query.
    op.execute("ALTER TABLE posting ALTER COLUMN data SET STORAGE EXTERNAL")


def _create_vectors() -> None:
    op.create_table(
        "passage_vector",
        _id("space_id"),
        _id("passage_id"),
        sa.Column("model", sa.String(length=200), nullable=False),
        sa.Column("embedding", HALFVEC(_DIMENSION), nullable=False),
        sa.ForeignKeyConstraint(
            ["space_id", "passage_id"],
            ["passage.space_id", "passage.id"],
            name=op.f("fk_passage_vector_passage"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("space_id", "passage_id", "model", name=op.f("pk_passage_vector")),
    )
    op.execute("ALTER TABLE passage_vector ALTER COLUMN embedding SET STORAGE PLAIN")
    op.create_table(
        "passage_code",
        _id("space_id"),
        _whole("number"),
        _whole("cell", "0"),
        _id("passage_id"),
        sa.Column("bits", BIT(_DIMENSION), nullable=False),
        _of_index("passage_code"),
        sa.PrimaryKeyConstraint("space_id", "number", name=op.f("pk_passage_code")),
        # Index-only scans need pages that a vacuum has seen: soon after they were written.
        postgresql_with={
            "autovacuum_vacuum_scale_factor": "0.02",
            "autovacuum_vacuum_insert_scale_factor": "0.02",
        },
    )
    op.execute("ALTER TABLE passage_code ALTER COLUMN bits SET STORAGE PLAIN")
    op.create_index(
        "ix_passage_code_cell",
        "passage_code",
        ["space_id", "cell", "number"],
        postgresql_include=["passage_id", "bits"],
    )
    op.create_table(
        "space_cell",
        _id("space_id"),
        _whole("cell"),
        _whole("passages"),
        _of_index("space_cell"),
        sa.PrimaryKeyConstraint("space_id", "cell", name=op.f("pk_space_cell")),
    )
    op.create_table(
        "cell_centre",
        _id("space_id"),
        _whole("cell"),
        sa.Column("centre", HALFVEC(_DIMENSION), nullable=False),
        sa.ForeignKeyConstraint(
            ["space_id", "cell"],
            ["space_cell.space_id", "space_cell.cell"],
            name=op.f("fk_cell_centre_space_cell"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("space_id", "cell", name=op.f("pk_cell_centre")),
    )
    op.execute("ALTER TABLE cell_centre ALTER COLUMN centre SET STORAGE PLAIN")
