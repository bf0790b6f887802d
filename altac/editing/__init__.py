"""What editors show of a program: pure functions of its text, which may be half typed.

Nothing here raises for a text, opens a connection, or imports NumPy or torch. Offsets count characters from 0, and ends
are exclusive. `check` is the one that may take long; all others answer from tokens, and from what it has found before.
"""

from altac.editing.checking import Change, Checked, Fact, Fix, Place, Problem, Related, check
from altac.editing.completion import Completion, completions
from altac.editing.formatting import Formatted, formatting
from altac.editing.highlight import Colour, Piece, semantic_tokens
from altac.editing.hints import Hint, Lens, inlay_hints, lenses
from altac.editing.hover import Hover, hover
from altac.editing.references import definition, references
from altac.editing.renaming import Edited, Found, Renaming, everywhere, renamable, rename
from altac.editing.symbols import Symbol, symbols

__all__ = [
    "Change",
    "Checked",
    "Colour",
    "Completion",
    "Edited",
    "Fact",
    "Fix",
    "Formatted",
    "Found",
    "Hint",
    "Hover",
    "Lens",
    "Piece",
    "Place",
    "Problem",
    "Related",
    "Renaming",
    "Symbol",
    "check",
    "completions",
    "definition",
    "everywhere",
    "formatting",
    "hover",
    "inlay_hints",
    "lenses",
    "references",
    "renamable",
    "rename",
    "semantic_tokens",
    "symbols",
]
