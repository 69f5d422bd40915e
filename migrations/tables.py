"""All tables that there are, as metadata."""

import pkgutil
from importlib import import_module

from sqlalchemy import MetaData

import models.tables
from models.tables.base import Row


def metadata() -> MetaData:
    """Import every module of tables: a new one needs no list to be kept."""
    for module in pkgutil.iter_modules(models.tables.__path__, "models.tables."):
        import_module(module.name)
    return Row.metadata
