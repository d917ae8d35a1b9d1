# SPDX-License-Identifier: EUPL-1.2
"""``python -m jumeau``."""

from jumeau.cli import main

if __name__ == "__main__":
    main()
