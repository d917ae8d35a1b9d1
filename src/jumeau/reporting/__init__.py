# SPDX-License-Identifier: EUPL-1.2
"""The report: one HTML file that prints well, a projection of the rows of the twin."""

from jumeau.reporting.report import write

__all__ = ["write"]
