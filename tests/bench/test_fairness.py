"""The bare workflow is tuned as ours is, so that neither is favoured."""

import ast
from pathlib import Path

from local.paths import PROJECT

# What a worker does, not how fast: these differ by nature.
NATURE = {"task_queue", "workflows", "activities", "interceptors", "graceful_shutdown_timeout"}
# Which deployment's work a worker takes; a floor has one version.
NATURE |= {"deployment_config", "identity", "build_id"}
FLOOR = "bench/floors/bare_worker.py"
PEER = "bench/peers/streams_worker.py"


def workers(path: Path) -> list[dict[str, str]]:
    """The keywords of each `Worker(...)` of a file."""
    calls = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)]
    return [
        {word.arg: ast.unparse(word.value) for word in call.keywords if word.arg is not None}
        for call in calls
        if isinstance(call.func, ast.Name) and call.func.id == "Worker"
    ]


def constants(path: Path) -> dict[str, str]:
    tree = ast.parse(path.read_text())
    return {
        node.targets[0].id: ast.unparse(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
    }


def test_the_floor_has_every_setting_that_our_worker_has() -> None:
    ours = workers(PROJECT / "queues/turns.py")[0]
    (theirs,) = workers(PROJECT / FLOOR)
    assert set(ours) - NATURE == set(theirs) - NATURE


def test_and_with_the_same_values() -> None:
    ours = constants(PROJECT / "queues/turns.py") | constants(PROJECT / "queues/running.py")
    floor = constants(PROJECT / FLOOR)
    assert ours["TURN_SLOTS"] == floor["SLOTS"]
    for name in ("WORKFLOW_SLOTS", "WORKFLOW_POLLS", "NEW_RUNS_SHARE", "STICKY"):
        assert ours[name] == floor[name]


def test_all_run_on_uvloop() -> None:
    for path in ("worker.py", FLOOR, PEER):
        assert "uvloop.run(main())" in (PROJECT / path).read_text()
