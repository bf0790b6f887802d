"""The tools that exports are tested with, and what exported code takes from them: a newer one that lacks it is named.

To try a newer version, change it in constraints-export.txt, remove `.venv-export`, and run `make test-export`.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.export.elsewhere.environments import NEW, OLD, ROOT, run
from tests.support import nonempty

USED = {  # by what is written: `load.py`, the folders for transformers, `run.py`; names with _ are no promise of theirs
    NEW: (
        "transformer_lens.TransformerBridge.boot_native",
        "transformer_lens.TransformerBridgeConfig",
        "transformer_lens.utilities.tl_checkpoint_conversion.convert_tl_checkpoint",
        "transformers.GPT2LMHeadModel.generate",
        "transformers.GenerationMixin._supports_default_dynamic_cache",
        "transformers.GenerationMixin.prepare_inputs_for_generation",
        "transformers.PreTrainedConfig",
        "transformers.PreTrainedModel",
        "transformers.PreTrainedTokenizerFast._encode_plus",
        "transformers.utils.ModelOutput",
        "torch.nn.modules.module._global_forward_hooks",
        "torch.nn.modules.module._global_forward_pre_hooks",
        "onnxruntime.InferenceSession.get_modelmeta",
    ),
    OLD: (
        "transformer_lens.HookedTransformer",
        "transformer_lens.HookedTransformerConfig",
        "auto_circuit.utils.graph_utils.patch_mode",
        "auto_circuit.utils.graph_utils.patchable_model",
    ),
}
TOOLS = {
    NEW: ("transformer-lens", "transformers", "onnxruntime", "onnx", "torch"),
    OLD: ("transformer-lens", "auto-circuit", "torch"),
}


@pytest.fixture(scope="module")
def found() -> dict[str, Any]:
    return {environment: json.loads(run(environment, "run_versions.py", *paths)) for environment, paths in USED.items()}


@pytest.mark.parametrize(("environment", "tool"), [(place, tool) for place, tools in TOOLS.items() for tool in tools])
def test_a_tool_has_the_version_of_the_constraints(found: dict[str, Any], environment: str, tool: str) -> None:
    lines = (ROOT / f"constraints{environment.removeprefix('.venv')}.txt").read_text(encoding="utf-8").splitlines()
    pinned = dict(line.split("==") for line in lines if "==" in line)
    assert found[environment]["versions"][tool].partition("+")[0] == pinned[tool]
    assert "altac" not in found[environment]["versions"]


@pytest.mark.parametrize(("environment", "path"), [(place, path) for place, paths in USED.items() for path in paths])
def test_a_tool_has_what_exported_code_uses(found: dict[str, Any], environment: str, path: str) -> None:
    assert found[environment]["has"][path]


def test_what_is_not_there_is_noticed() -> None:
    missing = ["transformers.GPT2LMHeadModel.no_such_method", "no_such_module.part"]
    has = json.loads(run(NEW, "run_versions.py", *missing))["has"]
    for path in nonempty(missing):
        assert has[path] is False
