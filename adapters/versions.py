"""Versions of the worker's code that run side by side, as Temporal routes to them."""

import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from temporalio.common import WorkerDeploymentVersion
from temporalio.worker import WorkerDeploymentConfig

# What workflow code can reach: it decides whether an open run survives a change.
WORKFLOW_CODE: Final = ("activities", "domain", "models", "workflows")
ROOT: Final = Path(__file__).parents[1]
# Hex digits: enough that no two versions meet, short enough to be typed.
ID_LENGTH: Final = 12


def build_id(root: Path = ROOT, packages: Iterable[str] = WORKFLOW_CODE) -> str:
    """The same code has the same id, whatever the machine: a hash of the packages' sources."""
    digest = hashlib.sha256()
    for package in sorted(packages):
        for path in sorted((root / package).rglob("*.py")):
            digest.update(path.relative_to(root).as_posix().encode() + b"\0")
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:ID_LENGTH]


def versioned(deployment: str, build: str) -> WorkerDeploymentConfig:
    """Each workflow states in its definition whether its runs stay or move."""
    version = WorkerDeploymentVersion(deployment_name=deployment, build_id=build)
    return WorkerDeploymentConfig(version=version, use_worker_versioning=True)
