# SPDX-License-Identifier: EUPL-1.2
"""What a computed network tells: sensitivities, closures, fires, calibration, age, energy."""
