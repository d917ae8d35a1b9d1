# SPDX-License-Identifier: EUPL-1.2
"""Settings of the property tests: no deadline, since a first call may import pandas."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("jumeau", deadline=None)
settings.load_profile("jumeau")
