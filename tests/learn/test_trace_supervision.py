"""The steps of a program, learned from its traces: the right data, and a model that is used like a compiled one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import chain, pairwise, product
from pathlib import Path

import numpy as np
import pytest
import torch

import altac
from altac.analysis.evaluate import Tally, answers, expected_outputs
from altac.diagnostics import AltacError
from altac.driver import Compiled
from altac.engine.equivalence import compare_engines
from altac.engine.protocol import trace_text
from altac.engine.trace import EMPTY, Trace
from altac.learn.run import start_run
from altac.learn.trace_supervision import TraceTask, collect_states, read, written
from altac.model.config import LearnedStepConfig, TransformerConfig
from altac.model.learned import LearnedTransformer
from tests.data.support import LAYERS
from tests.learn.support import ALONE, BASE, FIRSTS, bits, trained
from tests.support import compiled, nonempty, program

MEAN = """
program most
input bits: {"0", "1"} up to 6
var more: bool? = none
var steps: 0..3 = 0
head share: {0, 1/2, 1}? = mean (1 if token == "1" else 0) at ..-1
head left = more at -1
step:
    steps := min(steps + 1, 3)
    more := none if share == none else share > 1/2 or left == true
layers 2
output more
"""


# what the step of each layer finds and makes; steps keep counts and `seen`, of which attention leaves no zeros and ones
LAYERED = {
    "letters": [
        ("token place done frequency", "token place done rare frequency"),
        ("token place done frequency rare left ready", "token place done next"),
        ("token place done frequency rare ready next", "token place done"),
        ("token place done frequency rare alike", "token place done letters"),
    ],
    "firsts": [
        ("token done seen", "token done new seen"),
        ("token done new seen left", "token done"),
        ("token done new seen after", "token done out"),
    ],
    "parity": [("parity done parity_left done_left", "parity done")],
    "parity_sum": [("token ones parity", "token parity")],
    "most": [("token more steps share left", "token more steps")],
}
TEXTS = {"letters": ["a b a c", "", "d", "a b a b c d", "c c"], "firsts": ["a b a", "", "b b a a b"]}


def named(name: str) -> Compiled:
    known = {"letters": lambda: LAYERS, "firsts": lambda: FIRSTS, "most": lambda: compiled(MEAN)}
    return known.get(name, lambda: program(name))()


def known(trace: Trace, name: str, layer: int, position: int) -> int:
    """The last value of a variable or head in some layers."""
    rows = trace.variables[name][: layer + 1] if name in trace.variables else trace.heads[name][:layer]
    return [int(value) for value in rows[:, position] if value != EMPTY][-1]


def positions_of(
    one: Compiled, text: str, reads: Sequence[str], writes: Sequence[str], place: int
) -> Counter[tuple[int, ...]]:
    """The states of all positions in all runs of a layer after attention, from the trace, one by one."""
    trace = trace_text(one.interpreter, text)
    found: Counter[tuple[int, ...]] = Counter()
    own = {head.name for head in one.program.layers[place].heads}
    for layer, ran in enumerate(trace.ran):
        for position in range(len(trace.tokens)):
            if ran.place == place:
                before = [known(trace, name, layer + (name in own), position) for name in reads]
                found[(*before, *(known(trace, name, layer + 1, position) for name in writes))] += 1
    return found


@pytest.mark.parametrize("name", LAYERED)
def test_the_states_are_those_of_all_positions_in_all_layers(name: str) -> None:
    one, texts = named(name), TEXTS.get(name, bits(6, 40))
    task = TraceTask(one, BASE, texts, ALONE.device)
    for place, ((reads, writes), examples) in nonempty(enumerate(zip(LAYERED[name], task.examples, strict=True))):
        states, made = examples.states, list(written(examples.view))
        assert (sorted(states.names), sorted(made)) == (sorted(reads.split()), sorted(writes.split()))
        wanted: Counter[tuple[int, ...]] = Counter()
        for text in texts:
            wanted += positions_of(one, text, states.names, made, place)
        found: Counter[tuple[int, ...]] = Counter()
        for values, after, count in zip(nonempty(states.values), states.after, states.counts, strict=True):
            found[(*values.tolist(), *after.tolist())] += int(count)  # states may differ in the number of a mean alone
        assert found == wanted


@pytest.mark.parametrize("name", LAYERED)
def test_the_vectors_are_what_the_compiled_model_holds(name: str) -> None:
    one, texts = named(name), TEXTS.get(name, ["1 0 1 1", "0 0 1"])
    task, stream = TraceTask(one, BASE, texts, ALONE.device), one.model.metadata.stream
    compared: Counter[int] = Counter()
    for text in nonempty(texts):
        tokens = torch.tensor([one.model.interface.tokens(text)], dtype=torch.long)
        for before, layer in pairwise(one.model.module.run(tokens, torch.tensor([tokens.shape[1]]))):
            examples, theirs = task.examples[layer.place], stream.view(layer.place)
            ours = examples.view
            reads = [
                [theirs.number(name)] if part.is_number else theirs.one_hot(name) for name, part in read(ours).items()
            ]
            writes = [stream.standing(layer.place)[name].place for name in written(ours)]
            inputs = examples.inputs[:, [*chain(*(part.place for part in read(ours).values()))]]
            known = torch.cat([inputs, examples.targets], dim=1)
            attends = one.model.module.layers[layer.place].attention is not None
            attended = layer.sublayers[0][0] if attends else before.residual[0]
            found = torch.cat([attended[:, [*chain(*reads)]], layer.residual[0][:, [*chain(*writes)]]], dim=1)
            assert ((found[:, None] - known).abs().amax(dim=2).amin(dim=1) < 1e-5).all()
            compared[layer.place] += len(found)
    assert all(compared[place] > 0 for place in nonempty(range(len(one.program.layers))))


def test_parity_is_learned_from_short_inputs_and_right_on_longer_ones(tmp_path: Path) -> None:
    one = program("parity")
    config = replace(BASE, steps=400, evaluate_every=400, noise=0.1)
    _, row = trained(one, config, tmp_path, bits(8, 200), bits(16, 50, seed=1))
    assert row["step"] == 400
    assert row["test_accuracy"] == 1
    learned = altac.load(tmp_path / "model.pt")
    assert compare_engines(one.interpreter, learned, bits(30, 20, seed=2)) is None
    assert learned.metadata.trained is not None
    assert learned.metadata.trained["config"]["hidden"] == [32, 32]
    assert learned.metadata.trained["step"] == 400


def test_all_layers_are_learned_together(tmp_path: Path) -> None:
    one, texts = named("firsts"), [" ".join(one) for size in range(1, 5) for one in product("ab", repeat=size)]
    _, row = trained(one, replace(BASE, steps=300, evaluate_every=300, noise=0.0), tmp_path, texts, texts)
    assert row["test_accuracy"] == row["accuracy"] == 1
    learned = altac.load(tmp_path / "model.pt")
    assert compare_engines(one.interpreter, learned, texts) is None
    assert learned.metadata.learned is not None
    assert [len(dimensions) for dimensions in learned.metadata.learned.keeps] == [4, 0, 4]  # new and seen; out


def test_the_loss_is_the_sum_over_layers() -> None:
    task = TraceTask(LAYERS, replace(BASE, noise=0.0), TEXTS["letters"], ALONE.device)

    class Off(torch.nn.Module):
        """All that layer n writes is n / 2 off."""

        def forward(self, inputs: list[torch.Tensor]) -> list[torch.Tensor]:
            found = []
            for place, (rows, examples) in enumerate(zip(inputs, task.examples, strict=True)):
                known = dict(zip(map(tuple, examples.inputs.tolist()), examples.targets, strict=True))
                found.append(torch.stack([known[tuple(row)] for row in rows.tolist()]) + place / 2)
            return found

    loss, accuracy = task.loss(Off(), torch.Generator().manual_seed(0), 50, slice(None))
    assert float(loss) == pytest.approx(0 + 1 / 4 + 1 + 9 / 4)
    assert float(accuracy) == 1 / 4


def test_a_layer_that_never_runs_cannot_be_learned() -> None:
    one = compiled(
        'program rare\ninput bits: {"0", "1"}\nvar done: bool = token == "1"\nlayer clear:\n    done := true\n'
        "layer show:\n    var out = 1 if done else 0\nrun clear until done, show\noutput out\n"
    )
    with pytest.raises(AltacError, match="no training input runs the layer `clear`"):
        TraceTask(one, BASE, ["1", "1 1"], ALONE.device)
    TraceTask(one, BASE, ["1", "1 0"], ALONE.device)


def test_the_file_opens_in_plain_torch(tmp_path: Path) -> None:
    trained(program("parity"), replace(BASE, steps=500, noise=0.1), tmp_path, bits(8, 100), [])
    state = torch.load(tmp_path / "model.pt", weights_only=True)
    described = state["_extra_state"]
    config, step = TransformerConfig.from_dict(described["config"]), LearnedStepConfig.from_dict(described["learned"])
    model = LearnedTransformer(config, step)
    model.load_state_dict(state, strict=True)
    vocabulary = state["_extra_state"]["input"]["vocabulary"]
    tokens = torch.tensor([[vocabulary.index(symbol) for symbol in ("<s>", "1", "0", "1", "1")]])
    residual, layers = model(tokens, torch.tensor([5]))
    assert model.logits(residual)[0, -1].argmax() == 1
    assert layers.tolist() == [4]


def test_only_the_step_is_trained(tmp_path: Path) -> None:
    one = program("parity")
    task, _ = trained(one, replace(BASE, steps=20), tmp_path, bits(4, 20), [])
    state, original = task.engine.module.state_dict(), one.model.module.state_dict()
    for name in (
        "token_embedding.weight",
        "layers.0.attention.value.weight",
        "until.0.fc_in.weight",
        "unembedding.weight",
    ):
        assert torch.equal(state[name], original[name])


def test_a_counting_head_is_read_without_units(tmp_path: Path) -> None:
    one = program("parity_sum")
    task = TraceTask(one, BASE, ["1 0 1 1"], ALONE.device)
    trace = trace_text(task.engine, "1 0 1 1 1")
    assert trace.heads["ones"].tolist() == [[4] * 6]


def test_what_a_learned_step_does_wrong_is_no_fault_of_the_program() -> None:
    task = TraceTask(program("parity"), replace(BASE, hidden=(8,)), ["1 0"], ALONE.device)
    assert isinstance(task.engine.module, LearnedTransformer)
    mlp = task.engine.module.layers[0].learned
    with torch.no_grad():
        for linear in mlp.linears:
            linear.weight.copy_(torch.eye(*linear.weight.shape))  # a step that changes nothing
            linear.bias.zero_()
    (result,) = task.engine.run(["1 1"])
    assert result.error is not None
    assert (result.error.code, result.error.help_text[:32]) == ("E0604", "compare the weights with their p")


def test_a_model_that_neither_halts_nor_repeats_ends_after_its_most_layers() -> None:
    config = replace(BASE, restore=False, hidden=(8,))
    task = TraceTask(program("parity"), config, ["1 0"], ALONE.device)
    assert task.engine.layer_rate == 1
    assert isinstance(task.engine.module, LearnedTransformer)
    mlp = task.engine.module.layers[0].learned
    with torch.no_grad():
        mlp.linears[0].weight.copy_(torch.eye(8))
        mlp.linears[1].weight.copy_(torch.tensor([1.01, 1.01, 1.01, 0]).diag() @ torch.eye(4, 8))  # never `done`
        mlp.linears[0].bias.zero_()
        mlp.linears[1].bias.zero_()
    results = task.engine.run(["1 1", ""])
    assert [result.error and result.error.code for result in results] == ["E0620", None]
    assert results[0].layers == 4 * (3 + 8)
    assert altac.trace(task.engine, "1 1").layers == 4 * (3 + 8) - 1  # whole layers
    tally = Tally.of(answers(task.engine, expected_outputs(program("parity").interpreter, ["1 1", ""])))
    assert (tally.right, tally.wrong, tally.unanswered) == (1, 0, {"E0620": 1})  # no wrong answer: none


def test_a_state_is_restored() -> None:
    task = TraceTask(compiled(MEAN), BASE, ["1 0"], ALONE.device)
    assert isinstance(task.engine.module, LearnedTransformer)
    mlp = task.engine.module.layers[0].learned
    config = task.engine.metadata.config
    assert task.engine.metadata.learned is not None
    state = torch.full((1, config.d_state), 0.2)
    assert set(mlp.restored(state)[0].tolist()) == {0.0}
    assert set(mlp.restored(1 - state)[0].tolist()) == {1.0}


def test_numbers_are_not_learned(tmp_path: Path) -> None:
    (tmp_path / "p.alta").write_text(
        "program p\ninput word: 0..3 up to 4\n"
        "layer a:\n    head m: number = mean token\n    var big = m > 1\noutput big\n"
    )
    for supervision in ("trace", "output"):
        config = replace(BASE, program=str(tmp_path / "p.alta"), supervision=supervision)
        with pytest.raises(AltacError, match="E0625"):
            start_run(config, tmp_path / supervision, lambda row: None)


def test_random_values_replace_none_and_are_stepped_from() -> None:
    one = compiled(MEAN)
    config = replace(BASE, randomise=True, noise=0.0)
    task = TraceTask(one, config, ["1 0 1", "0 1"], ALONE.device)
    seen: list[tuple[torch.Tensor, torch.Tensor]] = []

    class Spy(torch.nn.Module):
        def forward(self, inputs: list[torch.Tensor]) -> list[torch.Tensor]:
            found: list[torch.Tensor] = task.trained(inputs)
            seen.append((inputs[0], found[0]))
            return found

    generator = torch.Generator().manual_seed(0)
    task.loss(Spy(), generator, 500, slice(None))
    inputs = seen[0][0]
    stream = task.engine.metadata.stream
    left = list(stream.heads["left"].place)
    met = {tuple(row) for row in inputs[:, left].tolist()}
    assert met == {(1, 0, 0), (0, 1, 0), (0, 0, 1)}  # each of them, though a first layer brings `none` alone
    plain = {tuple(row) for row in task.examples[0].inputs[:, left].tolist()}
    assert plain != met or len(task.examples[0].inputs) < 500


def test_a_run_without_a_layer_cannot_be_learned_from() -> None:
    with pytest.raises(AltacError, match="no step to learn"):
        TraceTask(program("parity"), BASE, [""], ALONE.device)


def test_states_do_not_depend_on_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    one = program("parity_absolute")
    task = TraceTask(one, BASE, ["1"], ALONE.device)
    texts = bits(10, 60)
    (whole,) = collect_states(one.interpreter, task.engine, texts)
    monkeypatch.setattr("altac.engine.batches.CELLS", 50)
    (parts,) = collect_states(one.interpreter, task.engine, texts)
    assert np.array_equal(whole.values, parts.values)
    assert np.array_equal(whole.counts, parts.counts)
