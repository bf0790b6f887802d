"""Runs where altac is not: the versions of all packages as JSON, and which of some attributes are there.

Arguments: attributes with their paths, as `transformers.GPT2LMHeadModel.generate`.
"""

import json
import sys
from importlib import import_module
from importlib.metadata import distributions


def has(path):
    """Whether a module, or something in one, is there."""
    names = path.split(".")
    for size in range(len(names), 0, -1):
        try:
            found = import_module(".".join(names[:size]))
        except ModuleNotFoundError:
            continue
        for name in names[size:]:
            if not hasattr(found, name):
                return False
            found = getattr(found, name)
        return True
    return False


versions = {one.metadata["Name"].lower().replace("_", "-"): one.version for one in distributions()}
sys.stdout.write(json.dumps({"versions": versions, "has": {path: has(path) for path in sys.argv[1:]}}))
