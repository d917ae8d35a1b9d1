# SPDX-License-Identifier: EUPL-1.2
"""Where a further sensor of pressure is worth the most, and where to listen for a leak first."""
