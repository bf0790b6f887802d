"""The card of a model: what it is, what it is exact for, how it is used, and its program."""

from __future__ import annotations

from altac.export.halting import is_changed
from altac.export.request import Request
from altac.model.model import Model

TASKS = {
    "AutoModelForCausalLM": "text-generation",
    "AutoModelForTokenClassification": "token-classification",
    "AutoModelForSequenceClassification": "text-classification",
}


def model_card(request: Request, task: str) -> str:
    """Markdown, as Hugging Face reads it."""
    model, program = request.model, request.compiled.program
    parts = [
        f"---\nlibrary_name: transformers\npipeline_tag: {TASKS[task]}\ntags:\n- altac\n---\n\n# {program.name}",
        program.doc.strip(),
        "A Transformer whose weights were compiled from the program below by altac, without training. "
        "It needs `torch`, `numpy` and `transformers`; altac itself is not needed.",
        *([] if not is_changed(request) else [changed(model)]),
        f"![what heads and hidden units read and write](circuit.svg)\n\n## Use\n\n```python\n{usage(request, task)}```",
        details(task),
        f"## Where it is exact\n\n{certificate(model)}",
        f"## Sizes\n\n{sizes(model)}",
        f"## Program\n\n```text\n{program.source.text.rstrip()}\n```",
        *(f"It imports `{name}`:\n\n```text\n{text.rstrip()}\n```" for name, text in program.imports.items()),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def changed(model: Model) -> str:
    what = "A part of it was trained" if model.is_learned else "Its weights were changed after they were compiled"
    return f"**{what}: it need not do what the program says, and the certificate says nothing about it.**"


def usage(request: Request, task: str) -> str:
    """Python that opens the folder and runs it."""
    interface = request.compiled.program.interface
    examples = [example.input for example in request.compiled.program.examples if example.input.strip()][:2]
    texts = examples or [interface.render([]) or " ".join(map(interface.domain.text, interface.alphabet.values[:2]))]
    run = (
        "output = model(**batch)\nprint(model.texts(output))\n"
        if interface.writing is None
        else "written = model.generate(**batch)\n"
        'print(tokenizer.batch_decode(written[:, batch["input_ids"].shape[1] :], skip_special_tokens=True))\n'
    )
    return (
        f"from transformers import {task}, AutoTokenizer\n\n"
        'folder = "."  # where this file is\n'
        "tokenizer = AutoTokenizer.from_pretrained(folder, trust_remote_code=True)\n"
        f"model = {task}.from_pretrained(folder, trust_remote_code=True)\n"
        f'batch = tokenizer({texts!r}, return_tensors="pt", padding=True)\n{run}'
    )


def details(task: str) -> str:
    """What the output has."""
    lines = [
        "`model(..., output_hidden_states=True, output_attentions=True)` gives the residual stream before the first "
        "layer and after each, whose dimensions are named in `model.config.dimensions`, and the attention of every "
        "head, named in `model.config.heads`; the last key is a sink, which takes the weight where nothing is "
        "selected. "
        "`output.layers` says how many layers each input took.",
        "A symbol that the program does not know, an input that is too long, and a run without a result are errors.",
    ]
    if task == "AutoModelForCausalLM":
        lines.append(
            "`generate` keeps the keys and values of earlier positions; `use_cache=False`, edits and hooks make it run "
            "the whole text again for each symbol."
        )
    return "\n\n".join(lines)


def certificate(model: Model) -> str:
    """What each number format is exact for."""
    certificate = model.metadata.certificate
    rows = [f"| {name} | {limit.text} | {limit.reason} |" for name, limit in certificate.formats.items()]
    lines = ["| format | exact for | why not more |", "| --- | --- | --- |", *rows]
    known = "".join(f"\n\nKnown {line}." for line in certificate.known)
    return "\n".join(lines) + f"\n\nIt runs {certificate.runs}.{known}"


def sizes(model: Model) -> str:
    """Of the whole, and of each layer."""
    stats = model.stats()
    rows = [
        f"| {layer['name'] or 'the layer'} | {layer['heads']} | {layer['hidden_units']:,} | {layer['parameters']:,} |"
        for layer in stats["layers"]
    ]
    table = "\n".join(["| layer | heads | hidden units | parameters |", "| --- | --- | --- | --- |", *rows])
    return (
        f"{stats['d_model']} dimensions of the residual stream, {stats['parameters']:,} parameters, "
        f"{stats['nonzeros']:,} of them not zero.\n\n{table}"
    )
