# SPDX-License-Identifier: EUPL-1.2
"""The twin: what is known, since when, from whom, under which right."""
