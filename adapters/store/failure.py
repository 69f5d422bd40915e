"""What a database's error means: try again, not available, or somebody's mistake."""

import asyncpg  # type: ignore[import-untyped]  # has no stubs
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from models.errors import UnavailableError

# A lost connection or a server that starts or stops; a deadlock, or a lock not had in time.
_REPEATABLE = (
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.CannotConnectNowError,
    asyncpg.TooManyConnectionsError,
    asyncpg.IdleInTransactionSessionTimeoutError,
    asyncpg.DeadlockDetectedError,
    asyncpg.SerializationError,
    asyncpg.LockNotAvailableError,
    OSError,
    TimeoutError,
)
_BUSY = (
    PoolTimeoutError,
    asyncpg.QueryCanceledError,
    asyncpg.DiskFullError,
    asyncpg.ReadOnlySQLTransactionError,
)


def driver_error(error: BaseException) -> BaseException:
    """SQLAlchemy wraps the driver's error twice; the driver's own class says most."""
    if isinstance(error, DBAPIError) and error.orig is not None:
        return error.orig.__cause__ or error.orig
    return error


def repeatable(error: BaseException) -> bool:
    """True when the transaction may be run again; all of ours are idempotent by their keys."""
    cause = driver_error(error)
    # The driver's complaint about a value is an InterfaceError too, and would come again.
    return isinstance(cause, _REPEATABLE) and not isinstance(cause, ValueError)


def unavailable(error: BaseException) -> UnavailableError | None:
    """The error to show when the store cannot do it now; None when it is something else."""
    if repeatable(error) or isinstance(driver_error(error), _BUSY):
        return UnavailableError("The database is not available.", code="store_unavailable")
    return None
