"""Measures of localised production systems: proximities, typologies, governance.

``import slpi`` loads nothing. A module is loaded when it is first named: ``slpi.corpus``, ``from slpi import corpus``.
"""

from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType


def __getattr__(name: str) -> ModuleType:
    if not name.startswith("_") and name in __dir__():
        return import_module(f"slpi.{name}")
    raise AttributeError(f"module 'slpi' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(module.name for module in iter_modules(__path__))
