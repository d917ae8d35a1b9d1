# SPDX-License-Identifier: EUPL-1.2
"""Hydraulics of many scenarios side by side: global gradient algorithm on one sparse pattern.

Todini and Pilati (1988), with EPANET's own coefficients, status rules and time steps (EPANET 2.2
User Manual, chapter 12), so that both engines give the same answer.
"""
