# SPDX-License-Identifier: EUPL-1.2
"""Leaks: found in telemetry, judged by the rule of the contest."""
