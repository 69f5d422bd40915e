"""What the edge and the workers find in their environment."""

from pathlib import Path

import pytest

from local.environment import for_product
from local.paths import Folder

PORT = "HOLDFAST_METRICS_PORT"


def test_each_worker_serves_its_metrics_at_a_port_of_its_own_unless_one_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(PORT, raising=False)
    assert for_product(Folder(tmp_path), {}, None)[PORT] == "0"
    monkeypatch.setenv(PORT, "9100")
    assert for_product(Folder(tmp_path), {}, None)[PORT] == "9100"
