"""What a check found, and where checks look."""

import os
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cli.place import stack, stack_files


@dataclass(frozen=True)
class Finding:
    """`mend` says what to do; it is empty when all is well. `skipped_for` names the finding
    without which this one says nothing."""

    name: str
    detail: str
    mend: str = ""
    skipped_for: str = ""

    @property
    def well(self) -> bool:
        return not self.mend


class CheckFailedError(Exception):
    """A check's own words on what is wrong, and how to mend it."""

    def __init__(self, detail: str, mend: str) -> None:
        super().__init__(detail)
        self.detail = detail
        self.mend = mend


class NotReachedError(CheckFailedError):
    """What was to be looked at did not answer: another finding may say why."""


@dataclass(frozen=True)
class Addresses:
    """Where things are; an address that nobody gave is empty."""

    api: str
    token: str
    space_id: str
    temporal: str
    namespace: str
    database: str
    owner: str
    redis: str
    model: str
    embedding: str
    data: Path
    workers: tuple[int, ...] | None = None
    """Process ids of the local stack's; None where it has none, or another Temporal is meant."""

    @property
    def any(self) -> bool:
        return any((self.api, self.temporal, self.database, self.owner, self.redis, self.model))


# What it found, in a few words; CheckFailedError says what is wrong.
Check = Callable[[Addresses], Awaitable[str]]


def addresses(environment: Mapping[str, str] | None = None) -> Addresses:
    """The environment's, and for what it does not say the local stack's."""
    said = os.environ if environment is None else environment
    nearby = stack()

    def of(variable: str, key: str = "") -> str:
        return str(said.get(variable) or nearby.get(key) or "")

    model = of("HOLDFAST_MODEL__BASE_URL", "model_base_url")
    return Addresses(
        api=of("HOLDFAST_API", "api"),
        token=of("HOLDFAST_TOKEN", "token"),
        space_id=of("HOLDFAST_SPACE", "space_id"),
        temporal=of("HOLDFAST_TEMPORAL__ADDRESS", "temporal_address"),
        namespace=of("HOLDFAST_TEMPORAL__NAMESPACE") or "default",
        database=of("HOLDFAST_DATABASE_URL", "database_url"),
        owner=of("HOLDFAST_DATABASE_OWNER_URL", "database_owner_url"),
        redis=of("HOLDFAST_REDIS_URL", "redis_url"),
        model=model,
        embedding=of("HOLDFAST_EMBEDDING__BASE_URL") or model,
        data=_data_folder(nearby),
        workers=_workers(nearby, of("HOLDFAST_TEMPORAL__ADDRESS", "temporal_address")),
    )


def _workers(nearby: Mapping[str, Any], temporal: str) -> tuple[int, ...] | None:
    processes = nearby.get("processes", {})
    if nearby.get("temporal_address") != temporal or "worker" not in processes:
        return None
    return tuple(processes["worker"])


def _data_folder(nearby: Mapping[str, Any]) -> Path:
    files = list(stack_files(Path.cwd()))
    wanted = (file for file in files if (file.exists() if nearby else file.parent.is_dir()))
    return next(wanted, files[-1]).parent
