"""16-bit products on a CPU: oneDNN is off for them, for nothing else, and no longer than that."""

import pytest
import torch

from altac.model.precision import HALVES, executing, products
from altac.targets.torch_model import build_model
from tests.support import nonempty, program

CPU, CUDA = torch.device("cpu"), torch.device("cuda")


def enabled() -> bool:
    return bool(torch._C._get_mkldnn_enabled())


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16, torch.float32, torch.float64])
def test_off_for_half_precision_on_a_cpu_alone(dtype: torch.dtype) -> None:
    before = enabled()
    with products(dtype, CUDA):
        assert enabled() == before
    with products(dtype, CPU):
        assert enabled() == (before and dtype not in HALVES)
    assert enabled() == before
    with pytest.raises(ZeroDivisionError), products(dtype, CPU):
        raise ZeroDivisionError
    assert enabled() == before


def test_a_caller_has_its_own_setting_and_gradients_between_two_layers() -> None:
    one = program("parity")
    model = build_model(one.program, one.blocks, one.level)  # `one.model` is shared with other tests
    model.module.to(torch.bfloat16)
    before, seen = enabled(), 0
    for _ in nonempty(model.layers([[0, 1]])):
        assert enabled() == before
        assert not torch.is_inference_mode_enabled()
        seen += 1
    assert seen > 1
    with executing(model.module.unembedding.weight):
        assert torch.is_inference_mode_enabled()
