"""What is written down beside the parts of a company that was split."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

RECORD = "split.json"


def record_of(folder: Path) -> dict[str, Any]:
    """What an earlier call wrote down in a folder; nothing where there is none."""
    try:
        found = json.loads((folder / RECORD).read_text(encoding="utf-8"))
        return found if {"key", "files", "told"} <= set(found) else {}
    except (OSError, ValueError, TypeError):
        return {}


def left_out(folder: Path) -> list[str]:
    """What belongs to none of the parts made in a folder, in words."""
    records = [record_of(path.parent) for path in sorted(folder.glob(f"*/*/{RECORD}"))]
    return [line for record in records for line in record.get("told", ())]
