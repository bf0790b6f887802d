"""Whatever a user does to the module counts in every way of running it, or is refused."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

import altac
from altac.diagnostics import AltacError
from altac.model.model import Execution, Model
from altac.model.sparse import SparseTransformer
from altac.model.transformer import MLP
from tests.support import program

TEXTS = ["", "1", "1 0 1", "0 1 1 0", "1 1 1 1 1"]
RIGHT = {text: str(text.count("1") % 2) for text in TEXTS}


def fresh(tmp_path: Path, execution: Execution = "auto") -> Model:
    """The weights of parity, not shared with other tests."""
    path = tmp_path / "parity.pt"
    program("parity").save(path)
    model = altac.load(path)
    assert isinstance(model, Model)
    model.execution = execution
    return model


def ways(model: Model) -> list[list[str]]:
    """What every way of running says of each text; an error is its code."""
    results = altac.run(model, TEXTS)
    called = []
    for text in TEXTS:
        try:
            called.append(model(text))
        except AltacError as error:
            called.append(error.diagnostics[0].code)
    traced = []
    for text in TEXTS:
        trace = altac.trace(model, text)
        variable, layers = trace.variables["parity"], trace.layers
        traced.append(trace.error.code if trace.error else str(variable[layers, -1]))
    ran = [result.error.code if result.error else result.text(model.interface) for result in results]
    return [called, ran, [result.text(model.interface) for result in model.run(TEXTS) if not result.error], traced]


def ignores_the_left(module: nn.Module, arguments: object, output: tuple[torch.Tensor, torch.Tensor]) -> object:
    """A hook on attention: the head `parity_left` always brings 0."""
    update, disagree = output
    update = update.clone()
    update[:, :, 4] += update[:, :, 5]  # parity_left=0 gets what parity_left=1 had
    update[:, :, 5] = 0
    return update, disagree


def zero_data(model: Model) -> None:
    """As many ablations are written: an edit that no version counter sees."""
    model.module.layers[0].mlps[0].fc_out.weight.data[:, :2] = 0


def zero_in_place(model: Model) -> None:
    with torch.no_grad():
        model.module.layers[0].mlps[0].fc_out.weight[:, :2] = 0


def replace_parameter(model: Model) -> None:
    weight = model.module.layers[0].mlps[0].fc_out.weight.detach().clone()
    weight[:, :2] = 0
    model.module.layers[0].mlps[0].fc_out.weight = nn.Parameter(weight)


def replace_module(model: Model) -> None:
    old = model.module.layers[0].mlps[0]

    class Half(nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            units = old.fc_in(x).clamp(0, 1)
            units[..., :2] = 0
            return old.fc_out(units)

    model.module.layers[0].mlps[0] = Half()


def replace_method(model: Model) -> None:
    mlp = model.module.layers[0].mlps[0]
    forward = mlp.forward

    def changed(x: torch.Tensor) -> torch.Tensor:
        update = forward(x).clone()
        update[..., :2] = 0
        return update

    mlp.forward = changed  # type: ignore[method-assign]


def hook_units(model: Model) -> None:
    def silence(module: nn.Module, arguments: object, output: torch.Tensor) -> torch.Tensor:
        output = output.clone()
        output[..., :2] = -1
        return output

    model.module.layers[0].mlps[0].fc_in.register_forward_hook(silence)


EDITS: list[Callable[[Model], None]] = [
    zero_data, zero_in_place, replace_parameter, replace_module, replace_method, hook_units,
]  # fmt: skip


@pytest.mark.parametrize("edit", EDITS)
def test_an_edit_counts_in_every_way_of_running(edit: Callable[[Model], None], tmp_path: Path) -> None:
    """Without the two rules that change `parity`, every bit keeps its own value."""
    model = fresh(tmp_path)
    assert ways(model) == [list(RIGHT.values())] * 4
    edit(model)
    own = [text[-1] if text else "0" for text in TEXTS]
    assert own != list(RIGHT.values())
    assert ways(model) == [own] * 4
    with torch.no_grad():
        tokens = torch.tensor([model.interface.tokens("1 0 1")])
        residual, _ = model.module(tokens)
    assert model.module.logits(residual)[0, -1].argmax().item() == 1


def test_a_hook_on_attention_counts_and_its_removal_too(tmp_path: Path) -> None:
    model = fresh(tmp_path)
    assert isinstance(model.runner, SparseTransformer)
    handle = model.module.layers[0].attention.register_forward_hook(ignores_the_left)  # type: ignore[union-attr]
    assert model.runner is model.module
    assert ways(model)[0] == [text[-1] if text else "0" for text in TEXTS]
    handle.remove()
    assert isinstance(model.runner, SparseTransformer)
    assert ways(model) == [list(RIGHT.values())] * 4


def test_an_edit_of_the_unembedding_is_what_the_model_says(tmp_path: Path) -> None:
    model = fresh(tmp_path)
    model.module.unembedding.weight.data = model.module.unembedding.weight.data.flip(0)
    assert [model(text) for text in TEXTS] == [str(1 - int(right)) for right in RIGHT.values()]


def test_what_would_never_be_called_is_refused(tmp_path: Path) -> None:
    for act in (
        lambda module: module.register_forward_hook(lambda *_: None),
        lambda module: module.register_forward_pre_hook(lambda *_: None),
        lambda module: setattr(module, "forward", lambda *_: None),
    ):
        model = fresh(tmp_path)
        act(model.module)
        for run in (lambda m: m("1"), lambda m: altac.run(m, "1"), lambda m: altac.trace(m, "1")):
            with pytest.raises(AltacError, match="E0704"):
                run(model)


def test_a_hook_on_all_modules_counts(tmp_path: Path) -> None:
    model, called = fresh(tmp_path), []
    handle = nn.modules.module.register_module_forward_hook(lambda module, *_: called.append(type(module).__name__))
    try:
        assert model("1 1") == "0"
    finally:
        handle.remove()
    assert {"Attention", "MLP", "Readout"} <= set(called)


def test_lengths_may_be_left_out() -> None:
    model = program("parity").model
    tokens = torch.tensor([model.interface.tokens("1 0 1"), model.interface.tokens("1 1 1")])
    with torch.no_grad():
        residual, layers = model.module(tokens)
        same, counted = model.module(tokens, torch.tensor([4, 4]))
    assert torch.equal(residual, same)
    assert layers.tolist() == counted.tolist() == [3, 3]


def test_an_edited_model_is_saved_as_it_is(tmp_path: Path) -> None:
    model = fresh(tmp_path)
    zero_data(model)
    model.save(tmp_path / "edited.safetensors")
    edited = altac.load(tmp_path / "edited.safetensors")
    assert [edited(text) for text in TEXTS] == [model(text) for text in TEXTS] != list(RIGHT.values())


def test_a_model_says_what_it_is_in_a_line(tmp_path: Path) -> None:
    model = fresh(tmp_path)
    size = "2 heads, width 8, 3 hidden units, 275 parameters"
    assert repr(model) == f"<altac.Model parity: {size}, float32 on cpu>"
    assert repr(model.to(torch.float64)) == f"<altac.Model parity: {size}, float64 on cpu>"
    assert model("1 1 1") == "1"


class Doubled(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return 0 * x


def hooked(model: Model) -> None:
    model.module.layers[0].mlps[0].register_forward_hook(lambda module, arguments, output: output)


def one_mlp_twice(model: Model) -> None:
    model.module.layers[0].mlps.append(model.module.layers[0].mlps[0])


def another_part(model: Model) -> None:
    model.module.layers[0].mlps[0] = Doubled()


def tensor_for_parameter(model: Model) -> None:
    linear = model.module.layers[0].mlps[0].fc_in
    weight = linear.weight.detach().clone()
    del linear.weight
    linear.weight = weight


def another_list(model: Model) -> None:
    model.module.layers[0].attention.one_value = [False, False, False]  # type: ignore[union-attr]


@pytest.mark.parametrize("edit", [hooked, one_mlp_twice, another_part, tensor_for_parameter, another_list])
def test_what_a_file_cannot_hold_is_neither_saved_nor_certified(edit: Callable[[Model], None], tmp_path: Path) -> None:
    model = fresh(tmp_path)
    assert model.runner is not model.module
    assert model.is_as_made
    edit(model)
    assert not model.is_as_made
    assert ways(model) == ways(Model(model.module, model.metadata, "dense"))
    with pytest.raises(AltacError, match="E0706"):
        model.save(tmp_path / "edited.pt")
    assert not (tmp_path / "edited.pt").exists()
    assert altac.verify(model, budget=200, random=100).verdict != "equal"


def test_a_tensor_in_place_of_a_parameter_is_followed(tmp_path: Path) -> None:
    model = fresh(tmp_path)
    tensor_for_parameter(model)
    assert model("1 1") == "0"
    model.module.layers[0].mlps[0].fc_in.weight.zero_()
    assert ways(model) == ways(Model(model.module, model.metadata, "dense")) != [list(RIGHT.values())] * 4


def test_a_class_that_is_patched_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = fresh(tmp_path)
    assert model("1 1") == "0"
    forward = MLP.forward
    monkeypatch.setattr(MLP, "forward", lambda self, x: forward(self, x) * 0)
    assert model.runner is model.module
    assert ways(model)[0][1:] == ["E0604"] * 4
    monkeypatch.undo()
    assert model("1 1") == "0"


def test_a_stream_without_numbers_ends(tmp_path: Path) -> None:
    """A state that is NaN everywhere never equals itself."""
    model = fresh(tmp_path)
    model.module.layers[0].mlps[0].fc_out.bias.data[0] = torch.nan
    assert ways(model)[0][1:] == ["E0604"] * 4


class Around(nn.Module):
    """Calls the part that it replaces."""

    def __init__(self, part: nn.Module) -> None:
        super().__init__()
        self.part = part

    def forward(self, *arguments: object) -> object:
        return self.part(*arguments)


def put(path: str, part: object) -> Callable[[Model], None]:
    """An edit that puts something in the place of a part, a parameter or a list."""
    *outer, name = path.split(".")

    def edit(model: Model) -> None:
        place = model.module.get_submodule(".".join(outer))
        if not isinstance(part, nn.Module | nn.Parameter | None):
            delattr(place, name)
        setattr(place, name, part)

    return edit


def around_attention(model: Model) -> None:
    model.module.layers[0].attention = Around(model.module.layers[0].attention)  # type: ignore[assignment,arg-type]


def no_unembedding(model: Model) -> None:
    del model.module.unembedding


def half_an_mlp(model: Model) -> None:
    model.module.layers[0].mlps[0].fc_in.half()


def hook_without_heads(model: Model) -> None:
    model.module.layers[0].attention.register_forward_hook(lambda module, arguments, output: output[0])  # type: ignore[union-attr]


UNFIT = [  # what is named, and the edit
    ("layers` is None", put("layers", None)),
    ("layers` is not a list", put("layers", nn.Identity())),
    ("layers` cannot run", put("layers", nn.ModuleList())),
    ("layers[0]` is None", put("layers.0", None)),
    ("layers[0]` has no method `mask`", put("layers.0", nn.Identity())),
    ("until` is None", put("until", None)),
    ("until` is not a dictionary", put("until", nn.Identity())),
    ('until["0"]` is missing', put("until", nn.ModuleDict())),
    ("layers[0].attention` has no method `mask`", around_attention),
    ("layers[0].attention` has no method `mask`", put("layers.0.attention", nn.Identity())),
    ("layers[0].attention` cannot run", hook_without_heads),
    ("layers[0].attention.query` cannot run", put("layers.0.attention.query", nn.Linear(3, 3))),
    (
        "layers[0].attention.slope",
        put("layers.0.attention.slope", nn.Parameter(torch.zeros(2, dtype=torch.float64))),
    ),
    ("layers[0].attention.slope", put("layers.0.attention.slope", nn.Parameter(torch.zeros(2, device="meta")))),
    ("layers[0].attention` cannot run", put("layers.0.attention.slope", [0.0, 0.0])),
    ("layers[0].mlps` is None", put("layers.0.mlps", None)),
    ("layers[0].mlps` is not a list", put("layers.0.mlps", nn.Identity())),
    ("layers[0].mlps` is not a list", put("layers.0.mlps", "x")),
    ("layers[0].mlps[0]` is None", put("layers.0.mlps.0", None)),
    ("layers[0].mlps[0]` cannot run", put("layers.0.mlps.0", nn.Linear(3, 3))),
    (
        "layers[0].mlps[0].fc_in` cannot run",
        put("layers.0.mlps.0.fc_in.weight", nn.Parameter(torch.zeros(2, 8))),
    ),
    ("layers[0].mlps[0].fc_in.*float16", half_an_mlp),
    ('until["0"]` is None', put("until.0", None)),
    ('until["0"]` cannot run', put("until.0", nn.Linear(8, 3))),
    ('until["0"]` cannot run', put("until.0", nn.ModuleList())),
    ("unembedding` is missing", no_unembedding),
    ("unembedding` is not a module", put("unembedding", 3)),
    ("token_embedding` is None", put("token_embedding", None)),
    ("token_embedding` cannot run", put("token_embedding", nn.Identity())),
    ("position_embedding` cannot run", put("position_embedding", nn.Linear(3, 3))),
]


@pytest.mark.parametrize(("name", "edit"), UNFIT)
def test_a_part_that_cannot_run_is_refused_by_name(name: str, edit: Callable[[Model], None], tmp_path: Path) -> None:
    model = fresh(tmp_path)
    edit(model)
    for run in (
        lambda: model("1 0 1"),
        lambda: altac.run(model, ["1 0 1", ""]),
        lambda: altac.trace(model, "1 0 1"),
        lambda: altac.verify(model, budget=20, random=5),
    ):
        with pytest.raises(AltacError, match=r"E0707.*`model\.module\." + name.replace("[", r"\[")):
            run()
    assert not model.is_as_made
    with pytest.raises(AltacError, match=r"E070[67]"):
        model.save(tmp_path / "edited.pt")
    assert repr(model).startswith("<altac.Model parity: ")


@pytest.mark.parametrize(
    "path",
    [
        "layers.0.mlps.0",
        "until.0",
        "unembedding",
        "token_embedding",
        "layers.0.attention.query",
        "layers.0.mlps.0.fc_in",
    ],
)
def test_a_module_around_a_part_counts(path: str, tmp_path: Path) -> None:
    model = fresh(tmp_path)
    put(path, Around(model.module.get_submodule(path)))(model)
    assert model.runner is model.module
    assert ways(model) == [list(RIGHT.values())] * 4


@pytest.mark.parametrize("path", ["layers.0", "layers.0.attention"])
def test_a_module_around_attention_or_a_layer_counts_with_its_mask(path: str, tmp_path: Path) -> None:
    model = fresh(tmp_path)
    part: Any = model.module.get_submodule(path)
    around: Any = Around(part)
    around.mask = part.mask
    put(path, around)(model)
    assert ways(model) == [list(RIGHT.values())] * 4
    report = altac.verify(model, budget=200, random=100)
    assert report.verdict == "undecided"
    assert report.difference is None


def test_a_part_without_effect_counts(tmp_path: Path) -> None:
    """Nothing is brought, or nothing changes; so nothing halts but the empty input, which has its frame alone."""
    for edit in (put("layers.0.attention", None), put("layers.0.mlps.0", Doubled())):
        model = fresh(tmp_path)
        edit(model)
        assert ways(model)[0][1:] == ["E0604"] * 4


def test_an_exception_of_a_user_s_own_reaches_the_user(tmp_path: Path) -> None:
    class Enough(Exception): ...

    def stop(*_: object) -> None:
        raise Enough

    model = fresh(tmp_path)
    model.module.layers[0].mlps[0].register_forward_hook(stop)
    with pytest.raises(Enough):
        model("1 0 1")


def test_a_part_that_never_repeats_itself_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Clock(nn.Module):
        time = 0.0

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            self.time = (self.time + 1e-7) % 1e-4
            update = x.round() - x
            update[..., 0] += self.time
            return update

    model = fresh(tmp_path)
    model.module.layers[0].mlps[0] = Clock()
    monkeypatch.setattr("altac.model.model.UNKNOWN_RATE", 2)
    with pytest.raises(AltacError, match=r"(?s)E0620.*allowing"):
        model("1 0 1")


def test_a_device_or_a_format_that_cannot_be_used_is_an_error(tmp_path: Path) -> None:
    model = fresh(tmp_path)
    for target, code in (("float16", "E0624"), ("nowhere", "E0624"), (torch.int32, "E0607")):
        with pytest.raises(AltacError, match=code):
            model.to(target)
    for wrong in ({"budget": -1}, {"random": "x"}, {"jobs": 0}):
        with pytest.raises(AltacError, match="E0607"):
            altac.verify(model, **wrong)
