"""What the edge and the workers find in their environment."""

from pathlib import Path

import pytest

from local.environment import for_product
from local.paths import Folder
from local.slack.program import settings as slack_settings

PORT = "HOLDFAST_METRICS_PORT"
TIER = "HOLDFAST_RATES__DEFAULT_TIER"


def test_each_worker_serves_its_metrics_at_a_port_of_its_own_unless_one_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(PORT, raising=False)
    assert for_product(Folder(tmp_path), {}, None)[PORT] == "0"
    monkeypatch.setenv(PORT, "9100")
    assert for_product(Folder(tmp_path), {}, None)[PORT] == "9100"


def test_whoever_tries_it_out_has_the_largest_tier_unless_another_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(TIER, raising=False)
    assert for_product(Folder(tmp_path), {}, None)[TIER] == "enterprise"
    monkeypatch.setenv(TIER, "free")
    assert for_product(Folder(tmp_path), {}, None)[TIER] == "free"


def test_messages_link_to_pages_where_there_are_some(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOLDFAST_SLACK__LINK_PAGE", "https://theirs.example/link/")
    folder = Folder.made(tmp_path)

    plain = slack_settings(folder, 1, 2, pages=False)
    linked = slack_settings(folder, 1, 2, pages=True)

    assert not [name for name in plain if name.endswith("_PAGE")]
    assert linked["HOLDFAST_SLACK__APPROVAL_PAGE"] == "http://127.0.0.1:2/inbox?approval="
    assert linked["HOLDFAST_SLACK__LINK_PAGE"] == "https://theirs.example/link/"
