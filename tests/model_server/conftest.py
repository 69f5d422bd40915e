"""One server process for the session, as a user starts it."""

import json
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from uuid import uuid4

import httpx2
import pytest
from openai import AsyncOpenAI

from tests.waiting import PATIENCE

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def model_server() -> Iterator[str]:
    """The server's address. What it prints must be structured log lines and nothing else."""
    command = [sys.executable, "-m", "local.model", "--port", "0"]
    process = subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    assert process.stdout is not None
    listening = json.loads(process.stdout.readline())
    assert listening["event"] == "model.listening"
    yield f"http://{listening['host']}:{listening['port']}"
    process.terminate()
    printed, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0
    assert [line["level"] for line in map(json.loads, printed.splitlines())] == ["info"], printed


@pytest.fixture
async def client(model_server: str) -> AsyncIterator[AsyncOpenAI]:
    async with AsyncOpenAI(
        base_url=f"{model_server}/v1", api_key="offline", max_retries=0, timeout=20
    ) as client:
        yield client


@pytest.fixture
async def http(model_server: str) -> AsyncIterator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(base_url=model_server, timeout=20) as http:
        yield http


@pytest.fixture
def marker() -> str:
    """Opens a message, so that its calls can be found in the ledger."""
    return uuid4().hex
