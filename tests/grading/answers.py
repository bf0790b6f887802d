"""Wrong answers to the exercises: each is a solution with one edit, and the smallest input on which it is wrong."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

SOLUTIONS = Path(__file__).parent / "solutions"


@dataclass(frozen=True)
class Wrong:
    """A solution in which `old` is replaced by `new`; what it says on the smallest input on which that is wrong."""

    name: str
    old: str
    new: str
    smallest: str
    found: str

    @property
    def text(self) -> str:
        text = solution(self.name)
        assert text.count(self.old) == 1, self
        return text.replace(self.old, self.new)


def solution(name: str) -> str:
    return (SOLUTIONS / f"{name}.alta").read_text(encoding="utf-8")


TURN = 'TURNED[token] if before == "not" else token'
WRONG = (
    Wrong("copy", "letter = token", 'letter: "a".."d" = "b"', "a", "b"),
    Wrong("copy", "= token", '= token if token != "d" else "a"', "d", "a"),
    Wrong("next_letter", '"d": "a"', '"d": "d"', "d", "d"),
    Wrong("next_letter", "NEXT[token]", "token", "a", "a"),
    Wrong("first_letter", "first token", "last token", "a b", "b b"),
    Wrong("first_letter", "first token", "closest token", "a b", "a b"),
    Wrong("previous", "at -1", "at +1", "a a", "a -"),
    Wrong("previous", 'else "-"', 'else "a"', "a", "a"),
    Wrong("previous", "at -1", "at -2", "a a", "- -"),
    Wrong("count_a", '== "a"', '!= "b"', "c", "1"),
    Wrong("count_a", '== "a"', '== "a" at ..-1', "a", "0"),
    Wrong("repeated", "..-1", "-1", "a b a", "false false false"),
    Wrong("repeated", " at ..-1", "", "a", "true"),
    Wrong("histogram", "query.token", '"a"', "b", "0"),
    Wrong("histogram", "query.token", "query.token at ..0", "a a", "1 2"),
    Wrong("running_ones", "..0", "..-1", "1", "0"),
    Wrong("running_ones", '== "1"', '== "0"', "0", "1"),
    Wrong("majority", "lead > 0", "lead >= 0", "a b", "a"),
    Wrong("majority", "lead < 0", "lead <= -1", "a b b", "tie"),
    Wrong("reverse", "at 1..", "at 0..", "a", "none"),
    Wrong("reverse", "at 1..", "at ..-1", "a b", "a b"),
    Wrong("palindrome", "not failed", "failed", "a", "false"),
    Wrong("palindrome", "key.differs", "key.differs at {-1, 0}", "a a a b a a", "true"),
    Wrong("mood", TURN, "token", "not great", "good"),
    Wrong("mood", '{"good": 1}', '{"good": 2}', "great dull", "good"),
    Wrong("sort", "smaller + equal", "smaller", "0 0", "0 none"),
    Wrong("sort", "key.token < ", "key.token > ", "0 1", "1 0"),
    Wrong("brackets", "is_even and not failed", "is_even", ") (", "true"),
    Wrong("brackets", "is_even and not failed", "not failed", "(", "true"),
    Wrong("parity", "parity ^ parity_left", "parity_left", "1", "0"),
    Wrong("parity", "parity ^ parity_left", "parity", "1 0", "0"),
    Wrong("parity", "halt when done", "layers 2", "0 1 0", "0"),
    Wrong("longest_run", "else 1", "else 0", "a", "0"),
    Wrong("longest_run", "max length", "last length", "a a b", "1"),
    Wrong("carry", "carry := (digit + right) // 2", "carry := 0", "0 1 2", "0 0 0"),
    Wrong("carry", "at +1", "at -1", "0 2", "0 0"),
    Wrong("induction", "last token", "first token", "a a b a", "- a - a"),
    Wrong("induction", "query.token at ..0", "query.token at ..-1", "a a", "- -"),
    Wrong("alphabet", '"e": "f"', '"e": "<end>"', "a", "b c d e"),
    Wrong("alphabet", '"f": "<end>"', '"f": "a"', "a", "b c d e f a"),
    Wrong("write_backwards", "2 * end - position - 1", "position - end + 1", "a b", "a b"),
    Wrong("write_backwards", "- 1, 0)", "- 2, 0)", "a", ""),
)
ALSO_RIGHT = (
    ("copy", "up to 12", "up to 20"),
    ("copy", 'input text: "a".."d"', 'input text: "a".."f"'),
    ("count_a", "at last", "at first"),
    ("sort", "at ..-1", "at 1.."),
    ("parity", "parity ^ parity_left", "(parity + parity_left) % 2"),
    ("previous", ' at -1 else "-"', ' at -1 else "-"\n    var shown = left'),
)
NARROW = (
    (
        "brackets",
        """layer judge:
    head failed = exists where key.is_low
    var balanced = is_even and not failed""",
        """layer judge:
    head failed = exists where key.is_low
    head length = count
    var balanced = is_even and not failed and length <= 6""",
    ),
    ("brackets", "key.is_low", "key.is_low and key.position < 8"),
    ("brackets", "key.is_low", "key.is_low and key.position < 30"),
    ("brackets", "key.is_low", "key.is_low and key.position > 0"),
    ("brackets", "key.is_low", "key.is_low at -20..0"),
    ("parity", "halt when done", "layers 24"),
    ("parity", "halt when done", "layers 200"),
    ("carry", "run move until carry == 0", "run move * 24"),
    ("carry", "run move until carry == 0", "run move * 200"),
    ("induction", "query.token at ..0", "query.token at -9..0"),
    ("induction", "query.token at ..0", "query.token at -12..0"),
    ("copy", "= token", '= token if position < 11 else "a"'),
    ("copy", "= token", '= token if position < 9 else "b"'),
    ("first_letter", "first token", "first token at -9.."),
    ("repeated", "..-1", "-9..-1"),
    ("histogram", "query.token", "query.token at -9..9"),
    ("running_ones", "..0", "-17..0"),
    ("palindrome", "key.differs", "key.differs at -3..0"),
    ("next_letter", "NEXT[token]", "NEXT[token] if position < 11 else token"),
    ("previous", "output left", "output left where position < 11"),
    ("longest_run", "min(left + 1, 15)", "min(left + 1, 14)"),
    ("longest_run", "max length", "max length at -9..0"),
    ("count_a", '== "a"', '== "a" at -10..0'),
    ("reverse", "at 1..", "at 1..9"),
    ("sort", "at ..-1", "at -9..-1"),
)
