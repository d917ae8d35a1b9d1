# SPDX-License-Identifier: EUPL-1.2
"""Energy of buildings: every building hour by hour, the sun on its roof and its walls."""
