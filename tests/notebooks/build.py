"""Run the notebooks of `examples/` anew, and write them: `python -m tests.notebooks.build`. Read the difference."""

from __future__ import annotations

import json
import sys
from typing import Any

import nbformat
from nbclient import NotebookClient

from tests.notebooks.source import EXAMPLES, NOTEBOOKS, notebook

LONGEST = 600  # seconds for a cell that hangs
QUIET = "--IPKernelApp.exec_lines=from altac.cli import progress; progress.EVERY = 1e6"  # on a slow machine, too
WIDGET = "application/vnd.jupyter.widget-view+json"


def run(found: dict[str, Any]) -> Any:
    """A notebook with the outputs of all its cells.

    Raises:
        CellExecutionError: if one fails that should not.
    """
    made = nbformat.reads(json.dumps(found), as_version=4)
    arguments = ["--Completer.use_jedi=False", QUIET]
    client = NotebookClient(
        made,
        timeout=LONGEST,
        kernel_name="python3",
        extra_arguments=arguments,
        record_timing=False,
        resources={"metadata": {"path": str(EXAMPLES)}},
    )
    client.execute()
    return made


def lasting(made: Any) -> dict[str, Any]:
    """What of a notebook that has run is the same whenever it runs: no widgets, which live with their kernel."""
    found: dict[str, Any] = json.loads(nbformat.writes(made))
    found["metadata"] = {name: found["metadata"][name] for name in ("kernelspec", "language_info")}
    found["metadata"]["language_info"] = {"name": "python"}
    for cell in found["cells"]:
        outputs: list[dict[str, Any]] = []
        for output in cell.get("outputs", []):
            output.get("data", {}).pop(WIDGET, None)
            before = outputs[-1] if outputs else {}
            if output["output_type"] == "stream" and before.get("name") == output["name"]:
                text = "".join([*before["text"], *output["text"]])
                before["text"] = text.splitlines(keepends=True)
            else:
                outputs.append(output)
        if cell["cell_type"] == "code":
            cell["outputs"] = outputs
    return found


def text_of(found: dict[str, Any]) -> str:
    return json.dumps(found, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def build(name: str) -> str:
    """The text of a notebook that was run."""
    return text_of(lasting(run(notebook(name))))


def main(names: list[str]) -> None:
    for name in names or NOTEBOOKS:
        path = EXAMPLES / f"{name}.ipynb"
        text = build(name)
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
            print(f"wrote examples/{name}.ipynb")  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1:])
