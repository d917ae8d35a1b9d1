# SPDX-License-Identifier: EUPL-1.2
"""Worksites: engines of the same anatomy, independent of one another."""
