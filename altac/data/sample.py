"""Random inputs: all different, balanced over lengths and over a property, and several sets of them apart.

Inputs are drawn by their numbers (`altac.data.words`), so those of a rare kind, such as forty zeros among forty bits,
are met as easily as others, and nothing is thrown away because it was drawn before. A draw depends on the seed alone.

Of a kind of which a set can have fewer inputs than an equal share, it gets all of them, and more of the other kinds;
`Drawn.short` says which, and why. If too few exist altogether, that is an error. Whether an input has a result, and
which, is known only when it is run: of a kind of which hardly any input is, or has a result, inputs are drawn for a
while, and those that were found are taken.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from itertools import accumulate
from random import Random
from typing import Literal

from altac.data.properties import Property, output_value, parse_property
from altac.data.stock import TRIED, KindOf, Pool, Progress, Share, Stock, Supply
from altac.data.words import cells
from altac.diagnostics import AltacError
from altac.diagnostics.input_errors import LengthNotAccepted
from altac.diagnostics.run_errors import BadProperty, TooFewInputs
from altac.engine.protocol import Engine
from altac.engine.trace import Result
from altac.ir.interface import Interface
from altac.ir.values import Value, sort_key, value_text

EVERYTHING = Property("true", lambda _: True)
MET = 16  # inputs of each length, at least, of which the kinds are met before any are chosen
REPEAT = "let the same input occur several times: `--repeat`"

Lots = Callable[[str], float]


@dataclass(frozen=True)
class Request:
    """A set of so many inputs, of lengths `least` to `most`; `purpose` is such as ` for testing`."""

    count: int
    least: int
    most: int
    purpose: str = ""


Why = Literal["exist", "shared", "given up"]


@dataclass(frozen=True)
class Short:
    """A kind with fewer inputs than an equal share.

    `why` is that no more exist, or that another set has some of them, or that drawing was given up.
    """

    value: Value
    count: int
    why: Why


@dataclass(frozen=True)
class Drawn:
    """A set in random order, with results where inputs were run.

    A kind is a value of the property, or if there is none, a length; `short` has those with less than an equal `share`.
    """

    texts: list[str]
    results: list[Result]
    share: int
    short: list[Short]


def draw(
    source: Engine | Interface,
    count: int,
    lengths: tuple[int, int],
    balance: str | None = None,
    *,
    seed: int = 0,
    repeat: bool = False,
    keep_failing: bool = False,
) -> list[str]:
    """Different inputs in random order.

    Args:
        source: the interpreter or a model, which drops inputs that have no result; an interface drops none.
        count: how many.
        lengths: the least and the greatest, in symbols without the frame; all are drawn equally often, as far as
            there are that many inputs.
        balance: a property (`altac.data.properties`) whose values are all drawn equally often, before lengths are.
        repeat: if there are too few inputs of a kind, draw the same ones again.
        keep_failing: keep those without a result.

    Raises:
        AltacError: if there are not so many, or if it is not a property.
    """
    engine = None if isinstance(source, Interface) else source
    interface = source if isinstance(source, Interface) else source.interface
    found = EVERYTHING if balance is None else parse_property(balance, interface)
    request = Request(count, *lengths)
    return draw_sets(interface, [request], found, seed, engine, repeat=repeat, keep_failing=keep_failing)[0][0].texts


def draw_sets(
    interface: Interface,
    requests: Sequence[Request],
    balance: Property = EVERYTHING,
    seed: int = 0,
    engine: Engine | None = None,
    *,
    repeat: bool = False,
    keep_failing: bool = False,
    progress: Progress = lambda _: None,
    remedy: str = REPEAT,
) -> tuple[list[Drawn], Counter[str]]:
    """Sets that have no input in common; and how many inputs were dropped because of which error.

    Where there are not enough inputs of a kind for all sets, each gets a part according to its need.

    Args:
        engine: what says whether an input has a result; if None, all are kept.
        progress: called with the number of inputs that were run since the last call.
        remedy: what else can be done where there are too few.

    Raises:
        AltacError: as `draw`.
    """
    for request in requests:
        if interface.longest is not None and request.most > interface.longest:
            raise AltacError([LengthNotAccepted(None, interface.longest, interface.program, request.most)])
    if balance.reads_output and engine is None:
        raise AltacError([BadProperty(None, balance.text, "the output is known only of inputs that are run")])
    kind_of = output_kind(interface, balance) if balance.reads_output else None
    pool = Pool(engine, keep_failing, progress)
    stocks = [
        Stock(cell, Random(f"{seed} {length} {value_text(cell.value)}"))
        for length in sorted({length for request in requests for length in range(request.least, request.most + 1)})
        for cell in cells(interface, balance if kind_of is None else EVERYTHING, length)
    ]
    sources: list[list[Supply]] = [[] for _ in requests]
    for stock in stocks:
        for request, chosen, budget in zip(requests, sources, split(stock, requests), strict=True):
            if request.least <= stock.cell.length <= request.most:
                chosen.append(Supply(stock, budget, kind_of))
    drawn = []
    for number, (request, chosen) in enumerate(zip(requests, sources, strict=True)):
        parts, quotas = fill(request, chosen, pool, repeat, lots(f"{seed} share {number}"), remedy)
        results = [part.take(quota) for part, quota in zip(parts, quotas, strict=True)]
        drawn.append(collect(request, chosen, parts, results, balance, Random(f"{seed} order {number}")))
    return drawn, pool.dropped


def output_kind(interface: Interface, balance: Property) -> KindOf:
    """The value of a property for an input and its result; without a result, the output is `none`."""
    return lambda result: balance(interface.parse(result.input), output_value(interface, result.output or ()))


def split(stock: Stock, requests: Sequence[Request]) -> list[int]:
    """How many inputs of a cell each request may have: what it needs of this length, in proportion."""
    length = stock.cell.length
    needs = [
        Fraction(request.count, request.most - request.least + 1)
        if request.least <= length <= request.most
        else Fraction(0)
        for request in requests
    ]
    total = sum(needs) or 1
    ends = [round(stock.cell.size * need / total) for need in accumulate(needs)]
    return [end - start for start, end in zip([0, *ends], ends, strict=False)]


def lots(seed: str) -> Lots:
    """A random number for each name, always the same one."""
    return cache(lambda name: Random(f"{seed} {name}").random())


def fill(
    request: Request, sources: Sequence[Supply], pool: Pool, repeat: bool, lot: Lots, remedy: str
) -> tuple[list[Share], list[int]]:
    """Draw until every part has its share; returns the parts, and how many inputs that is of each.

    Raises:
        AltacError: if there are not enough.
    """
    met = max(MET, TRIED // max(1, len(sources)))  # where kinds are known only of inputs that were run
    looks = {source: min(source.left, met) for source in sources if not source.parts}
    while True:
        pool.run([dealt for source, count in looks.items() for dealt in source.deal(count)])
        parts = [part for source in sources for part in source.parts.values()]
        limits = [None if repeat and part.most else part.most for part in parts]
        quotas = shares(request.count, parts, limits, lot)
        looks = {}
        for part, quota in zip(parts, quotas, strict=True):
            missing = min(quota, part.most) - len(part.kept)
            if missing > 0:
                looks[part.source] = max(looks.get(part.source, 0), part.looks(missing))
        missing = request.count - sum(quotas)
        if missing and not looks:
            looks = {source: min(source.left, max(missing, TRIED)) for source in sources if source.is_open}
        if not looks and missing:
            raise too_few(request, sources, pool, None if repeat else remedy)
        if not looks:
            return parts, quotas


def too_few(request: Request, sources: Sequence[Supply], pool: Pool, remedy: str | None) -> AltacError:
    """How many inputs there are, or how many were found where there may be more."""
    found = sum(len(part.kept) for source in sources for part in source.parts.values())
    kind = "different inputs" if pool.keeps_all else "different inputs with a result"
    among = sum(source.tried for source in sources) if any(source.left for source in sources) else None
    lengths = (request.least, request.most)
    return AltacError([TooFewInputs(None, request.count, found, kind, request.purpose, *lengths, among, remedy)])


def shares(total: int, parts: Sequence[Share], limits: Sequence[int | None], lot: Lots) -> list[int]:
    """How many inputs come from each part: equally many of each value, and in each value of each length.

    Chance decides which values get one more than others, and in each value which lengths.
    """
    by_value: dict[Value, list[int]] = {}
    for place, part in enumerate(parts):
        by_value.setdefault(part.value, []).append(place)
    values = sorted(by_value, key=sort_key)
    of_values = []
    for value in values:
        known = [limit for place in by_value[value] if (limit := limits[place]) is not None]
        of_values.append(sum(known) if len(known) == len(by_value[value]) else None)
    quotas = [0] * len(parts)
    drawn = spread(total, of_values, [lot(value_text(value)) for value in values])
    for value, count in zip(values, drawn, strict=True):
        places = by_value[value]
        order = [lot(f"{parts[place].length} {value_text(value)}") for place in places]
        for place, quota in zip(places, spread(count, [limits[place] for place in places], order), strict=True):
            quotas[place] = quota
    return quotas


def spread(total: int, limits: Sequence[int | None], order: Sequence[float]) -> list[int]:
    """A number in parts that are as equal as their limits allow (None: no limit), and less only where all are full.

    What cannot be divided goes to those that come first in the `order`.
    """
    result = [0] * len(limits)
    rest = sorted((place for place, limit in enumerate(limits) if limit != 0), key=lambda place: order[place])
    while rest:
        each, more = divmod(total, len(rest))
        full = [place for place in rest if (limit := limits[place]) is not None and limit <= each]
        for number, place in enumerate(full or rest):
            limit = limits[place]
            result[place] = limit if full and limit is not None else each + (number < more)
            total -= result[place]
        rest = [place for place in rest if place not in full] if full else []
    return result


def collect(
    request: Request,
    sources: Sequence[Supply],
    parts: Sequence[Share],
    results: Sequence[list[Result]],
    balance: Property,
    order: Random,
) -> Drawn:
    """All results of a set in random order, and the kinds with less than their share."""
    kinds: dict[Value, list[Share]] = {}
    got: Counter[Value] = Counter()
    for part, taken in zip(parts, results, strict=True):
        kind = part.length if balance is EVERYTHING else part.value
        kinds.setdefault(kind, []).append(part)
        got[kind] += len(taken)
    share = request.count // len(kinds)
    unseen = balance.reads_output and any(source.left for source in sources)  # inputs of any kind, for all we know
    short = [
        Short(kind, got[kind], "given up" if unseen else why(kinds[kind]))
        for kind in sorted(kinds, key=sort_key)
        if got[kind] < share
    ]
    mixed = [result for taken in results for result in taken]
    order.shuffle(mixed)
    return Drawn([result.input for result in mixed], mixed, share, short)


def why(parts: Sequence[Share]) -> Why:
    """Why a set has no more inputs of a kind."""
    if any(part.given_up for part in parts):
        return "given up"
    return "shared" if any(part.source.is_shared for part in parts) else "exist"
