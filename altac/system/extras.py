"""Optional dependencies: a command that needs one that is not installed says what to install."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType

from altac.diagnostics import AltacError
from altac.diagnostics.run_errors import MissingExtra


def require(module: str, extra: str) -> ModuleType:
    """Import a module that comes with an extra of altac.

    Args:
        module: its full name, such as `pyarrow.parquet`.
        extra: the extra that installs it, such as `data`.

    Raises:
        AltacError: if it is not installed. An error inside an installed module passes through.
    """
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        package = module.partition(".")[0]
        if (error.name or "").partition(".")[0] != package:
            raise
        raise AltacError([MissingExtra(None, package, extra)]) from None
