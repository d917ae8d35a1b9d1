# SPDX-License-Identifier: EUPL-1.2
"""Words that everybody shares; imports nothing of ours."""
