"""The card of a program in a suite, and the page that lists all of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from altac.diagnostics.words import counted
from altac.ir.certificate import Certificate

Record = dict[str, Any]


def card(record: Record, source: str, certificate: Certificate) -> str:
    """Markdown: what the program does, what is in the folder, and what is not, with reasons."""
    parts = [
        f"# {record['name']}",
        record["about"],
        sizes(record),
        f"```text\n{source.rstrip()}\n```",
        "## Circuit",
        circuits(record["circuits"]),
        "## Counterfactuals",
        counterfactuals(record["counterfactuals"]),
        "## Data",
        data(record["data"]),
        *(["## Tools", tools(record["tools"])] if record["tools"] else []),
        "## Where it is exact",
        exact(certificate),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def sizes(record: Record) -> str:
    numbers = record["sizes"]
    return (
        f"{counted(numbers['heads'], 'head')}, {counted(numbers['hidden_units'], 'hidden unit')}, "
        f"{numbers['d_model']} dimensions, {numbers['parameters']:,} parameters, of which {numbers['nonzeros']:,} "
        f"are not zero. It halts {record['halts']}."
    )


def circuits(found: Record) -> str:
    rows = [
        f"| {kind} | {one['layers']} | {one['nodes']} | {one['edges']} of {one['candidates']:,} | {one['pairs']} |"
        for kind, one in found.items()
        if kind != "refused"
    ]
    lines = []
    if rows:
        table = ["| set | layers | nodes | edges | pairs |", "| --- | --- | --- | --- | --- |", *rows]
        lines += ["![which part passes what to which](circuit.svg)", "\n".join(table)]
    dropped = max((one["dropped"] for kind, one in found.items() if kind != "refused"), default=0)
    if dropped:
        lines.append(f"{counted(dropped, 'pair')} left out: with so many layers, an answer is another than at the end.")
    if "refused" in found:
        missing = "circuit" if "static" not in found else "live circuit"
        lines.append(f"There is no {missing}: {reason(found['refused'])}.")
    return "\n\n".join(lines)


def counterfactuals(found: Record) -> str:
    rows = [f"| `{name}` | {one['pairs']} | {reason(one) if 'why' in one else ''} |" for name, one in found.items()]
    return "\n".join(["| differs alone | pairs | why not more |", "| --- | --- | --- |", *rows]) if rows else "None."


def data(found: Record) -> str:
    if "why" in found:
        return f"There are no inputs: {reason(found)}."
    rest = f"; {found['without_result']:,} others had no result" if found["without_result"] else ""
    return f"{counted(found['inputs'], 'input')} of up to {found['longest']} symbols, with answers{rest}."


def tools(found: Record) -> str:
    rows = []
    for name, one in found.items():
        if one["takes"]:
            rows.append(f"| {name} | yes | {cell('; '.join([*one['notes'], *one['warnings']]))} |")
        else:
            rows.append(f"| {name} | no | {reason(one)} |")
    return "\n".join(["| tool | takes it | |", "| --- | --- | --- |", *rows])


def reason(one: Record) -> str:
    code = f" ({one['code']})" if "code" in one else ""
    return f"{cell(one['why'])}{code}"


def cell(text: str) -> str:
    """A text in one cell of a table."""
    return " ".join(text.replace("|", "\\|").split())


def exact(certificate: Certificate) -> str:
    rows = [f"| {name} | {limit.text} | {cell(limit.reason)} |" for name, limit in certificate.formats.items()]
    return "\n".join(["| format | exact for | why not more |", "| --- | --- | --- |", *rows])


def overview(title: str, records: Sequence[Record]) -> str:
    """The page that lists all programs: what they are, how large, and which tools take them."""
    names = list(records[0]["tools"]) if records else []
    head = ["program", "heads", "hidden units", "parameters", "circuit", "pairs", "inputs", *names]
    rows = [f"| {' | '.join(head)} |", f"|{' --- |' * len(head)}"]
    for one in records:
        static = one["circuits"].get("static")
        row = [
            f"[{one['name']}]({one['name']}/README.md)",
            *(f"{one['sizes'][name]:,}" for name in ("heads", "hidden_units", "parameters")),
            "no" if static is None else counted(static["edges"], "edge"),
            str(sum(variable["pairs"] for variable in one["counterfactuals"].values())),
            str(one["data"]["inputs"]),
            *("yes" if one["tools"][name]["takes"] else "no" for name in names),
        ]
        rows.append(f"| {' | '.join(row)} |")
    return f"# {title}\n\n" + "\n".join(rows) + "\n\nThe card of a program says why something is not there.\n"
