"""Approvals as people need them, the sealed audit trail, Slack."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.isolation import ORGANISATION, application_role, grant, isolate

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)
_ROLES = ("viewer", "member", "approver", "admin")


def upgrade() -> None:
    _widen_approvals()
    _find_unnoticed()
    _seal_audit()
    _create_slack()


def downgrade() -> None:
    _drop_slack()
    _unseal_audit()
    op.execute("DROP FUNCTION unnoticed_approvals(integer, boolean)")
    op.execute("DROP POLICY notice ON approval")
    op.drop_index("ix_approval_unnoticed", "approval")
    for column in reversed(_approval_columns()):
        op.drop_column("approval", column.name)
    # The owner is bound by row-level security too, and is in no space here.
    op.execute("ALTER TABLE approval NO FORCE ROW LEVEL SECURITY")
    op.execute("DELETE FROM approval WHERE turn_id IS NULL")
    op.execute("ALTER TABLE approval FORCE ROW LEVEL SECURITY")
    for name in _OF_TURNS:
        op.alter_column("approval", name, nullable=False)


# Reviews of content belong to no turn.
_OF_TURNS = ("conversation_id", "conversation_kind", "turn_id")


def _widen_approvals() -> None:
    for name in _OF_TURNS:
        op.alter_column("approval", name, nullable=True)
    for column in _approval_columns():
        op.add_column("approval", column)


def _choice(kind: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=kind, native_enum=False, create_constraint=True, length=32)


def _text(name: str, kind: sa.types.TypeEngine[Any], default: str) -> sa.Column[Any]:
    return sa.Column(name, kind, server_default=default, nullable=False)


def _flag(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Boolean(), server_default=sa.text("false"), nullable=False)


def _moment(name: str) -> sa.Column[Any]:
    return sa.Column(name, _MOMENT, nullable=True)


def _approval_columns() -> list[sa.Column[Any]]:
    return [
        _text("arguments_hash", sa.String(64), ""),
        sa.Column("original_arguments", postgresql.JSONB(), nullable=True),
        sa.Column("schema", postgresql.JSONB(), nullable=True),
        _text("agent", sa.String(200), ""),
        sa.Column("requested_by", sa.Uuid(), nullable=True),
        _text("reason", sa.Text(), ""),
        _text("rule", sa.String(100), ""),
        sa.Column("policy_version", sa.Integer(), server_default=sa.text("0"), nullable=False),
        _flag("tainted"),
        sa.Column(
            "quotes", postgresql.JSONB(), server_default=sa.text("'[]'::jsonb"), nullable=False
        ),
        _text("approvers", _choice("approvers", *_ROLES), "approver"),
        _flag("four_eyes"),
        _moment("remind_at"),
        _moment("escalate_at"),
        _text("escalate_to", _choice("escalate_to", *_ROLES), "admin"),
        sa.Column("decided_via", _choice("via", "api", "slack"), nullable=True),
        sa.Column("content_id", sa.Uuid(), nullable=True),
        _moment("noticed_at"),
        _moment("reminded_at"),
        _moment("escalated_at"),
        _moment("woken_at"),
        _moment("told_at"),
    ]


# As with verdicts (0001): the sweep is told ids and no more, and the owner gets a policy of its
# own for just these rows. The step's own commit announces most of them within five seconds.
_WATCHED = (
    "told_at IS NULL AND (state = 'pending' OR noticed_at IS NOT NULL OR content_id IS NOT NULL)"
)
_UNNOTICED = (
    "told_at IS NULL AND (noticed_at IS NOT NULL"
    " OR (state = 'pending' OR content_id IS NOT NULL)"
    " AND created_at < now() - interval '5 seconds')"
)
_SWEEP = """
CREATE FUNCTION unnoticed_approvals(most integer, everywhere boolean)
RETURNS TABLE (organisation_id uuid, space_id uuid, approval_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    SELECT a.organisation_id, a.space_id, a.id
    FROM public.approval a
    WHERE a.told_at IS NULL
        AND (a.woken_at IS NULL OR a.woken_at < now() - interval '5 minutes') AND (
        a.state <> 'pending' AND (a.noticed_at IS NOT NULL
            OR a.content_id IS NOT NULL AND a.created_at < now() - interval '5 seconds')
        OR a.state = 'pending' AND a.noticed_at IS NULL AND a.expires_at > now()
            AND a.created_at < now() - interval '5 seconds'
            AND (everywhere OR a.remind_at IS NOT NULL OR a.escalate_at IS NOT NULL
                OR a.content_id IS NOT NULL))
    ORDER BY a.created_at
    LIMIT least(most, 1000)
$$
"""


def _find_unnoticed() -> None:
    op.create_index(
        "ix_approval_unnoticed", "approval", ["created_at"], postgresql_where=sa.text(_WATCHED)
    )
    op.execute(f"CREATE POLICY notice ON approval FOR SELECT TO CURRENT_USER USING ({_UNNOTICED})")
    op.execute(_SWEEP)
    op.execute("REVOKE ALL ON FUNCTION unnoticed_approvals(integer, boolean) FROM PUBLIC")
    op.execute(
        f"GRANT EXECUTE ON FUNCTION unnoticed_approvals(integer, boolean) TO {application_role()}"
    )


# What a seal is over, line by line: only the action could hold a line's end, and what follows it
# is a UUID and a line of JSON. `adapters/store/audit.py` says the same in Python.
_SEAL = """
CREATE FUNCTION audit_seal(entry audit, before varchar) RETURNS varchar
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT encode(sha256(convert_to(concat_ws(E'\\n', before, entry.sequence, entry.space_id,
        entry.organisation_id, entry.id,
        (extract(epoch FROM entry.created_at) * 1000000)::bigint, coalesce(entry.user_id::text, ''),
        entry.action, entry.subject_id, entry.details::text), 'UTF8')), 'hex')
$$
"""
# The head's row is what concurrent writers of a space wait for, until the commit: so an entry is
# written last in its transaction. An entry that stands already is a repeat, and takes no number.
_APPEND = """
CREATE FUNCTION append_audit() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    head public.audit_head;
BEGIN
    INSERT INTO public.audit_head (space_id, organisation_id)
        VALUES (NEW.space_id, NEW.organisation_id) ON CONFLICT DO NOTHING;
    SELECT * INTO STRICT head FROM public.audit_head h
        WHERE h.space_id = NEW.space_id FOR UPDATE;
    IF EXISTS (SELECT FROM public.audit a WHERE a.space_id = NEW.space_id AND a.id = NEW.id
        AND a.action = NEW.action AND a.subject_id = NEW.subject_id) THEN
        RETURN NULL;
    END IF;
    NEW.sequence := head.sequence + 1;
    NEW.created_at := clock_timestamp();
    NEW.seal := public.audit_seal(NEW, head.seal);
    UPDATE public.audit_head h SET sequence = NEW.sequence, seal = NEW.seal
        WHERE h.space_id = NEW.space_id;
    RETURN NEW;
END
$$
"""
_REFUSE = """
CREATE FUNCTION refuse_audit_change() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RAISE EXCEPTION 'the audit trail is only ever appended to';
END
$$
"""
# Whoever changes an approval, each of its steps is in the trail, or does not happen.
_STEPS = """
CREATE FUNCTION audit_approval() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    subject jsonb := jsonb_strip_nulls(jsonb_build_object('tool', NEW.tool, 'call_id', NEW.call_id,
        'turn_id', NEW.turn_id, 'conversation_id', NEW.conversation_id,
        'content_id', NEW.content_id, 'arguments_hash', NEW.arguments_hash));
    entry public.audit;
BEGIN
    entry.space_id := NEW.space_id;
    entry.organisation_id := NEW.organisation_id;
    entry.subject_id := NEW.id;
    entry.id := gen_random_uuid();
    IF TG_OP = 'INSERT' THEN
        entry.user_id := NEW.requested_by;
        entry.action := 'approval.requested';
        entry.details := subject || jsonb_build_object('agent', NEW.agent, 'rule', NEW.rule,
            'policy_version', NEW.policy_version, 'tainted', NEW.tainted,
            'approvers', NEW.approvers, 'four_eyes', NEW.four_eyes);
    ELSIF NEW.state <> OLD.state THEN
        entry.id := coalesce(NEW.verdict_id, entry.id);
        entry.user_id := NEW.decided_by;
        entry.action := 'approval.' || NEW.state;
        entry.details := subject || jsonb_strip_nulls(jsonb_build_object('note', NEW.note,
            'via', NEW.decided_via, 'asked_hash', CASE WHEN NEW.original_arguments IS NOT NULL
                THEN OLD.arguments_hash END));
    ELSIF NEW.executed_at IS NOT NULL AND OLD.executed_at IS NULL THEN
        entry.action := 'approval.executed';
        entry.details := subject;
    ELSIF NEW.escalated_at IS NOT NULL AND OLD.escalated_at IS NULL THEN
        entry.action := 'approval.escalated';
        entry.details := subject || jsonb_build_object('to', NEW.escalate_to);
    ELSIF NEW.reminded_at IS NOT NULL AND OLD.reminded_at IS NULL THEN
        entry.action := 'approval.reminded';
        entry.details := subject;
    ELSE
        RETURN NULL;
    END IF;
    INSERT INTO public.audit (space_id, organisation_id, id, user_id, action, subject_id, details)
    VALUES (entry.space_id, entry.organisation_id, entry.id, entry.user_id, entry.action,
        entry.subject_id, entry.details);
    RETURN NULL;
END
$$
"""
# Entries from before there were seals, in the order of their time.
_BACKFILL = """
DO $$
DECLARE
    entry public.audit;
    head public.audit_head;
BEGIN
    FOR entry IN SELECT * FROM public.audit ORDER BY space_id, created_at, id LOOP
        INSERT INTO public.audit_head (space_id, organisation_id)
            VALUES (entry.space_id, entry.organisation_id) ON CONFLICT DO NOTHING;
        SELECT * INTO STRICT head FROM public.audit_head h WHERE h.space_id = entry.space_id;
        entry.sequence := head.sequence + 1;
        entry.seal := public.audit_seal(entry, head.seal);
        UPDATE public.audit a SET sequence = entry.sequence, seal = entry.seal
            WHERE a.space_id = entry.space_id AND a.id = entry.id;
        UPDATE public.audit_head h SET sequence = entry.sequence, seal = entry.seal
            WHERE h.space_id = entry.space_id;
    END LOOP;
END
$$
"""


_FUNCTIONS = (
    "audit_approval()",
    "refuse_audit_change()",
    "append_audit()",
    "audit_seal(audit, varchar)",
)


def _seal_audit() -> None:
    _create_head()
    # Their defaults stand for the trigger, which says what they are.
    op.add_column(
        "audit", sa.Column("sequence", sa.BigInteger(), server_default=sa.text("0"), nullable=False)
    )
    op.add_column("audit", _text("seal", sa.String(64), ""))
    for function in (_SEAL, _APPEND, _REFUSE, _STEPS):
        op.execute(function)
    for name in _FUNCTIONS:
        op.execute(f"REVOKE ALL ON FUNCTION {name} FROM PUBLIC")
    _backfill()
    op.create_index(
        op.f("ix_audit_space_id_sequence"), "audit", ["space_id", "sequence"], unique=True
    )
    op.execute(
        "CREATE TRIGGER append BEFORE INSERT ON audit FOR EACH ROW EXECUTE FUNCTION append_audit()"
    )
    op.execute(
        "CREATE TRIGGER refuse BEFORE UPDATE OR DELETE OR TRUNCATE ON audit"
        " FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change()"
    )
    op.execute(
        "CREATE TRIGGER audit AFTER INSERT OR UPDATE ON approval FOR EACH ROW"
        " EXECUTE FUNCTION audit_approval()"
    )


def _create_head() -> None:
    op.create_table(
        "audit_head",
        sa.Column("created_at", _MOMENT, server_default=sa.text("now()"), nullable=False),
        sa.Column("space_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        _text("seal", sa.String(64), ""),
        sa.PrimaryKeyConstraint("space_id", name=op.f("pk_audit_head")),
    )
    isolate("audit_head")
    # Only the trigger moves it, as the tables' owner.
    grant("audit_head", "SELECT")


def _backfill() -> None:
    """The owner is bound by row-level security too, and is in no space here."""
    for table in ("audit", "audit_head"):
        op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
    op.execute(_BACKFILL)
    for table in ("audit", "audit_head"):
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")


def _unseal_audit() -> None:
    op.execute("DROP TRIGGER audit ON approval")
    for trigger in ("refuse", "append"):
        op.execute(f"DROP TRIGGER {trigger} ON audit")
    for name in _FUNCTIONS:
        op.execute(f"DROP FUNCTION {name}")
    op.drop_index(op.f("ix_audit_space_id_sequence"), "audit")
    op.drop_column("audit", "seal")
    op.drop_column("audit", "sequence")
    op.drop_table("audit_head")


# Slack says which workspace it left, and no more: ids of the spaces that were installed there. The
# owner, whom FORCE binds too, sees the rows of one named workspace while the function asks.
_SLACK_SPACES = """
CREATE FUNCTION slack_spaces(workspace varchar)
RETURNS TABLE (organisation_id uuid, space_id uuid)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM set_config('app.slack_team', workspace, true);
    RETURN QUERY SELECT i.organisation_id, i.space_id FROM public.slack_installation i
        WHERE i.team_id = workspace ORDER BY i.created_at DESC LIMIT 1000;
    PERFORM set_config('app.slack_team', '', true);
END
$$
"""
_OF_ONE_TEAM = "team_id = nullif(current_setting('app.slack_team', true), '')"


def _slack_row(*owner: str) -> list[sa.Column[Any]]:
    created = sa.Column("created_at", _MOMENT, server_default=sa.text("now()"), nullable=False)
    return [created, *(sa.Column(name, sa.Uuid(), nullable=False) for name in owner)]


def _create_slack() -> None:
    _create_slack_installation()
    _create_slack_member()
    _create_slack_message()
    op.execute(
        "CREATE POLICY sweep ON slack_installation FOR SELECT TO CURRENT_USER"
        f" USING ({_OF_ONE_TEAM})"
    )
    op.execute(_SLACK_SPACES)
    op.execute("REVOKE ALL ON FUNCTION slack_spaces(varchar) FROM PUBLIC")
    op.execute(f"GRANT EXECUTE ON FUNCTION slack_spaces(varchar) TO {application_role()}")


def _create_slack_installation() -> None:
    op.create_table(
        "slack_installation",
        *_slack_row("space_id", "organisation_id"),
        sa.Column("team_id", sa.String(32), nullable=False),
        _text("team", sa.Text(), ""),
        sa.Column("bot_user_id", sa.String(32), nullable=False),
        _text("channel", sa.String(32), ""),
        _text("channel_name", sa.String(100), ""),
        sa.Column("token", sa.LargeBinary(), nullable=False),
        sa.Column("installed_by", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["space_id", "organisation_id"],
            ["space.id", "space.organisation_id"],
            name=op.f("fk_slack_installation_space"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("space_id", name=op.f("pk_slack_installation")),
    )
    op.create_index(op.f("ix_slack_installation_team_id"), "slack_installation", ["team_id"])
    isolate("slack_installation")
    grant("slack_installation")


def _create_slack_member() -> None:
    op.create_table(
        "slack_member",
        *_slack_row("organisation_id"),
        sa.Column("team_id", sa.String(32), nullable=False),
        sa.Column("slack_user_id", sa.String(32), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        _text("name", sa.Text(), ""),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_slack_member_organisation"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "organisation_id", "team_id", "slack_user_id", name=op.f("pk_slack_member")
        ),
        sa.UniqueConstraint(
            *("organisation_id", "team_id", "user_id"),
            name=op.f("uq_slack_member_organisation_id_team_id_user_id"),
        ),
    )
    isolate("slack_member", f"organisation_id = {ORGANISATION}")
    grant("slack_member")


def _create_slack_message() -> None:
    op.create_table(
        "slack_message",
        *_slack_row("space_id", "organisation_id"),
        sa.Column("approval_id", sa.Uuid(), nullable=False),
        sa.Column("channel", sa.String(32), nullable=False),
        _text("timestamp", sa.String(32), ""),
        sa.ForeignKeyConstraint(
            ["space_id", "approval_id"],
            ["approval.space_id", "approval.id"],
            name=op.f("fk_slack_message_approval"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("space_id", "approval_id", name=op.f("pk_slack_message")),
    )
    isolate("slack_message")
    grant("slack_message")


def _drop_slack() -> None:
    op.execute("DROP FUNCTION slack_spaces(varchar)")
    for name in ("slack_message", "slack_member", "slack_installation"):
        op.drop_table(name)
