"""The state of a run, from which it can be resumed as if nothing had happened.

Batches, noise and initial weights are drawn from the seed and the number of the step, so no generator has to be saved:
the parameters, the optimiser and the number of the step are the whole state.
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import torch

from altac.diagnostics import AltacError
from altac.diagnostics.training_errors import DamagedCheckpoint, UnreadableCheckpoint
from altac.system.files import write_whole


def save_checkpoint(path: Path, state: dict[str, Any]) -> None:
    """Write a checkpoint, whole or not at all.

    Raises:
        AltacError: if it cannot be written.
    """
    buffer = io.BytesIO()
    torch.save(state, buffer)
    write_whole(path, buffer.getvalue())


def load_checkpoint(path: Path, device: torch.device) -> dict[str, Any]:
    """Read a checkpoint; no code in it is run.

    Raises:
        AltacError: if there is none, or it is damaged.
    """
    try:
        state = torch.load(path, weights_only=True, map_location=device)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise AltacError([UnreadableCheckpoint(None, str(path.parent), path.name, reason)]) from None
    except Exception:
        raise damaged(path) from None
    if not isinstance(state, dict) or set(state) != {"module", "optimizer", "step", "row", "ended", "origin"}:
        raise damaged(path)
    return state


def damaged(path: Path) -> AltacError:
    return AltacError([DamagedCheckpoint(None, str(path.parent), path.name)])
