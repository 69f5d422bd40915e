"""The edge of the dialects' tests."""

from tests.dialects.conftest import site

__all__ = ["site"]
