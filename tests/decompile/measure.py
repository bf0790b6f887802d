"""How many programs come back from weights in another order, and in another basis.

    python -m tests.decompile.measure [--library] [--seeds FROM TO]

prints a line for each program that does not, and the figures of docs/decompiling.md. Random programs that do not
compile do not count.
"""

from __future__ import annotations

from collections import Counter

import click

from altac.decompile.bare import BareWeights
from altac.decompile.compare import first_difference, plan
from altac.decompile.decompile import decompiled
from altac.decompile.weights import Undecided
from altac.diagnostics import AltacError
from altac.driver import Compiled
from tests.decompile.permuted import permuted
from tests.decompile.rotated import rotated
from tests.decompile.test_library import NAMES
from tests.fuzz.generator import random_program
from tests.support import compiled, program

FORMS = {"in another order": permuted, "in another basis": rotated}


def outcome(original: Compiled, form: str, seed: int) -> str:
    """What becomes of weights in a form: "equal", a difference, or why they are refused."""
    module, interface = original.model.module, original.model.interface
    try:
        found = decompiled(FORMS[form](module, seed), interface)
    except Undecided as reason:
        return f"refused: {reason}"
    for one in (module, found.given):
        weights = BareWeights(one, interface)
        difference = first_difference(found.program, weights, plan(found.program, weights, 100, 30, seed))
        if difference is not None:
            return f"different: {difference}"
    return "equal"


@click.command()
@click.option("--library", is_flag=True, help="Programs of the library.")
@click.option("--seeds", nargs=2, type=int, default=(0, 0), help="Random programs: FROM and TO.")
def main(library: bool, seeds: tuple[int, int]) -> None:
    """Print each program that does not come back, and figures."""
    tally: Counter[tuple[str, str, str]] = Counter()
    for name in [*(NAMES if library else ()), *range(*seeds)]:
        kind, seed = ("library", 0) if isinstance(name, str) else ("random", name)
        try:
            original = program(name) if isinstance(name, str) else compiled(random_program(name, False))
            assert original.model  # some refuse to become weights only here
        except AltacError:
            continue
        for form in FORMS:
            result = outcome(original, form, seed)
            tally[kind, form, result.split(":")[0]] += 1
            if result != "equal":
                click.echo(f"{name}, {form}: {result}")
    for kind, form in sorted({(kind, form) for kind, form, _ in tally}):
        counts = {result: tally[kind, form, result] for result in ("equal", "refused", "different")}
        click.echo(f"{kind}, {form}: {counts['equal']} of {sum(counts.values())}, different: {counts['different']}")


if __name__ == "__main__":
    main()
