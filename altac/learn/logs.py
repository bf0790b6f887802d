"""The log of a run: always a CSV file, and events for TensorBoard where that is installed."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from importlib.util import find_spec
from io import StringIO
from pathlib import Path
from types import TracebackType
from typing import Any

COLUMNS = (
    "step",
    "loss",
    "accuracy",
    "train_accuracy",
    "train_baseline",
    "test_accuracy",
    "test_baseline",
    "learning_rate",
    "seconds",
)


class Logs:
    """Appends lines to `log.csv` and to the events under `tensorboard/`.

    Args:
        start: the step to resume from; later lines of an earlier run are dropped.
    """

    def __init__(self, folder: Path, start: int) -> None:
        path = folder / "log.csv"
        kept = [row for row in read_log(path) if int(row["step"]) <= start] if start else []
        path.write_text(to_csv([dict(zip(COLUMNS, COLUMNS, strict=True)), *kept]), encoding="utf-8")
        self.file = path.open("a", encoding="utf-8")
        self.events: Any = None
        if find_spec("tensorboard") is not None:
            from torch.utils.tensorboard import SummaryWriter

            self.events = SummaryWriter(str(folder / "tensorboard"), purge_step=start + 1 if start else None)

    def __enter__(self) -> Logs:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.file.close()
        if self.events is not None:
            self.events.close()

    def write(self, row: Mapping[str, float]) -> None:
        """One line; columns that it lacks stay empty."""
        self.file.write(to_csv([row]))
        self.file.flush()
        if self.events is not None:
            for name in COLUMNS[1:]:
                if name in row:
                    self.events.add_scalar(name, row[name], int(row["step"]))


def to_csv(rows: list[Any]) -> str:
    text = StringIO()
    csv.DictWriter(text, COLUMNS, lineterminator="\n").writerows(rows)
    return text.getvalue()


def read_log(path: Path) -> list[dict[str, str]]:
    """The lines of a log; none where there is no file."""
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
