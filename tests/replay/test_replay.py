"""Today's code must still replay yesterday's runs."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from temporalio.client import WorkflowHistory
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import Replayer
from temporalio.workflow import NondeterminismError

from local.paths import PROJECT
from models import names
from queues.running import workflow_runner
from tests.replay.changing import changed
from tests.replay.planted import HastyTurnWorkflow
from tests.replay.record import HISTORIES, recorded, wanted
from workflows.agent_run import AgentRunWorkflow
from workflows.approval import ApprovalWorkflow
from workflows.ingestion import IngestionWorkflow
from workflows.post_session import PostSessionWorkflow
from workflows.reembedding import ReembeddingWorkflow
from workflows.slack_answer import SlackAnswerWorkflow
from workflows.turn import TurnWorkflow

PATHS = sorted(HISTORIES.glob("*.json"))
TURNS = [path for path in PATHS if path.name.startswith("turn.")]
WORKFLOWS: dict[str, type] = {
    names.TURN_WORKFLOW: TurnWorkflow,
    names.AGENT_RUN_WORKFLOW: AgentRunWorkflow,
    names.POST_SESSION_WORKFLOW: PostSessionWorkflow,
    names.INGESTION_WORKFLOW: IngestionWorkflow,
    names.REEMBEDDING_WORKFLOW: ReembeddingWorkflow,
    names.APPROVAL_WORKFLOW: ApprovalWorkflow,
    names.SLACK_ANSWER_WORKFLOW: SlackAnswerWorkflow,
}


def replayer(kind: type) -> Replayer:
    return Replayer(
        workflows=[kind],
        data_converter=pydantic_data_converter,
        workflow_runner=workflow_runner(),
    )


def history(path: Path) -> WorkflowHistory:
    return WorkflowHistory.from_json(path.stem, path.read_text())


@pytest.mark.parametrize("kind", WORKFLOWS)
def test_every_shape_of_a_workflow_has_a_history(kind: str) -> None:
    def of_kind(found: set[str]) -> set[str]:
        return {name for name in found if name.startswith(f"{kind}.")}

    assert of_kind(wanted())
    assert of_kind(recorded()) == of_kind(wanted())


def test_every_history_is_of_a_workflow_that_exists() -> None:
    assert {path.name.split(".")[0] for path in PATHS} == set(WORKFLOWS)


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
async def test_history_still_replays(path: Path) -> None:
    await replayer(WORKFLOWS[path.name.split(".")[0]]).replay_workflow(history(path))


@pytest.mark.parametrize("path", TURNS[:3], ids=lambda path: path.stem)
async def test_a_planted_incompatible_change_is_stopped(path: Path) -> None:
    with pytest.raises(NondeterminismError):
        await replayer(HastyTurnWorkflow).replay_workflow(history(path))


def test_the_gate_fails_on_a_change_under_the_same_build_id(tmp_path: Path) -> None:
    """What row 19 deploys as a version of its own, put in place of today's code."""
    code = changed(PROJECT, tmp_path / "code")
    gate = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "tests/replay", "-k", "still_replays and plain"],
        cwd=code,
        env={**os.environ, "PYTHONPATH": str(code)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert gate.returncode == pytest.ExitCode.TESTS_FAILED
    for kind in (names.TURN_WORKFLOW, names.AGENT_RUN_WORKFLOW):
        failed = f"FAILED tests/replay/test_replay.py::test_history_still_replays[{kind}.plain.1]"
        assert failed in gate.stdout
    assert "Nondeterminism" in gate.stdout
