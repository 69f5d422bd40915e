"""The audit trail: appended to alone, and whatever was done to it is seen."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID, uuid4

import asyncpg  # type: ignore[import-untyped]  # has no stubs
import pytest

from adapters.store.audit import PostgresAudit
from domain.ports.approvals import ApprovalState, Decision
from models.errors import AppError, UnavailableError
from models.payloads.scope import Scope
from tests.judging import a_judgement
from tests.store.asking import asked
from tests.store.stage import Stage, together

# What can go wrong with words on their way through two languages.
ODD = {"note": 'line\nbreak "quoted" \\ é ∆ 😀', "cost": 1.50, "big": 2**60, "none": None, "b": {}}
_FULL = """
CREATE FUNCTION disk_is_full() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = '53100';
END $$
"""

PUT_IN = """
INSERT INTO audit (space_id, organisation_id, id, action, subject_id, sequence, seal)
SELECT space_id, organisation_id, gen_random_uuid(), 'put in', subject_id, {sequence}, seal
FROM audit WHERE space_id = '{space}' AND sequence = 5
"""


@pytest.fixture
def audit(stage: Stage) -> PostgresAudit:
    return PostgresAudit(stage.database)


async def write(audit: PostgresAudit, scope: Scope, count: int) -> list[UUID]:
    subjects = [uuid4() for _ in range(count)]
    for number, subject in enumerate(subjects):
        by = uuid4() if number % 2 else None
        await audit.record(scope, f"thing.done\n{number}", subject, by=by, details=ODD)
    return subjects


async def tamper(stage: Stage, *statements: str) -> None:
    """As somebody who may do anything to the database, its triggers put aside."""
    connection = await asyncpg.connect(stage.urls["superuser"])
    try:
        async with connection.transaction():
            await connection.execute("SET LOCAL session_replication_role = replica")
            for statement in statements:
                await connection.execute(statement.format(space=stage.scope.space_id))
    finally:
        await connection.close()


async def broken(audit: PostgresAudit, stage: Stage) -> list[int]:
    return [found.sequence for found in await audit.verify(stage.scope)]


async def test_entries_are_numbered_and_given_newest_first(
    audit: PostgresAudit, stage: Stage
) -> None:
    subjects = await write(audit, stage.scope, 5)

    first = await audit.page(stage.scope, limit=3, cursor=None)
    second = await audit.page(stage.scope, limit=3, cursor=first.next_cursor)

    entries = [*first.items, *second.items]
    assert [entry.sequence for entry in entries] == [5, 4, 3, 2, 1]
    assert [entry.subject_id for entry in entries] == subjects[::-1]
    assert entries[0].details == ODD
    assert second.next_cursor is None
    assert await audit.verify(stage.scope) == []


async def test_many_writers_make_one_chain(audit: PostgresAudit, stage: Stage) -> None:
    await together(
        100,
        lambda number: audit.record(stage.scope, "race", uuid4(), by=None, details={"n": number}),
    )

    page = await audit.page(stage.scope, limit=200, cursor=None)
    assert [entry.sequence for entry in page.items] == list(range(100, 0, -1))
    assert len({entry.seal for entry in page.items}) == 100
    assert await audit.verify(stage.scope) == []


async def test_an_entry_that_is_written_again_takes_no_number(
    audit: PostgresAudit, stage: Stage
) -> None:
    subject, entry = uuid4(), uuid4()
    for _ in range(2):
        await stage.database.run(
            stage.scope,
            lambda session: session.fetch(
                "INSERT INTO audit (space_id, organisation_id, id, action, subject_id, details)"
                " VALUES ($1, $2, $3, 'once', $4, '{}')",
                stage.scope.space_id,
                stage.scope.organisation_id,
                entry,
                subject,
            ),
        )
    await write(audit, stage.scope, 1)

    page = await audit.page(stage.scope, limit=10, cursor=None)
    assert [found.sequence for found in page.items] == [2, 1]
    assert await audit.verify(stage.scope) == []


async def test_a_transaction_that_is_undone_leaves_no_gap(
    audit: PostgresAudit, stage: Stage
) -> None:
    async def work(session: Any) -> None:  # noqa: ANN401 - a session
        await session.fetch(
            "INSERT INTO audit (space_id, organisation_id, id, action, subject_id, details)"
            " VALUES ($1, $2, $3, 'undone', $3, '{}')",
            stage.scope.space_id,
            stage.scope.organisation_id,
            uuid4(),
        )
        raise AppError("Undo it.")

    with pytest.raises(AppError):
        await stage.database.run(stage.scope, work)
    await write(audit, stage.scope, 2)

    assert await audit.verify(stage.scope) == []


@pytest.mark.parametrize(
    ("statements", "found"),
    [
        (["UPDATE audit SET action = 'x' WHERE space_id = '{space}' AND sequence = 3"], [3]),
        (["UPDATE audit SET user_id = NULL WHERE space_id = '{space}' AND sequence = 2"], [2]),
        (
            [
                (
                    "UPDATE audit SET details = details || '{{\"cost\": 0}}'"
                    " WHERE space_id = '{space}' AND sequence = 3"
                )
            ],
            [3],
        ),
        (
            [
                (
                    "UPDATE audit SET created_at = created_at - interval '1 microsecond'"
                    " WHERE space_id = '{space}' AND sequence = 3"
                )
            ],
            [3],
        ),
        (["DELETE FROM audit WHERE space_id = '{space}' AND sequence = 3"], [3]),
        (["DELETE FROM audit WHERE space_id = '{space}' AND sequence <= 2"], [1]),
        (["DELETE FROM audit WHERE space_id = '{space}' AND sequence >= 4"], [4]),
        (["DELETE FROM audit WHERE space_id = '{space}'"], [1]),
        (
            [
                PUT_IN.format(space="{space}", sequence=6),
            ],
            [6, 7],
        ),
        (
            [
                PUT_IN.format(space="{space}", sequence=0),
            ],
            [0],
        ),
        # Two entries change places.
        (
            [
                "UPDATE audit SET sequence = -1 WHERE space_id = '{space}' AND sequence = 2",
                "UPDATE audit SET sequence = 2 WHERE space_id = '{space}' AND sequence = 3",
                "UPDATE audit SET sequence = 3 WHERE space_id = '{space}' AND sequence = -1",
            ],
            [2, 3, 4],
        ),
        # Changed, with its seal made anew: the next one tells.
        (
            [
                "UPDATE audit SET action = 'x' WHERE space_id = '{space}' AND sequence = 3",
                (
                    "UPDATE audit a SET seal = audit_seal(a, (SELECT seal FROM audit WHERE"
                    " space_id = '{space}' AND sequence = 2))"
                    " WHERE space_id = '{space}' AND sequence = 3"
                ),
            ],
            [4],
        ),
        # The newest one, with its seal made anew: the head tells.
        (
            [
                "UPDATE audit SET action = 'x' WHERE space_id = '{space}' AND sequence = 5",
                (
                    "UPDATE audit a SET seal = audit_seal(a, (SELECT seal FROM audit WHERE"
                    " space_id = '{space}' AND sequence = 4))"
                    " WHERE space_id = '{space}' AND sequence = 5"
                ),
            ],
            [6],
        ),
    ],
)
async def test_what_was_changed_removed_or_put_in_is_found(
    audit: PostgresAudit, stage: Stage, statements: list[str], found: list[int]
) -> None:
    await write(audit, stage.scope, 5)
    assert await broken(audit, stage) == []

    await tamper(stage, *statements)

    assert await broken(audit, stage) == found


async def test_entries_of_another_space_do_not_stand_in(audit: PostgresAudit, stage: Stage) -> None:
    other = Scope(organisation_id=stage.scope.organisation_id, space_id=uuid4())
    await write(audit, other, 2)
    await write(audit, stage.scope, 2)
    copy = (
        "INSERT INTO audit (space_id, organisation_id, id, user_id, action, subject_id, details,"
        " created_at, sequence, seal) SELECT '{space}', organisation_id, id, user_id, action,"
        " subject_id, details, created_at, sequence, seal FROM audit"
        f" WHERE space_id = '{other.space_id}'"
    )

    await tamper(stage, "DELETE FROM audit WHERE space_id = '{space}'", copy)

    assert await broken(audit, stage) == [1, 2, 3]
    assert await audit.verify(other) == []


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit SET action = 'x' WHERE space_id = '{space}'",
        "DELETE FROM audit WHERE space_id = '{space}'",
    ],
)
async def test_even_a_superuser_must_put_the_triggers_aside(
    audit: PostgresAudit, stage: Stage, statement: str
) -> None:
    await write(audit, stage.scope, 1)

    with pytest.raises(asyncpg.RaiseError, match="only ever appended to"):
        await stage.sql(statement.format(space=stage.scope.space_id))


async def test_the_application_moves_no_head_and_makes_no_seal(
    audit: PostgresAudit, stage: Stage
) -> None:
    await write(audit, stage.scope, 1)
    forged = (
        "INSERT INTO audit (space_id, organisation_id, id, action, subject_id, sequence, seal,"
        " created_at) VALUES ($1, $2, $3, 'forged', $3, 9, 'forged', '2020-01-01')"
    )
    ids = stage.scope.space_id, stage.scope.organisation_id

    await stage.database.run(stage.scope, lambda s: s.fetch(forged, *ids, uuid4()))

    page = await audit.page(stage.scope, limit=1, cursor=None)
    assert page.items[0].sequence == 2
    assert page.items[0].at.year > 2020
    assert await audit.verify(stage.scope) == []
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await stage.database.run(
            stage.scope,
            lambda s: s.fetch("UPDATE audit_head SET sequence = 0 WHERE space_id = $1", ids[0]),
        )


@asynccontextmanager
async def full_disk(stage: Stage, scope: Scope | None = None) -> AsyncIterator[None]:
    """For the trail of one space alone."""
    space = (scope or stage.scope).space_id
    name = f"full_{space.hex}"
    await stage.sql(_FULL.replace("disk_is_full", name))
    await stage.sql(
        f"CREATE TRIGGER {name} BEFORE INSERT ON audit FOR EACH ROW"
        f" WHEN (NEW.space_id = '{space}') EXECUTE FUNCTION {name}()"
    )
    try:
        yield
    finally:
        await stage.sql(f"DROP TRIGGER {name} ON audit")
        await stage.sql(f"DROP FUNCTION {name}()")


async def test_what_cannot_be_logged_is_not_done(audit: PostgresAudit, stage: Stage) -> None:
    message, call, approved = await asked(stage)
    _, _, waiting = await asked(stage)
    await stage.approvals.decide(stage.scope, approved, a_judgement(Decision.APPROVE, uuid4()))

    async with full_disk(stage):
        with pytest.raises(UnavailableError):
            await audit.record(stage.scope, "x", uuid4(), by=None, details={})
        for decision in Decision:
            with pytest.raises(UnavailableError):
                await stage.approvals.decide(stage.scope, waiting, a_judgement(decision, uuid4()))
        with pytest.raises(UnavailableError):
            await asked(stage)
        # Nobody else would start it, so this is patient: here nobody waits that long.
        with pytest.raises((UnavailableError, TimeoutError)):
            async with asyncio.timeout(0.3):
                await stage.calls.start(
                    stage.turn(message), call.call_id, repeatable=False, expired=False, broken=False
                )

    pending = await stage.approvals.get(stage.scope, waiting)
    assert pending.state is ApprovalState.PENDING
    assert (await stage.approvals.get(stage.scope, approved)).executed_at is None
    started = await stage.calls.start(
        stage.turn(message), call.call_id, repeatable=False, expired=False, broken=False
    )
    assert started.run
    assert await audit.verify(stage.scope) == []


async def test_a_rehearsal_tells_whether_the_trail_can_be_written_and_leaves_nothing(
    audit: PostgresAudit, stage: Stage
) -> None:
    nowhere = Scope(organisation_id=UUID(int=0), space_id=UUID(int=0))
    before = await audit.page(nowhere, limit=1, cursor=None)
    await audit.rehearse()
    assert await audit.page(nowhere, limit=1, cursor=None) == before

    async with full_disk(stage, nowhere):
        with pytest.raises(UnavailableError):
            await audit.rehearse()
