"""What every table shares: names of constraints, stored enums, whose row it is."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import DateTime, Enum, ForeignKeyConstraint, MetaData, Table, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

NOW = text("now()")
TIMESTAMP = DateTime(timezone=True)


def choice(kind: type[StrEnum], name: str = "") -> Enum:
    """Store values, as checked text: SQLAlchemy would store member names, as a native type. The
    check needs a name of its own where a table has two of a kind."""
    return Enum(
        kind,
        name=name or kind.__name__.lower(),
        native_enum=False,
        length=32,
        create_constraint=True,
        values_callable=lambda members: [member.value for member in members],
    )


def of_conversation() -> ForeignKeyConstraint:
    """Goes with its conversation. The space is in the key: checks of foreign keys see all rows."""
    return ForeignKeyConstraint(
        ["space_id", "conversation_id"],
        ["conversation.space_id", "conversation.id"],
        ondelete="CASCADE",
    )


def of_turn() -> ForeignKeyConstraint:
    """Goes with its turn."""
    return ForeignKeyConstraint(
        ["space_id", "turn_id"], ["turn.space_id", "turn.id"], ondelete="CASCADE"
    )


class Row(SQLModel):
    """Any row. SQLModel does not validate tables: they are never request bodies."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )

    created_at: datetime | None = Field(
        default=None, sa_type=TIMESTAMP, nullable=False, sa_column_kwargs={"server_default": NOW}
    )


class SpaceRow(Row):
    """A row of one space: row-level security and every unique key begin with the space."""

    space_id: UUID = Field(primary_key=True)
    organisation_id: UUID


def table(row: type[SQLModel]) -> Table:
    """The Core table of a row: statements of hot paths do without the ORM."""
    return row.metadata.tables[str(row.__tablename__)]


def document(default: str | None = None, *, optional: bool = False) -> Any:  # noqa: ANN401 - as SQLModel's Field
    """A jsonb column."""
    arguments = {} if default is None else {"server_default": text(f"'{default}'::jsonb")}
    return Field(
        default=None,
        sa_type=JSONB(none_as_null=True),
        nullable=optional,
        sa_column_kwargs=arguments,
    )


def prose(*, optional: bool = False, default: str | None = None) -> Any:  # noqa: ANN401 - as SQLModel's Field
    """Text without a limit of its own: whoever writes it limits it."""
    arguments = {} if default is None else {"server_default": default}
    return Field(default=default, sa_type=Text, nullable=optional, sa_column_kwargs=arguments)


def claimed() -> Any:  # noqa: ANN401 - as SQLModel's Field
    """When claims were made; the epoch where nobody said."""
    epoch = {"server_default": text("to_timestamp(0)")}
    return Field(default=None, sa_type=TIMESTAMP, nullable=False, sa_column_kwargs=epoch)


def moment(*, optional: bool = True) -> Any:  # noqa: ANN401 - as SQLModel's Field
    """A point in time, with its zone."""
    return Field(default=None, sa_type=TIMESTAMP, nullable=optional)
