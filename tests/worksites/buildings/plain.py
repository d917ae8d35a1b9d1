# SPDX-License-Identifier: EUPL-1.2
"""The 5R1C written plainly: one building, one hour, three equations solved each time.

General formulas, nothing prepared in advance; :mod:`jumeau.worksites.buildings` must agree.
Also a made-up weather and random buildings.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from jumeau.ground.weather import Weather


def weather(hours: int = 8760, seed: int = 0, dark: bool = False, mean: float = 10.0) -> Weather:
    """Return a made-up weather at 47°N, 2°E, with the sun where it stands."""
    rng = np.random.default_rng(seed)
    t = np.arange(hours)
    outside = mean - 9.0 * np.cos(2 * np.pi * (t / 24 - 20) / 365)
    outside += 4.0 * np.sin(2 * np.pi * (t % 24 - 9) / 24) + rng.normal(0, 1.5, hours)
    zero = np.zeros(hours)
    shell = Weather(outside, zero, zero, 47.0, 2.0, 1.0)
    if dark:
        return shell
    height = np.sin(np.radians(np.maximum(shell.sun()[0], 0.0)))
    clear = rng.uniform(0.1, 1.0, hours)
    direct = np.where(height > 0.05, 850.0 * clear * height**0.3, 0.0)
    diffuse = np.where(height > 0.05, 60.0 + 150.0 * height * (1.2 - clear), 0.0)
    return Weather(outside, direct, diffuse, 47.0, 2.0, 1.0)


def constant(outside: float, hours: int = 240) -> Weather:
    """Return a weather where nothing happens."""
    zero = np.zeros(hours)
    return Weather(np.full(hours, outside), zero, zero, 47.0, 2.0, 1.0)


def buildings(n: int, seed: int = 1) -> pd.DataFrame:
    """Return random buildings with every column but the schedule."""
    rng = np.random.default_rng(seed)
    floor = rng.uniform(60, 3000, n)
    side = np.sqrt(floor)
    table = {
        "floor_area_m2": floor,
        "volume_m3": floor * rng.uniform(2.3, 4.0, n),
        "roof_m2": floor * rng.uniform(0.3, 1.1, n),
        "ground_m2": floor * rng.uniform(0.3, 1.0, n),
        "window_u": rng.uniform(0.9, 5.5, n),
        "window_g": rng.uniform(0.3, 0.85, n),
        "window_shading": rng.uniform(0.5, 1.0, n),
        "frame_fraction": rng.uniform(0.0, 0.3, n),
        "wall_u": rng.uniform(0.15, 2.0, n),
        "roof_u": rng.uniform(0.1, 2.0, n),
        "ground_u": rng.uniform(0.2, 1.5, n),
        "ground_factor": rng.uniform(0.3, 1.0, n),
        "opaque_ua_w_k": floor * rng.uniform(0.0, 0.1, n),
        "wall_absorptance": rng.uniform(0.3, 0.9, n),
        "roof_absorptance": rng.uniform(0.3, 0.9, n),
        "emissivity": rng.uniform(0.6, 0.95, n),
        "capacity_j_k": floor * rng.uniform(8e4, 4e5, n),
        "mass_area_m2": floor * rng.uniform(2.5, 3.5, n),
        "inner_area_m2": floor * rng.uniform(3.0, 5.0, n),
        "gain_area_m2": floor * rng.uniform(4.2, 5.0, n),
        "inner_h_w_m2k": rng.uniform(2.0, 4.0, n),
        "infiltration_ach": rng.uniform(0.05, 0.6, n),
        "ventilation_ach": rng.uniform(0.0, 1.5, n),
        "heat_recovery": rng.uniform(0.0, 0.8, n),
        "night_vent_ach": rng.uniform(0.0, 5.0, n),
        "gains_w": floor * rng.uniform(1.0, 20.0, n),
        "heating_set_c": rng.uniform(18.0, 21.0, n),
        "heating_setback_c": np.where(rng.random(n) < 0.3, np.nan, rng.uniform(12.0, 17.0, n)),
        "cooling_set_c": rng.uniform(24.0, 27.0, n),
        "cooling_setback_c": np.where(rng.random(n) < 0.5, np.nan, rng.uniform(28.0, 32.0, n)),
        "heating_max_kw": np.where(rng.random(n) < 0.5, np.nan, floor * 0.03),
        "cooling_max_kw": np.where(rng.random(n) < 0.5, np.nan, floor * 0.02),
        "azimuth_deg": rng.uniform(-45, 45, n),
        "shading_roof": rng.uniform(0.5, 1.0, n),
    }
    for k in "nesw":
        table[f"window_{k}_m2"] = side * rng.uniform(0.0, 1.5, n)
        table[f"wall_{k}_m2"] = side * rng.uniform(1.0, 6.0, n)
        table[f"shading_{k}"] = rng.uniform(0.3, 1.0, n)
    return pd.DataFrame(table, index=[f"b{k}" for k in range(n)])


@dataclass
class Shares:
    """What a schedule says, hour by hour; ``heat`` and ``cool`` when the hour begins and ends."""

    heat: np.ndarray
    cool: np.ndarray
    occupancy: np.ndarray
    ventilation: np.ndarray
    night: np.ndarray


@dataclass
class Year:
    """Hour by hour: heating, cooling [W], temperatures [°C]."""

    heating: np.ndarray
    cooling: np.ndarray
    air: np.ndarray
    operative: np.ndarray


def solar(row: pd.Series, sky: Weather, polynomial: tuple[float, ...]) -> np.ndarray:
    """Return solar gains less the loss to the sky [W]."""
    turn = 5 * round(row.azimuth_deg / 5)
    gain = np.zeros(sky.hours)
    r_se = 0.04
    for k, side in enumerate("nesw"):
        plane = sky.plane(90.0, (turn + 90 * k) % 360)
        angle = np.arccos(plane.cos_incidence)
        p = np.maximum(sum(c * angle**j for j, c in enumerate(polynomial)), 0.0)
        diffuse = plane.sky_diffuse + plane.ground
        glass = row[f"window_{side}_m2"] * row.window_g * row.window_shading
        glass *= (1 - row.frame_fraction) * row[f"shading_{side}"]
        wall = row[f"wall_{side}_m2"] * row.wall_absorptance * row.wall_u * r_se
        gain += glass * (plane.beam * p + diffuse)
        gain += wall * row[f"shading_{side}"] * (plane.beam + diffuse)
    flat = sky.plane(0.0, 180.0)
    roof = row.roof_m2 * row.roof_absorptance * row.roof_u * r_se * row.shading_roof
    gain += roof * (flat.beam + flat.sky_diffuse + flat.ground)
    sides = sum(row[f"window_{k}_m2"] * row.window_u for k in "nesw")
    sides += sum(row[f"wall_{k}_m2"] * row.wall_u for k in "nesw")
    loss = 5 * row.emissivity * r_se * 11 * (0.5 * sides + row.roof_m2 * row.roof_u)
    return gain - loss


def simulate(row: pd.Series, sky: Weather, said: Shares, warm: int, start: float) -> Year:
    """Return the year of one building, from ``start`` °C, ``warm`` hours before the first."""
    sun = solar(row, sky, (1.0, -0.189, 0.644, -0.596))
    window = sum(row[f"window_{k}_m2"] for k in "nesw") * row.window_u
    opaque = sum(row[f"wall_{k}_m2"] for k in "nesw") * row.wall_u + row.roof_m2 * row.roof_u
    opaque += row.ground_factor * row.ground_m2 * row.ground_u + row.opaque_ua_w_k
    h_ms = 9.1 * row.mass_area_m2
    h_em = 1 / (1 / opaque - 1 / h_ms)
    h_is = row.inner_h_w_m2k * row.inner_area_m2
    c_air = 1.2 * 1014 * row.volume_m3 / 3600
    c_mass = row.capacity_j_k / 3600 - c_air
    f_m = row.mass_area_m2 / row.gain_area_m2
    f_s = 1 - f_m - window / (9.1 * row.gain_area_m2)
    most = {
        "heat": np.inf if np.isnan(row.heating_max_kw) else 1e3 * row.heating_max_kw,
        "cool": np.inf if np.isnan(row.cooling_max_kw) else 1e3 * row.cooling_max_kw,
    }

    def target(at: float, back: float, share: float, off: float) -> float:
        back = off if np.isnan(back) else back
        return at * share + back * (1 - share)

    year = Year(*(np.zeros(sky.hours) for _ in range(4)))
    air = mass = start
    for h in [*range(warm), *range(sky.hours)]:
        changes = row.infiltration_ach + said.night[h] * row.night_vent_ach
        changes += said.ventilation[h] * row.ventilation_ach * (1 - row.heat_recovery)
        h_ve = 1005 * 1.2 / 3600 * row.volume_m3 * changes
        inner = said.occupancy[h] * row.gains_w
        radiant = 0.5 * inner + sun[h]
        te = sky.dry_bulb_c[h]
        left = np.array(
            [
                [h_is + h_ve + c_air, -h_is, 0.0],
                [-h_is, h_is + window + h_ms, -h_ms],
                [0.0, -h_ms, 2 * c_mass + h_ms + h_em],
            ]
        )

        def hour(load: float, left=left, h_ve=h_ve, te=te, inner=inner, radiant=radiant,
                 air=air, mass=mass) -> np.ndarray:  # fmt: skip
            right = [
                0.5 * inner + load + h_ve * te + c_air * air,
                f_s * radiant + window * te,
                f_m * radiant + h_em * te + 2 * c_mass * mass,
            ]
            return np.linalg.solve(left, right)

        free, one = hour(0.0)[0], hour(1000.0)[0]
        heat = [target(row.heating_set_c, row.heating_setback_c, s, -1e6) for s in said.heat[h]]
        cool = [target(row.cooling_set_c, row.cooling_setback_c, s, 1e6) for s in said.cool[h]]
        per = 1000.0 / (one - free)
        up = min(_mean_above(heat[0] - free, heat[1] - free) * per, most["heat"])
        down = min(_mean_above(free - cool[0], free - cool[1]) * per, most["cool"])
        now, surface, middle = hour(up - down)
        year.heating[h], year.cooling[h] = up, down
        year.air[h], year.operative[h] = now, 0.3 * now + 0.7 * surface
        air, mass = now, 2 * middle - mass
    return year


def _mean_above(begins: float, ends: float) -> float:
    """Return the mean of what is above 0 of a line, exactly."""
    if begins >= 0 and ends >= 0:
        return 0.5 * (begins + ends)
    if begins <= 0 and ends <= 0:
        return 0.0
    top = max(begins, ends)
    return 0.5 * top * top / abs(ends - begins)
