"""schemathesis over every operation: no fault of ours, and no answer that is not documented."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from local.stack import Stack, running

ROOT = Path(__file__).parents[2]
EXAMPLES = 5
"""Random ones for each operation, beside what is derived from its schema: some 40 on average."""
# Followed until they end, which takes minutes: their tests are tests/api and tests/dialects.
STREAMS = "^(follow|resume|watch)"
CHECKS = (
    "no_fault_of_ours",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
)


@pytest.fixture
async def product(tmp_path: Path) -> AsyncIterator[Stack]:
    """Everything, with data that nobody else looks at."""
    async with running(tmp_path / "stack") as stack:
        yield stack


async def test_every_operation_answers_as_documented_whatever_it_is_sent(
    product: Stack, tmp_path: Path
) -> None:
    command = (
        *(sys.executable, "-m", "schemathesis.cli", "run", f"{product.api}/openapi.json"),
        *("--header", f"Authorization: Bearer {product.token}"),
        *("--header", f"X-Space-Id: {product.space_id}"),
        *("--phases", "coverage,fuzzing", "--max-examples", str(EXAMPLES), "--seed", "1"),
        *("--checks", ",".join(CHECKS), "--exclude-operation-id-regex", STREAMS),
        *("--request-timeout", "30", "--continue-on-failure", "--no-color"),
    )
    hooks = {"SCHEMATHESIS_HOOKS": "tests.fuzz.checks", "PYTHONPATH": str(ROOT)}
    running_it = await asyncio.create_subprocess_exec(
        *command,
        cwd=tmp_path,  # it keeps what it found where it runs
        env={**os.environ, **hooks},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await running_it.communicate()
    report = said.decode()
    assert running_it.returncode == 0, report[-20_000:]
    assert "Tested: " in report, report[-2_000:]
