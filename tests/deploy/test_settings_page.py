"""The page of settings is what the processes read."""

from settings.page import PLACE, page


def test_the_page_says_what_the_environment_may_set() -> None:
    assert PLACE.read_text(encoding="utf-8") == page(), "run `python -m settings.page`"


def test_settings_of_each_kind_are_on_it() -> None:
    text = page()
    assert "| `HOLDFAST_DATABASE_URL` | must be set |" in text
    assert "| `HOLDFAST_MODEL__FIRST_TOKEN` | `60` | A model that is silent" in text
    assert "`azure`, `gemini`." in text
