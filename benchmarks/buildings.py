# SPDX-License-Identifier: EUPL-1.2
"""Benchmark of the thermal models of buildings: years a second, memory, growth with their number.

Ours is ``simulate()`` whole: table checked, sun on each façade, hours, balance, on one thread, in
processor time. Hourly series are computed by batches, as one does who writes them to files: what
counts is a batch after the first ones, which get memory that the machine had not yet given to the
process. Each peer runs in an environment of its own, a like year of a building with four
windows, one building after the other as it does. EnTiSe's ``R5C1`` keeps the irradiance of the
first building, which is not counted. pyBuildingEnergy's hourly ISO 52016-1 has more nodes than
our models (its ratio is told without a bar); it reads the year of ours as EPW at each building and
runs a month more, to settle; the better of two runs counts.

``JUMEAU_BENCH_BUILDINGS`` (100000) is the number of buildings of the rate.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from harness import Table, fresh, peer_python

ENTISE = ("entise==1.3.0",)
ISO52016 = ("pybuildingenergy==2.1.1",)
ROUNDS = 5
MANY = 250_000
BATCH, BATCHES = 4_000, 3
SCHEDULES = ("constant", "office", "school", "dwelling", "day")

ENTISE_CODE = """
import json, sys, time, warnings, logging
import numpy as np, pandas as pd
warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)
from entise.methods.hvac.R5C1 import R5C1
hours = np.arange(8760)
air = 10 - 9 * np.cos(2 * np.pi * (hours / 24 - 20) / 365)
air = air + 4 * np.sin(2 * np.pi * (hours % 24 - 9) / 24)
up = np.maximum(np.sin(2 * np.pi * (hours % 24 - 6) / 24), 0)
weather = pd.DataFrame({
    "datetime": pd.date_range("2023-01-01", periods=8760, freq="h", tz="UTC"),
    "air_temperature[C]": air,
    "global_horizontal_irradiance[W m-2]": 700 * up,
    "direct_normal_irradiance[W m-2]": 600 * (up > 0),
    "diffuse_horizontal_irradiance[W m-2]": 120 * up,
})
obj = {
    "id": "b", "weather": "weather", "windows": "windows", "latitude[degree]": 47.0,
    "longitude[degree]": 2.0, "H_tr_is[W K-1]": 360.0, "H_tr_ms[W K-1]": 1288.0,
    "H_tr_w[W K-1]": 37.2, "H_tr_em[W K-1]": 54.0, "C_m[J K-1]": 2.0e6, "H_ve[W K-1]": 18.0,
    "area[m2]": 48.0, "height[m]": 2.7, "gains_internal[W]": 200.0,
    "min_temperature[C]": 20.0, "max_temperature[C]": 27.0,
    "area_m[m2]": 141.6, "area_tot[m2]": 216.0,
}
windows = pd.DataFrame({
    "id": "b", "area[m2]": 3.0, "orientation[degree]": [0.0, 90.0, 180.0, 270.0],
    "tilt[degree]": 90.0, "g_value[1]": 0.77, "shading[1]": 1.0,
})
method, spent = R5C1(), []
for k in range(1 + int(sys.argv[1])):
    start = time.process_time()
    data = {"weather": weather, "windows": windows}
    found = method.generate(dict(obj), data, {}, "hvac")
    spent.append(time.process_time() - start)
heat = found["summary"]["heating:demand[Wh]"]
assert 1e6 < heat < 1e7, heat
print(json.dumps(sorted(spent[1:])[len(spent) // 2 - 1]))
"""

ISO52016_CODE = """
import contextlib, copy, io, json, sys, time, warnings
import pvlib.iotools
from pybuildingenergy.source.check_input import sanitize_and_validate_BUI
from pybuildingenergy.source.utils import ISO52016
warnings.simplefilter("ignore")
always = {"weekday": [1.0] * 24, "weekend": [1.0] * 24}
mass = {"solar_absorptance": 0.6, "thermal_capacity": 42e3, "construction_class": "class_d"}
pane = {"g_value": 0.77, "height": 1.5, "width": 2.0, "parapet": 0.9, "shading": False}

def part(name, kind, area, u, azimuth, tilt, sky, more):
    return {"name": name, "type": kind, "area": area, "u_value": u, "sky_view_factor": sky,
            "orientation": {"azimuth": azimuth, "tilt": tilt}, "name_adj_zone": None, **more}

parts = [part("roof", "opaque", 48.0, 0.3, 0, 0, 1.0, mass),
         part("floor", "opaque", 48.0, 0.3, 0, 0, 0.0, mass)]
for azimuth, width in ((0, 8.0), (90, 6.0), (180, 8.0), (270, 6.0)):
    area = 2.7 * width - 3.0
    parts.append(part(f"wall {azimuth}", "opaque", area, 0.5, azimuth, 90, 0.5, mass))
    parts.append(part(f"window {azimuth}", "transparent", 3.0, 3.1, azimuth, 90, 0.5, pane))
box = {
    "building": {
        "name": "box", "latitude": 47.0, "longitude": 2.0, "azimuth_relative_to_true_north": 0.0,
        "exposed_perimeter": 28.0, "height": 2.7, "wall_thickness": 0.3, "n_floors": 1,
        "net_floor_area": 48.0, "building_type_class": "Residential_detached_house",
        "construction_class": "class_d", "adj_zones_present": False, "number_adj_zone": 0,
    },
    "adjacent_zones": [],
    "building_surface": parts,
    "building_parameters": {
        "temperature_setpoints": {"heating_setpoint": 20.0, "heating_setback": 20.0,
                                  "cooling_setpoint": 27.0, "cooling_setback": 27.0},
        "system_capacities": {"heating_capacity": 1e5, "cooling_capacity": 1e5},
        "ventilation": {"ventilation_type": "custom",
                        "custom_heat_transfer_coefficient_ventilation": 18.0},
        "internal_gains": [{"name": name, "full_load": load / 48.0, **always}
                           for name, load in
                           (("occupants", 0.0), ("appliances", 200.0), ("lighting", 0.0))],
        "construction": {"wall_thickness": 0.3, "thermal_bridges": 0.0},
        "climate_parameters": {"coldest_month": 1},
        "heating_profile": always, "cooling_profile": always, "ventilation_profile": always,
    },
}
spent = []
for k in range(int(sys.argv[2])):
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        start = time.process_time()
        checked, problems = sanitize_and_validate_BUI(copy.deepcopy(box))
        hours, year = ISO52016.Temperature_and_Energy_needs_calculation(
            checked, weather_source="epw", path_weather_file=sys.argv[1])
        spent.append(time.process_time() - start)
    assert not problems, problems
heat = float(year["Q_H_annual"].iloc[0])
assert len(hours) == 8760 and 1e6 < heat < 1e7, (len(hours), heat)
print(json.dumps(min(spent)))
"""


def weather() -> Any:
    """Return a made-up year at 47°N, 2°E, with the sun where it stands."""
    from jumeau.ground.weather import Weather

    t = np.arange(8760)
    outside = 10 - 9 * np.cos(2 * np.pi * (t / 24 - 20) / 365)
    outside += 4 * np.sin(2 * np.pi * (t % 24 - 9) / 24)
    place = (47.0, 2.0, 1.0)
    height = np.sin(np.radians(np.maximum(Weather(outside, 0 * t, 0 * t, *place).sun()[0], 0)))
    clear = np.random.default_rng(0).uniform(0.1, 1.0, t.size)
    direct = np.where(height > 0.05, 850 * clear * height**0.3, 0.0)
    diffuse = np.where(height > 0.05, 60 + 150 * height * (1.2 - clear), 0.0)
    return Weather(outside, direct, diffuse, *place)


def epw(sky: Any) -> str:
    """Return a year as EPW has it; what ``weather()`` does not know is the same every hour."""
    level = np.sin(np.radians(np.maximum(sky.sun()[0], 0))) * sky.direct_normal_w_m2
    level += sky.diffuse_horizontal_w_m2
    lines = [
        f"LOCATION,Made up,-,-,-,0,{sky.latitude},{sky.longitude},{sky.utc_offset_h},0",
        *("DESIGN CONDITIONS,0", "TYPICAL/EXTREME PERIODS,0", "GROUND TEMPERATURES,0"),
        *("HOLIDAYS/DAYLIGHT SAVINGS,No,0,0,0", "COMMENTS 1,", "COMMENTS 2,"),
        "DATA PERIODS,1,1,Data,Sunday,1/1,12/31",
    ]
    days = np.datetime64("2023-01-01") + np.arange(365)
    for hour in range(8760):
        year, month, day = str(days[hour // 24]).split("-")
        air, normal = sky.dry_bulb_c[hour], sky.direct_normal_w_m2[hour]
        diffuse = sky.diffuse_horizontal_w_m2[hour]
        lines.append(
            f"{year},{int(month)},{int(day)},{hour % 24 + 1},60,?,{air:.2f},{air - 5:.2f},70,"
            f"101325,0,0,330,{level[hour]:.1f},{normal:.1f},{diffuse:.1f},0,0,0,0,180,3,5,5,20,9999,9,"
            "0,0,0,0,0,0,0,0"
        )
    return "\n".join(lines) + "\n"


def iso52016(table: Table, sky: Any) -> float | None:
    """Return the processor time of a building by pyBuildingEnergy [s], if it can be had."""
    try:
        python = peer_python("pybuildingenergy", ISO52016)
        with tempfile.TemporaryDirectory(prefix="jumeau-bench-") as name:
            path = Path(name) / "year.epw"
            path.write_text(epw(sky), encoding="utf-8")
            alone = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
            return float(fresh(["-c", ISO52016_CODE, path, "2"], python=python, env=alone).stdout)
    except Exception as problem:
        table.absent("pyBuildingEnergy", str(problem)[:100])
        return None


def stock(n: int) -> Any:
    """Return ``n`` buildings of all sizes, ages, uses and azimuths."""
    import pandas as pd

    rng = np.random.default_rng(1)
    floor = rng.uniform(60, 3000, n)
    side = np.sqrt(floor)
    table = {
        "floor_area_m2": floor, "volume_m3": 2.6 * floor, "roof_m2": 0.5 * floor,
        "ground_m2": 0.5 * floor, "ground_factor": np.full(n, 0.5),
        "capacity_j_k": floor * rng.uniform(1e5, 3e5, n), "gains_w": 5 * floor,
        "infiltration_ach": rng.uniform(0.1, 0.6, n), "ventilation_ach": rng.uniform(0, 1, n),
        "window_g": rng.uniform(0.3, 0.8, n), "azimuth_deg": rng.uniform(-45, 45, n),
        "heating_set_c": rng.uniform(19, 21, n), "heating_setback_c": np.full(n, 16.0),
        "cooling_set_c": np.full(n, 26.0), "schedule": np.resize(SCHEDULES, n),
    }  # fmt: skip
    for name in ("window_u", "wall_u", "roof_u", "ground_u"):
        table[name] = rng.uniform(0.3, 2.5, n)
    for k in "nesw":
        table[f"window_{k}_m2"] = side * rng.uniform(0, 1.5, n)
        table[f"wall_{k}_m2"] = side * rng.uniform(1, 5, n)
    return pd.DataFrame(table)


def spent(table: Any, sky: Any, **settings: Any) -> float:
    """Return the processor time of ``simulate()`` on one thread, of a batch for series [s]."""
    from jumeau.worksites import buildings

    for _ in range(BATCHES if settings.get("hourly") else 1):
        start = time.process_time()
        buildings.simulate(table, sky, threads=1, **settings)
        time_of_last = time.process_time() - start
    return time_of_last


def rates(table: Table) -> None:
    """Compare one year of one building: annual answers, hourly series, both models."""
    sky, n = weather(), int(os.environ.get("JUMEAU_BENCH_BUILDINGS", "100000"))
    all_of_them = stock(n)
    cases = {
        "5R1C, annual answers": ({"model": "5r1c"}, all_of_them, 10_000),
        "5R1C, hourly series": ({"model": "5r1c", "hourly": True}, all_of_them[:BATCH], 2_000),
        "two masses, annual answers": ({"model": "two_mass"}, all_of_them, 5_000),
        "two masses, hourly series": (
            {"model": "two_mass", "hourly": True}, all_of_them[:BATCH], 2_000,
        ),
    }  # fmt: skip
    for settings, some, _ in cases.values():
        spent(some[:500], sky, **settings)
    try:
        python = peer_python("entise", ENTISE)
    except Exception as problem:
        table.absent("EnTiSe", str(problem)[:100])
        python = None
    mine: dict[str, list[float]] = {name: [] for name in cases}
    theirs = []
    for _ in range(ROUNDS):
        for name, (settings, some, _) in cases.items():
            mine[name].append(spent(some, sky, **settings) / len(some))
        if python is not None:
            theirs.append(float(fresh(["-c", ENTISE_CODE, "4"], python=python).stdout))
    for name, (_, _, bar) in cases.items():
        ours = statistics.median(mine[name])
        table.show(f"{name}: building-years", 1 / ours, unit="/s/core")
        if theirs:
            table.ratio(
                f"{name}: a building", ours * 1e6, statistics.median(theirs) * 1e6,
                at_least=bar, peer_name="EnTiSe R5C1", unit="µs",
            )  # fmt: skip
    detailed = iso52016(table, sky)
    if detailed is not None:
        for name in ("5R1C, annual answers", "two masses, annual answers"):
            ours = statistics.median(mine[name])
            table.ratio(
                f"{name}: a building, against ISO 52016-1", ours * 1e6, detailed * 1e6,
                peer_name="pyBuildingEnergy", unit="µs",
            )  # fmt: skip


def growth(table: Table) -> None:
    """Show that time grows as the number of buildings."""
    sky = weather()
    sizes = (10_000, 20_000, 40_000, 80_000)
    tables = {size: stock(size) for size in sizes}
    best = dict.fromkeys(sizes, np.inf)
    for _ in range(3):
        for size in sizes:
            best[size] = min(best[size], spent(tables[size], sky) / size)
    for size, value in best.items():
        table.show(f"5R1C, {size:,} buildings: a building", value * 1e6, unit="µs")
    table.limit(
        "dearest building over the cheapest, 10,000 to 80,000",
        max(best.values()) / min(best.values()), 1.5, unit="×",
    )  # fmt: skip


def many(table: Table) -> None:
    """Measure 250,000 buildings in one call, in a process of its own."""
    code = (
        f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r})\n"
        "import time, buildings as bench\n"
        "from jumeau.worksites import buildings\n"
        f"sky, table = bench.weather(), bench.stock({MANY})\n"
        "buildings.simulate(table[:500], sky)\n"
        "start = time.perf_counter()\n"
        "found = buildings.simulate(table, sky)\n"
        "print(time.perf_counter() - start, found.heating_kwh.sum())"
    )
    used = fresh(["-c", code], python=sys.executable)
    table.limit(f"{MANY:,} buildings in one call: peak memory", used.peak_mib / 1024, 4, unit="GiB")
    table.limit(f"{MANY:,} buildings in one call: time", float(used.stdout.split()[0]), 30)


def main() -> int:
    """Measure everything."""
    table = Table("buildings")
    rates(table)
    growth(table)
    many(table)
    return table.close()


if __name__ == "__main__":
    raise SystemExit(main())
