# SPDX-License-Identifier: EUPL-1.2
"""How facts enter: drivers by format, mapping, placing and repair of French public files."""
