# SPDX-License-Identifier: EUPL-1.2
"""Demand to come: hourly flows of districts with their quantiles, from history and weather."""
