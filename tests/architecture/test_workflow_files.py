"""Workflow files load no vendor package, and mean what the names say."""

import subprocess
import sys
from pathlib import Path

import pytest
from temporalio import workflow

from models import names
from workflows.agent_run import AgentRunWorkflow
from workflows.approval import ApprovalWorkflow
from workflows.ingestion import IngestionWorkflow
from workflows.post_session import PostSessionWorkflow
from workflows.reembedding import ReembeddingWorkflow
from workflows.slack_answer import SlackAnswerWorkflow
from workflows.turn import TurnWorkflow

ROOT = Path(__file__).parents[2]
FILES = sorted((ROOT / "workflows").glob("[!_]*.py"))
VENDORS = {
    "alembic", "asyncpg", "bs4", "fastapi", "google.cloud.aiplatform", "google.genai", "httpx",
    "httpx2", "openai", "pgvector", "redis", "sqlalchemy", "sqlmodel", "starlette", "uvicorn",
}  # fmt: skip


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_workflow_file_loads_no_vendor_package(file: Path) -> None:
    program = f"import sys, workflows.{file.stem}; print(*sys.modules, sep=chr(10))"
    loaded = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()
    assert f"workflows.{file.stem}" in loaded
    assert VENDORS & set(loaded) == set()


@pytest.mark.parametrize(
    ("kind", "name", "messages"),
    [
        (
            TurnWorkflow,
            names.TURN_WORKFLOW,
            {
                names.SEND_UPDATE,
                names.SEND_SIGNAL,
                names.WITHDRAW_UPDATE,
                names.STOP_SIGNAL,
                names.DECIDED_SIGNAL,
            },
        ),
        (AgentRunWorkflow, names.AGENT_RUN_WORKFLOW, {names.STOP_SIGNAL, names.DECIDED_SIGNAL}),
        (PostSessionWorkflow, names.POST_SESSION_WORKFLOW, {names.CLOSE_SIGNAL}),
        (IngestionWorkflow, names.INGESTION_WORKFLOW, set()),
        (ReembeddingWorkflow, names.REEMBEDDING_WORKFLOW, set()),
        (ApprovalWorkflow, names.APPROVAL_WORKFLOW, {names.CHANGED_SIGNAL}),
        (SlackAnswerWorkflow, names.SLACK_ANSWER_WORKFLOW, set()),
    ],
)
def test_definitions_carry_the_names_that_others_call_them_by(
    kind: type, name: str, messages: set[str]
) -> None:
    definition = workflow._Definition.must_from_class(kind)
    assert definition.name == name
    assert set(definition.signals) | set(definition.updates) == messages
