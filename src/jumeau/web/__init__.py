# SPDX-License-Identifier: EUPL-1.2
"""The built page: absent from the source tree, carried by the wheel."""

from __future__ import annotations

from pathlib import Path


def static_folder() -> Path | None:
    """Folder of the built page, or nothing when it has not been built.

    Returns
    -------
    Path or None
        Folder that holds ``index.html``; None when ``make`` has not built the page.
    """
    folder = Path(__file__).parent / "static"
    return folder if (folder / "index.html").is_file() else None
