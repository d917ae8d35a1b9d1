# SPDX-License-Identifier: EUPL-1.2
"""The command line: ``jumeau`` or ``python -m jumeau``.

Exit codes: 0 done; 1 done, and something blocks (``check``) or fails (``validate``); 2 wrong
usage; 3 wrong input; 4 busy or storage refused; 5 not computable; 70 fault of the program; 130
interrupted.
"""

from __future__ import annotations


def main() -> None:
    """Run the command line and exit with its code."""
    from jumeau.cli.application import app

    app()
