# SPDX-License-Identifier: EUPL-1.2
"""Derivatives of the laws of links and outlets at computed flows, in feet and cubic feet a second.

The laws and their limits are EPANET 2.3's (EPANET 2.2 User Manual, 3.1 and 12.1).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from jumeau.worksites.water.batched.model import (
    PER_CFS,
    VISCOSITY,
    power_curve,
    resistance,
)
from jumeau.worksites.water.network import Network, records
from jumeau.worksites.water.units import FOOT, HORSEPOWER, INCH

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

BIG, SMALL, LEAST = 1e8, 1e-6, 1e-7
"""dh/dq of what is closed, of what resists not; the least of a law [ft/cfs]."""
MINOR = 0.02517
"""8/(π²·g) of a minor loss [s²/ft]."""
_TINY = 1e-30


def per_cfs(net: Network) -> float:
    """Return m³/h in a cubic foot a second, as EPANET has it in the network's flow unit."""
    return PER_CFS[net.units.flow_unit] * net.units.flow


def option(net: Network, name: str, default: float) -> float:
    """Return an option that is a number."""
    words = net.options.get(name, "").split()
    return float(words[0]) if words else default


def bore(net: Network, diameter_mm: Any) -> Any:
    """Return diameters [ft]."""
    return diameter_mm / INCH / 12.0 if net.units.customary else diameter_mm / 1000.0 / FOOT


def pipes(net: Network, flow: Floats) -> tuple[Floats, Floats]:
    """Return dh/dq of the pipes [ft/cfs], and dh/dln(roughness) [ft].

    Parameters
    ----------
    net : Network
        The network.
    flow : (pipes,) array
        Flows of ``net.pipes`` [cfs].
    """
    table = net.pipes
    d = bore(net, table["diameter_mm"].to_numpy())
    length, rough = table["length_m"].to_numpy() / FOOT, table["roughness"].to_numpy()
    minor = MINOR * table["minor_loss"].to_numpy() / d**4
    size = np.abs(flow)
    if net.units.headloss == "D-W":
        return _darcy(net, flow, d, length, rough, minor)
    law = net.units.headloss
    r = np.array([resistance(law, *row)[0] for row in zip(length, d, rough, strict=True)])
    exponent = 1.852 if law == "H-W" else 2.0
    slope = exponent * r * np.maximum(size, _TINY) ** (exponent - 1.0)
    straight = slope < LEAST
    grad = np.where(straight, LEAST / exponent, slope) + 2.0 * minor * size
    loss = r * size**exponent * np.sign(flow)
    by_roughness = -1.852 * loss if law == "H-W" else 2.0 * loss
    return grad, np.where(straight, 0.0, by_roughness)


def _darcy(
    net: Network, flow: Floats, d: Floats, length: Floats, rough: Floats, minor: Floats
) -> tuple[Floats, Floats]:
    size = np.abs(flow)
    sd = VISCOSITY * _viscosity(net) * d
    r = length / 2.0 / 32.2 / d / (math.pi * d * d / 4.0) ** 2
    share = rough / 1000.0 / FOOT / d
    f, df, by = friction(np.maximum(size, _TINY) / sd, share)
    slow = size <= 500.0 * math.pi * sd
    grad = 2.0 * (f * r + minor) * size + df / sd * r * size * size
    grad = np.where(slow, 16.0 * math.pi * sd * r + 2.0 * minor * size, grad)
    loss = np.where(slow, 0.0, by * r * size * size * np.sign(flow))
    return grad, loss


def friction(w: Floats, share: Floats) -> tuple[Floats, Floats, Floats]:
    """Return Darcy's friction factor, its derivative by w, and by the logarithm of roughness.

    Parameters
    ----------
    w : array
        q/(ν·D), π/4 of Reynolds' number [-].
    share : array
        Roughness over diameter [-].

    Notes
    -----
    Swamee and Jain from Re = 4000, Dunlop's cubic from 2000; below, Hagen and Poiseuille, which
    the caller takes.
    """
    laminar, turbulent = 500.0 * math.pi, 1000.0 * math.pi
    ln10 = math.log(10.0)
    y1 = 4.61841319859 * w**-0.9
    y2 = share / 3.7 + y1
    y3 = -2.0 * np.log10(y2)
    fast = 1.0 / y3**2
    to_y2 = 4.0 / (ln10 * y2 * y3**3)  # df/dy2
    fast_w = to_y2 * (-0.9) * y1 / w
    ab, ac = 3.28895476345e-03, -5.14214965799e-03
    z2 = share / 3.7 + ab
    z3 = -2.0 * np.log10(z2)
    fa = 1.0 / z3**2
    fb = (2.0 + ac / (z2 * z3)) * fa
    x = w / laminar
    coefficients = (7 * fa - fb, 0.128 - 17 * fa + 2.5 * fb, -0.128 + 13 * fa - 2 * fb,
                    0.032 - 3 * fa + 0.5 * fb)  # fmt: skip
    middle = sum(c * x**power for power, c in enumerate(coefficients))
    middle_w = sum(c * power * x ** (power - 1) for power, c in enumerate(coefficients) if power)
    fa_z2 = 4.0 / (ln10 * z2 * z3**3)
    z3_z2 = -2.0 / (ln10 * z2)
    fb_z2 = (2.0 + ac / (z2 * z3)) * fa_z2 - fa * ac * (1 / z2 + z3_z2 / z3) / (z2 * z3)
    turn = (7 * fa_z2 - fb_z2) + x * (
        (-17 * fa_z2 + 2.5 * fb_z2)
        + x * ((13 * fa_z2 - 2 * fb_z2) + x * (-3 * fa_z2 + 0.5 * fb_z2))
    )
    quick = w >= turbulent
    return (
        np.where(quick, fast, middle),
        np.where(quick, fast_w, middle_w / laminar),
        np.where(quick, to_y2, turn) * share / 3.7,
    )


def _viscosity(net: Network) -> float:
    """Return the viscosity relative to that of water at 20 °C [-]."""
    value = option(net, "VISCOSITY", 1.0)
    if value > 1e-3:
        return value
    return float(value / (VISCOSITY * (1.0 if net.units.customary else FOOT**2)))


def pump(net: Network, row: dict[str, Any], flow: float, speed: float) -> float:
    """Return dh/dq of a pump that runs [ft/cfs]; flow in cfs, speed relative."""
    size = max(abs(flow), _TINY)
    if not row["head_curve"]:
        power = row["power_kw"] / HORSEPOWER / (1.0 if net.units.customary else HORSEPOWER)
        return float(min(max(8.814 * power / size**2, SMALL), BIG))
    curve = net.curves.loc[row["head_curve"]]
    q = [value / per_cfs(net) for value in curve["x"]]
    h = [value / FOOT for value in curve["y"]]
    fit = None
    if len(q) == 1:
        fit = power_curve(1.33334 * h[0], h[0], 0.0, q[0], 2.0 * q[0])
    elif len(q) == 3 and q[0] == 0.0:
        fit = power_curve(h[0], h[1], h[2], q[1], q[2])
    if fit is None:
        return float(-line(q, h, size / speed) * speed)
    _, b, c = fit
    if abs(c - 1.0) < SMALL:
        return b * speed
    return float(max(c * b * speed ** (2.0 - c) * size ** (c - 1.0), LEAST))


def line(x: list[float], y: list[float], at: float) -> float:
    """Return the slope of the piece of a curve that holds a place, its ends prolonged."""
    k = min(max(int(np.searchsorted(x, at)), 1), len(x) - 1)
    return (y[k] - y[k - 1]) / (x[k] - x[k - 1])


def valve(net: Network, row: dict[str, Any], flow: float, setting: float) -> float:
    """Return dh/dq of an open valve [ft/cfs]; flow in cfs, setting as in the tables, 0 for none."""
    d = float(bore(net, row["diameter_mm"]))
    loss, kind = row["minor_loss"], row["type"]
    if kind == "GPV":
        curve = net.curves.loc[row["curve"]]
        q = [value / per_cfs(net) for value in curve["x"]]
        return max(line(q, [value / FOOT for value in curve["y"]], max(abs(flow), 1e-6)), 1e-6)
    if kind == "TCV" and (setting > 0.0 or row["status"] == "active"):
        loss = setting
    if kind == "PCV" and setting > 0.0:
        loss = _opening(net, row, setting)
    grad = 2.0 * MINOR * loss / d**4 * abs(flow)
    if loss <= 0.0:
        return SMALL
    return grad if grad >= LEAST else LEAST / 2.0


def _opening(net: Network, row: dict[str, Any], percent: float) -> float:
    """Return the loss coefficient of a PCV at an opening [%]."""
    full = row["minor_loss"]
    share = percent / 100.0
    if row["curve"]:
        curve = net.curves.loc[row["curve"]]
        share = float(np.interp(percent, [0.0, *curve["x"], 100.0], [0.0, *curve["y"], 100.0]))
        share /= 100.0
    return float(min(full / max(share, 1e-3) ** 2, BIG))


def emitters(net: Network, pressure: Floats) -> Floats:
    """Return dq/dp of the emitters of the junctions [cfs/ft]; pressure in m."""
    exponent = option(net, "EMITTER EXPONENT", 0.5)
    given = net.junctions["emitter_m3_h"].to_numpy()
    some = given > 0.0
    back = not net.options.get("BACKFLOW ALLOWED", "YES").upper().startswith("N")
    size = np.maximum(np.abs(pressure), _TINY)
    # q = C·p^e; EPANET's straight line where dp/dq would be less than LEAST
    slope = exponent * given / per_cfs(net) * size ** (exponent - 1.0) * FOOT
    slope = np.where(some, np.minimum(slope, 1.0 / (LEAST * exponent)), 0.0)
    return np.where((pressure < 0.0) & (not back), 0.0, slope)


def consumers(net: Network, demand: Floats, pressure: Floats) -> Floats:
    """Return dq/dp of the consumers [cfs/ft]: 0 but with pressure-driven demand; demand in m³/h."""
    from jumeau.worksites.water.analyses.service import Service

    if not net.options.get("DEMAND MODEL", "DDA").upper().startswith("P"):
        return np.zeros(len(demand))
    return Service.of(net).slope(demand, pressure) / per_cfs(net) * FOOT


def leaks(net: Network, leaked: Floats, pressure: Floats) -> Floats:
    """Return dq/dp of the leakage of pipes, by junction [cfs/ft] (FAVAD, EPANET 2.3).

    Parameters
    ----------
    net : Network
        With its section of leakage: area and expansion by pipe.
    leaked, pressure : (junctions,) arrays
        Leakage [m³/h] and pressure [m].
    """
    lines = net.document.lines("LEAKAGE") if net.document is not None else []
    if not lines:
        return np.zeros(len(leaked))
    fixed = dict.fromkeys(net.junctions.index, 0.0)
    growing = dict.fromkeys(net.junctions.index, 0.0)
    table = records(net.pipes)
    for words in (it.tokens for it in lines):
        row = table.get(words[0])
        for end in ("from_node", "to_node") if row and len(words) > 2 else ():
            if row and row[end] in fixed:
                fixed[row[end]] += float(words[1]) * row["length_m"]
                growing[row[end]] += float(words[2]) * row["length_m"]
    head = np.maximum(pressure / net.units.length, _TINY)
    still, wide = np.array([*fixed.values()]), np.array([*growing.values()]) * head
    some = (leaked > 0.0) & (still + wide > 0.0)
    power = np.where(some, (0.5 * still + 1.5 * wide) / np.where(some, still + wide, 1.0), 0.0)
    return np.where(some, power * leaked / np.where(some, pressure, 1.0), 0.0) * FOOT / per_cfs(net)
