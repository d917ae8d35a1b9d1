# SPDX-License-Identifier: EUPL-1.2
"""Tests of the connectors against a local service."""
