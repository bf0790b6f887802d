"""The plain module: loads strictly, halts by itself, does not mind batches or padding."""

from pathlib import Path

import pytest
import torch

from altac.model.batch import batch_tensors
from altac.model.config import TransformerConfig
from altac.model.model import Model
from altac.model.transformer import Transformer
from tests.support import nonempty, program


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("model") / "parity.pt"
    program("parity").save(path)
    return path


def plain(file: Path) -> Transformer:
    """As in the module's own docstring, with nothing of altac but that one file."""
    state = torch.load(file, weights_only=True)
    model = Transformer(TransformerConfig.from_dict(state["_extra_state"]["config"]))
    model.load_state_dict(state, strict=True)
    return model


def test_loads_strictly_and_runs_in_plain_torch(file: Path) -> None:
    model = plain(file)
    vocabulary = torch.load(file, weights_only=True)["_extra_state"]["input"]["vocabulary"]
    tokens = torch.tensor([[vocabulary.index(symbol) for symbol in ("<s>", "1", "0", "1", "1")]])
    residual, layers = model(tokens, torch.tensor([5]))
    assert model.logits(residual)[0, -1].argmax() == 1
    assert layers.tolist() == [4]


def test_every_sequence_of_a_batch_halts_on_its_own_and_padding_changes_nothing(file: Path) -> None:
    model = plain(file)
    one, zero, start = 1, 0, 2
    words = [[start], [start, one], [start, one, zero, one, one, one], [start, zero, zero]]
    longest = max(map(len, words))
    lengths = torch.tensor([len(word) for word in words])
    for padding in (zero, one, start):
        tokens = torch.tensor([word + [padding] * (longest - len(word)) for word in words])
        residual, layers = model(tokens, lengths)
        assert layers.tolist() == [0, 1, 5, 2]
        for row, word in enumerate(words):
            alone, _ = model(torch.tensor([word]), torch.tensor([len(word)]))
            assert torch.equal(residual[row, : len(word), :4], alone[0, :, :4])


@pytest.mark.parametrize("execution", ["dense", "sparse"])
@pytest.mark.parametrize("name", ["addition", "dyck1", "scan", "shortest_path"])
def test_padding_stays_silent(name: str, execution: str) -> None:
    """Nothing bounds what a layer makes of positions that are not there, so nothing may stay there."""
    one = program(name)
    model = Model(one.model.module, one.model.metadata, execution)
    texts = [one.program.examples[0].input, ""]
    tokens, lengths = batch_tensors([model.interface.tokens(text) for text in texts], torch.device("cpu"))
    padding = torch.arange(tokens.shape[1]) >= lengths[:, None]
    with torch.inference_mode():
        for state in nonempty(model.runner.run(tokens, lengths)):
            assert not state.residual[padding[state.rows]].any()
            assert abs(state.residual).max() <= 1.01 or name in ("dyck1",)  # that averages numbers


def test_the_state_is_exactly_one_hot_after_hundreds_of_layers(file: Path) -> None:
    model = plain(file)
    tokens = torch.tensor([[2] + [1, 0, 1] * 100])
    for state in nonempty(model.run(tokens, torch.tensor([301]))):
        variables = state.residual[0, :, :4]
        assert set(variables.unique().tolist()) <= {0.0, 1.0}
        assert torch.equal(variables[:, :2].sum(-1), torch.ones(301))
    assert (state.place, state.round, state.numbers.tolist()) == (0, 300, [300])


@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16, torch.float16])
def test_other_precisions(file: Path, dtype: torch.dtype) -> None:
    model = plain(file).to(dtype)
    tokens = torch.tensor([[2, 1, 0, 1, 1]])
    residual, layers = model(tokens, torch.tensor([5]))
    assert model.logits(residual)[0, -1].argmax() == 1
    assert layers.tolist() == [4]


@pytest.mark.parametrize("device", ["cpu", *(["cuda"] if torch.cuda.is_available() else [])])
def test_on_every_device_that_is_there(file: Path, device: str) -> None:
    model = plain(file).to(device)
    residual, layers = model(torch.tensor([[2, 1, 0, 1, 1]], device=device), torch.tensor([5], device=device))
    assert model.logits(residual)[0, -1].argmax().item() == 1
    assert layers.tolist() == [4]


def test_an_unknown_size_is_refused() -> None:
    data = program("parity").model.module.config.to_dict()
    with pytest.raises(ValueError, match="incomplete"):
        TransformerConfig.from_dict({**data, "colour": 3})
    with pytest.raises(ValueError, match="d_model"):
        TransformerConfig.from_dict({**data, "d_model": -1})
