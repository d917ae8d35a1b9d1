# SPDX-License-Identifier: EUPL-1.2
"""Weather of a place, hour by hour: files read, irradiance on planes, degree days."""
