"""A conversation is a tree that people walk: what answers a message, pins, forks, search."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.isolation import SPACE, grant

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

# Lexemes of spaces do not mix in the index: a common word of one costs no other anything. What
# the parser makes of base64 and its like is nothing that people look for.
_WORDS = """
ARRAY(SELECT left({row}.space_id::text, 8) || lexeme
    FROM unnest(tsvector_to_array(to_tsvector('simple', left({row}.content, 64000)))) AS lexeme
    WHERE octet_length(lexeme) <= 200)
"""
_KEEP = f"""
CREATE FUNCTION keep_words() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    INSERT INTO public.message_words (space_id, conversation_id, message_id, words)
    VALUES (NEW.space_id, NEW.conversation_id, NEW.id,
        array_to_tsvector({_WORDS.format(row="NEW")}));
    RETURN NULL;
END
$$
"""  # noqa: S608 - made of our own parts
_TRIGGER = """
CREATE TRIGGER words AFTER INSERT ON message FOR EACH ROW WHEN (NEW.content <> '')
EXECUTE FUNCTION keep_words()
"""
_FILL = f"""
INSERT INTO message_words (space_id, conversation_id, message_id, words)
SELECT m.space_id, m.conversation_id, m.id, array_to_tsvector({_WORDS.format(row="m")})
FROM message m WHERE m.content <> ''
"""  # noqa: S608 - made of our own parts
# Stricter than isolation alone: a row shows itself to a search that it answers. A condition of a
# statement is looked at after row-level security, so that no index would serve it; one of the
# policy's own is not.
_ISOLATION = f"""
CREATE POLICY isolation ON message_words
USING (space_id = {SPACE} AND words @@ nullif(current_setting('app.words', true), '')::tsquery)
WITH CHECK (space_id = {SPACE})
"""
# That a conversation has one space. Planners take the two for independent otherwise, expect less
# than one row of both, and may as well read a whole conversation as look a message up by its id.
_KNOWN = ("message", "turn", "event", "tool_call")


def upgrade() -> None:
    op.create_index(
        op.f("ix_turn_space_id_user_message_id"), "turn", ["space_id", "user_message_id"]
    )
    _widen_conversations()
    _create_words()
    for table in _KNOWN:
        op.execute(
            f"CREATE STATISTICS {table}_of_conversation (dependencies)"
            f" ON space_id, conversation_id FROM {table}"
        )


def downgrade() -> None:
    for table in _KNOWN:
        op.execute(f"DROP STATISTICS {table}_of_conversation")
    op.execute("DROP TRIGGER words ON message")
    op.execute("DROP FUNCTION keep_words()")
    op.drop_table("message_words")
    op.drop_index("ix_conversation_pinned", "conversation")
    for name in ("forked_from", "pinned_at", "provisional"):
        op.drop_column("conversation", name)
    op.drop_index(op.f("ix_turn_space_id_user_message_id"), "turn")


def _widen_conversations() -> None:
    op.add_column(
        "conversation",
        sa.Column("provisional", sa.Boolean(), server_default=sa.text("false"), nullable=False),
    )
    op.add_column("conversation", sa.Column("pinned_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("conversation", sa.Column("forked_from", sa.Uuid(), nullable=True))
    op.create_index(
        "ix_conversation_pinned",
        "conversation",
        ["space_id", "created_at", "id"],
        postgresql_where=sa.text("pinned_at IS NOT NULL"),
    )


def _create_words() -> None:
    op.create_table(
        "message_words",
        *(
            sa.Column(name, sa.Uuid(), nullable=False)
            for name in ("space_id", "conversation_id", "message_id")
        ),
        sa.Column("words", postgresql.TSVECTOR(), nullable=False),
        sa.PrimaryKeyConstraint(
            *("space_id", "conversation_id", "message_id"), name=op.f("pk_message_words")
        ),
        sa.ForeignKeyConstraint(
            ["space_id", "conversation_id", "message_id"],
            ["message.space_id", "message.conversation_id", "message.id"],
            name=op.f("fk_message_words_message"),
            ondelete="CASCADE",
        ),
        postgresql_with={
            "autovacuum_vacuum_insert_threshold": "1000",
            "autovacuum_vacuum_insert_scale_factor": "0",
        },
    )
    # The owner is bound by row-level security too, and is in no space here.
    op.execute("ALTER TABLE message NO FORCE ROW LEVEL SECURITY")
    op.execute(_FILL)
    op.execute("ALTER TABLE message FORCE ROW LEVEL SECURITY")
    op.create_index(
        op.f("ix_message_words_words"),
        "message_words",
        ["words"],
        postgresql_using="gin",
    )
    op.execute("ALTER TABLE message_words ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE message_words FORCE ROW LEVEL SECURITY")
    op.execute(_ISOLATION)
    # Rows go with their messages, and never change.
    grant("message_words", "SELECT, INSERT")
    op.execute(_KEEP)
    op.execute(_TRIGGER)
