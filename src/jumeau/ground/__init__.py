# SPDX-License-Identifier: EUPL-1.2
"""Physics of the place that several worksites need: pure functions on arrays."""
