"""Random inputs: all different, balanced over lengths and over a property, and several sets of them apart.

Inputs are drawn by their numbers (`altac.data.words`), so those of a rare kind, such as forty zeros among forty bits,
are met as easily as others, and nothing is thrown away because it was drawn before. A draw depends on the seed alone.

Of a kind of which a set can have fewer inputs than an equal share, it gets all of them, and more of the other kinds;
`Drawn.short` tells of which, and why. If too few exist altogether, that is an error. Whether an input has a result is
known only when it is run: of a kind of which hardly any input has one, inputs are drawn for a while, and those that
were found are taken.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache
from itertools import accumulate
from random import Random
from typing import Literal

from altac.data.properties import Property, parse_property
from altac.data.words import Cell, cells
from altac.diagnostics import AltacError
from altac.diagnostics.run_errors import RunFailed, TooFewInputs
from altac.engine.protocol import Engine, run_texts
from altac.engine.trace import Result, RunError
from altac.ir.interface import Interface
from altac.ir.values import Value, sort_key, value_text

EVERYTHING = Property("true", lambda _: True)
ROUND = 4096  # inputs that are run together
TRIED, HARDLY = 2048, 200  # a kind is given up if, of so many inputs, not one in so many has a result
REPEAT = "let the same input occur several times: `--repeat`"

Progress = Callable[[int], None]
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
        AltacError: if there are not so many, or the property is none.
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
    """Sets of inputs without one in common; and how many were dropped because of which error.

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
            problem = f"`{interface.program}` accepts inputs up to length {interface.longest}, not {request.most}"
            raise AltacError([RunFailed.of(RunError("E0602", problem, "ask for shorter ones"))])
    pool = _Pool(engine, keep_failing, progress, None if repeat else remedy)
    stocks = [
        Stock(cell, Random(f"{seed} {length} {value_text(cell.value)}"))
        for length in sorted({length for one in requests for length in range(one.least, one.most + 1)})
        for cell in cells(interface, balance, length)
    ]
    parts: list[list[Part]] = [[] for _ in requests]
    for stock in stocks:
        for request, some, part in zip(requests, parts, split(stock, requests), strict=True):
            some += [part] if request.least <= stock.cell.length <= request.most else []
    drawn = []
    for number, (request, some) in enumerate(zip(requests, parts, strict=True)):
        quotas = fill(request, some, pool, repeat, lots(f"{seed} share {number}"))
        results = [part.take(quota) for part, quota in zip(some, quotas, strict=True)]
        drawn.append(collect(request, some, results, balance, Random(f"{seed} order {number}")))
    return drawn, pool.dropped


@dataclass
class Stock:
    """The inputs of a cell in a random order, dealt out one after the other."""

    cell: Cell
    generator: Random
    dealt: int = 0
    moved: dict[int, int] = field(default_factory=dict)

    def deal(self) -> str:
        """The next input: a shuffle of all, of which only the dealt part is made."""
        place = self.generator.randrange(self.dealt, self.cell.size)
        number, displaced = self.moved.get(place, place), self.moved.pop(self.dealt, self.dealt)
        if place > self.dealt:
            self.moved[place] = displaced
        self.dealt += 1
        return " ".join(map(value_text, self.cell.word(number)))


@dataclass
class Part:
    """What one set has of a cell: it may look at `budget` inputs of it, and has `kept` some of those `tried`.

    A part without a budget belongs to the set, too: nothing of a kind that was asked for is something to tell.
    """

    stock: Stock
    budget: int
    tried: int = 0
    kept: list[Result] = field(default_factory=list)

    @property
    def given_up(self) -> bool:
        """Whether hardly any input has a result, and not all were looked at."""
        return TRIED <= self.tried < self.budget and len(self.kept) * HARDLY < self.tried

    @property
    def shared(self) -> bool:
        """Whether another set has some of the inputs."""
        return self.budget < self.stock.cell.size

    @property
    def most(self) -> int:
        """How many different inputs it can have, as far as is known."""
        return len(self.kept) + (0 if self.given_up else self.budget - self.tried)

    def looks(self, missing: int) -> int:
        """How many inputs to look at next, where so many are missing: by how many of those before have a result."""
        likely = missing * self.tried // max(1, len(self.kept))
        return min(self.budget - self.tried, max(missing, min(likely, self.tried)))

    def deal(self, count: int) -> list[tuple[Part, str]]:
        self.tried += count
        return [(self, self.stock.deal()) for _ in range(count)]

    def take(self, count: int) -> list[Result]:
        """So many of those that were kept, the same again where there are not as many."""
        return [self.kept[place % len(self.kept)] for place in range(count)]


@dataclass
class _Pool:
    """Runs inputs and says which are kept."""

    engine: Engine | None
    keep_failing: bool
    progress: Progress
    remedy: str | None
    dropped: Counter[str] = field(default_factory=Counter)

    def run(self, wanted: Sequence[tuple[Part, str]]) -> None:
        for start in range(0, len(wanted), ROUND):
            batch = wanted[start : start + ROUND]
            texts = [text for _, text in batch]
            if self.engine is None:
                results = [Result(text, (), 0, None) for text in texts]
            else:
                results = run_texts(self.engine, texts, self.progress)
            for (part, _), result in zip(batch, results, strict=True):
                if result.error is None or self.keep_failing:
                    part.kept.append(result)
                else:
                    self.dropped[result.error.code] += 1


def split(stock: Stock, requests: Sequence[Request]) -> list[Part]:
    """The part of each request in a cell: what it needs of this length, in proportion."""
    length = stock.cell.length
    needs = [
        Fraction(one.count, one.most - one.least + 1) if one.least <= length <= one.most else Fraction(0)
        for one in requests
    ]
    total = sum(needs) or 1
    ends = [round(stock.cell.size * need / total) for need in accumulate(needs)]
    return [Part(stock, end - start) for start, end in zip([0, *ends], ends, strict=False)]


def lots(seed: str) -> Lots:
    """A random number for each name, always the same one."""
    return cache(lambda name: Random(f"{seed} {name}").random())


def fill(request: Request, parts: Sequence[Part], pool: _Pool, repeat: bool, lot: Lots) -> list[int]:
    """Draw until every part has what falls to it; returns how many that are.

    Raises:
        AltacError: if there are not enough.
    """
    while True:
        limits = [None if repeat and part.most else part.most for part in parts]
        quotas = shares(request.count, parts, limits, lot)
        if sum(quotas) < request.count:
            raise too_few(request, parts, pool)
        wanted = []
        for part, quota in zip(parts, quotas, strict=True):
            missing = min(quota, part.most) - len(part.kept)
            wanted += part.deal(part.looks(missing)) if missing > 0 else []
        if not wanted:
            return quotas
        pool.run(wanted)


def too_few(request: Request, parts: Sequence[Part], pool: _Pool) -> AltacError:
    """How many inputs there are, or how many were found where there may be more."""
    pool.run([one for part in parts if not part.given_up for one in part.deal(part.budget - part.tried)])
    found = sum(len(part.kept) for part in parts)
    kind = "different inputs" if pool.engine is None or pool.keep_failing else "different inputs with a result"
    among = sum(part.tried for part in parts) if any(part.given_up for part in parts) else None
    lengths = (request.least, request.most)
    return AltacError([TooFewInputs(None, request.count, found, kind, request.purpose, *lengths, among, pool.remedy)])


def shares(total: int, parts: Sequence[Part], limits: Sequence[int | None], lot: Lots) -> list[int]:
    """How many inputs come from each part: equally many of each value, and in each value of each length.

    Lots decide which values get one more than others, and in each value which lengths.
    """
    by_value: dict[Value, list[int]] = {}
    for place, part in enumerate(parts):
        by_value.setdefault(part.stock.cell.value, []).append(place)
    values = sorted(by_value, key=sort_key)
    of_values = []
    for value in values:
        some = [limits[place] for place in by_value[value]]
        of_values.append(None if None in some else sum(one for one in some if one is not None))
    quotas = [0] * len(parts)
    for value, count in zip(values, spread(total, of_values, [lot(value_text(one)) for one in values]), strict=True):
        places = by_value[value]
        drawn = [lot(f"{parts[place].stock.cell.length} {value_text(value)}") for place in places]
        for place, quota in zip(places, spread(count, [limits[one] for one in places], drawn), strict=True):
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
    request: Request, parts: Sequence[Part], results: Sequence[list[Result]], balance: Property, order: Random
) -> Drawn:
    """All results of a set in random order, and the kinds with less than their share."""
    kinds: dict[Value, list[Part]] = {}
    got: Counter[Value] = Counter()
    for part, some in zip(parts, results, strict=True):
        kind = part.stock.cell.length if balance is EVERYTHING else part.stock.cell.value
        kinds.setdefault(kind, []).append(part)
        got[kind] += len(some)
    share = request.count // len(kinds)
    short = [Short(kind, got[kind], why(kinds[kind])) for kind in sorted(kinds, key=sort_key) if got[kind] < share]
    mixed = [one for some in results for one in some]
    order.shuffle(mixed)
    return Drawn([one.input for one in mixed], mixed, share, short)


def why(parts: Sequence[Part]) -> Why:
    """Why a set has no more inputs of a kind."""
    if any(part.given_up for part in parts):
        return "given up"
    return "shared" if any(part.shared for part in parts) else "exist"
