"""Things that come in kinds: each kind is declared in a module of one package, which is its registry."""

from collections.abc import Iterator
from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType


def load_modules(package: ModuleType) -> Iterator[ModuleType]:
    """Yield the modules of `package`, imported, in the order of their names."""
    for module in iter_modules(package.__path__):
        yield import_module(f"{package.__name__}.{module.name}")
