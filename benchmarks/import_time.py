# SPDX-License-Identifier: EUPL-1.2
"""Start of the library: ``import jumeau`` within its budget, against the bare interpreter."""

from __future__ import annotations

from harness import Table, fresh

BUDGET = 0.3  # s, what the import adds to a bare interpreter
REPEAT = 7
COMPILED = {"PYTHONDONTWRITEBYTECODE": ""}  # as installed: modules are compiled once


def main() -> int:
    """Measure the import in fresh processes."""
    table = Table("import_time")
    bare = fresh(["-c", "pass"], repeat=REPEAT, warmup=1, env=COMPILED)
    ours = fresh(["-c", "import jumeau"], repeat=REPEAT, warmup=1, env=COMPILED)
    table.show("python -c pass", bare.seconds)
    table.limit("import jumeau, beyond the bare interpreter", ours.seconds - bare.seconds, BUDGET)
    table.show("peak memory of import jumeau", ours.peak_mib, unit="MiB")
    command = fresh(["-m", "jumeau", "--help"], repeat=REPEAT, warmup=1, env=COMPILED)
    table.show("jumeau --help", command.seconds)
    return table.close()


if __name__ == "__main__":
    raise SystemExit(main())
