"""pylint-odoo over the addons: ``python -m engine.checks.addons [an addon ...]``."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def main() -> int:
    """Check the addons named, or all of them."""
    addons = sys.argv[1:] or sorted(
        manifest.parent.name for manifest in ROOT.glob("*/__manifest__.py")
    )
    command = [sys.executable, "-m", "pylint", "--rcfile=.pylintrc", *addons]
    return subprocess.run(command, cwd=ROOT).returncode


if __name__ == "__main__":
    sys.exit(main())
