"""The offline model server as a process, and models that speak to it."""

import json
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from uuid import uuid4

import httpx2
import pytest
from openai import AsyncOpenAI

from adapters.llm.connection import openai_client

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="session")
def offline_server() -> Iterator[str]:
    """The address of one server for the session."""
    command = [sys.executable, "-m", "local.model", "--port", "0"]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    listening = json.loads(process.stdout.readline())
    yield f"http://{listening['host']}:{listening['port']}"
    process.terminate()
    process.communicate(timeout=10)


@pytest.fixture
async def client(offline_server: str) -> AsyncIterator[AsyncOpenAI]:
    async with openai_client(api_key="offline", base_url=f"{offline_server}/v1") as client:
        yield client


@pytest.fixture
async def ledger(offline_server: str) -> AsyncIterator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(base_url=offline_server) as http:
        yield http


@pytest.fixture
def marker() -> str:
    """Goes into a message, so that its calls can be found in the ledger."""
    return uuid4().hex
