"""Imports run one way, along the pipeline; torch comes in only where numbers become tensors."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1] / "altac"

# Each part may import itself and what is listed; a dotted name allows one module only.
ALLOWED = {
    "diagnostics": set(),
    "system": {"diagnostics"},
    "syntax": {"diagnostics", "system"},
    "ir": {"diagnostics"},
    "check": {"diagnostics", "syntax", "ir"},
    "editing": {"diagnostics", "syntax", "ir", "check"},
    "lsp": {"diagnostics", "system", "syntax", "check", "editing", "engine", "analysis.examples", "driver", "version"},
    "engine": {"diagnostics", "ir", "system"},
    "interpret": {"diagnostics", "ir", "engine"},
    "passes": {"diagnostics", "ir"},
    "model": {"diagnostics", "system", "ir", "engine", "targets.target"},
    "backend": {"diagnostics", "ir", "passes.rule_text", "passes.lower"},
    "targets": {"ir", "backend", "model.config"},
    "targets.torch_model": {"ir", "passes", "backend", "model"},
    "explain": {"diagnostics", "ir", "engine", "interpret", "passes"},
    "view.running": {"diagnostics", "engine", "explain", "passes", "driver", "model", "analysis.sizes"},
    "view": {"diagnostics", "system", "ir", "engine", "explain", "passes", "version"},
    "grading": {"diagnostics", "system", "syntax", "ir", "engine", "explain", "driver"},
    "data": {"diagnostics", "system", "ir", "engine", "interpret", "passes"},
    "analysis": {"diagnostics", "system", "ir", "engine", "interpret", "passes", "data", "model.model"},
    "analysis.rule_accuracy": {"diagnostics", "ir", "engine", "interpret", "passes", "model"},
    "driver": {"diagnostics", "syntax", "ir", "check", "engine", "interpret", "passes", "backend", "model", "targets"},
    "learn": {
        "diagnostics",
        "system",
        "ir",
        "engine",
        "data",
        "interpret",
        "analysis",
        "targets.torch_model",
        "driver",
        "model",
    },
    "synthesis": {"diagnostics", "system", "syntax", "ir", "engine", "analysis.text", "driver"},
    "verification": {"diagnostics", "ir", "engine", "driver", "targets", "model"},
    "circuits": {"diagnostics", "system", "ir", "engine", "interpret", "model"},
    "decompile": {"diagnostics", "syntax", "ir", "engine", "driver", "model"},
    "export": {
        "diagnostics",
        "ir",
        "engine",
        "backend",
        "passes",
        "model",
        "check",
        "circuits",
        "driver",
        "system",
        "version",
    },
    "export.halting": {"diagnostics", "export", "model", "targets"},
    "zoo": {
        "diagnostics",
        "system",
        "ir",
        "driver",
        "circuits",
        "data",
        "export",
        "verification",
    },
    "generate": {"diagnostics", "system", "ir", "engine", "driver", "syntax"},
    "notebook": {"diagnostics", "system", "ir", "engine", "explain", "driver", "model", "view", "api"},
    "notebook.extension": {"diagnostics", "system", "driver", "cli", "notebook"},
    "play": {"diagnostics", "system", "syntax", "ir", "check", "engine", "driver", "explain", "view", "editing"},
    "api": {"diagnostics", "system", "ir", "engine", "driver", "model", "targets.target", "verification"},
    "cli": {
        "analysis",
        "explain",
        "view",
        "play",
        "interpret",
        "data",
        "engine",
        "diagnostics",
        "system",
        "syntax",
        "ir",
        "passes",
        "backend",
        "model",
        "targets.target",
        "driver",
        "learn",
        "synthesis",
        "verification",
        "decompile",
        "export",
        "circuits",
        "zoo",
        "generate",
        "grading",
        "lsp",
    },
    "__init__": {"api", "diagnostics", "driver", "engine", "ir"},
    "__main__": {"cli"},
    "version": set(),
}
TORCH = {
    "model.transformer",
    "model.batch",
    "model.cache",
    "model.digest",
    "model.following",
    "model.columns",
    "model.schedule",  # types of what is given to a model
    "model.sparse",
    "model.model",
    "model.encoder",
    "model.encoder_model",
    "model.decode",
    "model.precision",
    "model.sizes",
    "model.file",
    "targets.torch_model",
    "model.learned",
    "model.as_made",
    "model.parts",
    *(f"model.inside.{name}" for name in ("activations", "edits", "interventions", "opened", "recording", "values")),
    "model.inside.methods",
    "analysis.rule_accuracy",
    "system.devices",
    *(
        f"learn.{name}"
        for name in (
            "task",
            "group",
            "optimizers",
            "checkpoint",
            "logs",
            "loop",
            "trace_supervision",
            "output_supervision",
        )
    ),
    *(
        f"export.{name}"
        for name in ("circuit", "unroll", "huggingface", "picture", "onnx_model", "onnx_layers", "onnx_schedule")
    ),
    "synthesis.scores.regression",  # its sparse matrices
    "decompile.bare",
    "decompile.basis",
    "decompile.idle",
    "synthesis.gradient.model",
    "synthesis.gradient.training",
    "circuits.weights",
    "circuits.static",
    "circuits.patching",
    "circuits.build",
    "verification.description",
    "verification.verify",
}


def modules() -> list[tuple[str, ast.Module]]:
    found = []
    for path in sorted(ROOT.rglob("*.py")):
        name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        found.append((name, ast.parse(path.read_text(encoding="utf-8"))))
    return found


def imported(tree: ast.Module) -> set[str]:
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            names.add(node.module or "")
    return names


@pytest.mark.parametrize(("name", "tree"), modules(), ids=[name for name, _ in modules()])
def test_imports_run_one_way(name: str, tree: ast.Module) -> None:
    part = name if name in ALLOWED else name.split(".")[0]
    allowed = ALLOWED[part] | {name.split(".")[0]}
    ours = {target.removeprefix("altac").lstrip(".") for target in imported(tree) if f"{target}.".startswith("altac.")}
    wrong = {target for target in ours - {"version"} if not packages(target) & allowed}
    assert wrong == set(), f"altac.{name} must not import these"


def packages(module: str) -> set[str]:
    """The module and all packages that it is in."""
    parts = module.split(".")
    return {".".join(parts[:length]) for length in range(1, len(parts) + 1)}


def test_torch_stays_where_tensors_are() -> None:
    found = {name for name, tree in modules() if any(target.split(".")[0] == "torch" for target in imported(tree))}
    assert found - TORCH == set()
    assert found


@pytest.mark.parametrize(("name", "tree"), modules(), ids=[name for name, _ in modules()])
def test_no_command_is_imported(name: str, tree: ast.Module) -> None:
    """What two commands need belongs elsewhere; the command line finds them by their names."""
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) for alias in node.names}
    assert not [target for target in imported(tree) | names if target.endswith("_command")]


def test_the_module_knows_nothing_of_the_compiler() -> None:
    """A script with torch alone needs three files."""
    for name in ("transformer", "schedule", "config"):
        known = {target for target in imported(dict(modules())[f"model.{name}"]) if target.startswith("altac")}
        assert known <= {"altac.model.config", "altac.model.schedule"}


@pytest.mark.parametrize("command", ["check", "fmt --check", "rules", "stats"])
def test_commands_start_without_torch(command: str) -> None:
    code = (
        "import sys; from altac.cli.main import run; "
        f"code = run([*{command.split()!r}, 'programs/parity.alta']); "
        "assert code == 0, code; assert 'torch' not in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT.parent, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("path", sorted(ROOT.rglob("*.py")), ids=lambda path: str(path.relative_to(ROOT)))
def test_no_module_is_too_long_to_read(path: Path) -> None:
    lines = len(path.read_text().splitlines())
    assert lines <= 400, f"{path.relative_to(ROOT)} has {lines} lines: give what it holds besides its subject a module"
