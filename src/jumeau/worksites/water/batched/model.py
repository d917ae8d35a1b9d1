# SPDX-License-Identifier: EUPL-1.2
"""A network as arrays in EPANET's internal units (feet, cubic feet a second), ready for kernels."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from jumeau.base.errors import error
from jumeau.worksites.water import controls as simple
from jumeau.worksites.water import faults
from jumeau.worksites.water import rules as texts
from jumeau.worksites.water.batched.ordering import Pattern, pattern
from jumeau.worksites.water.batched.rulebook import Rules, arrays
from jumeau.worksites.water.demands import demands_of
from jumeau.worksites.water.network import LINKS, NODES, Network, records, tuples
from jumeau.worksites.water.units import FOOT, HORSEPOWER, INCH

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from jumeau.worksites.water.times import Times

    Floats = NDArray[np.float64]
    Whole = NDArray[np.int64]

CV, PIPE, PUMP, PRV, PSV, PBV, FCV, TCV, GPV, PCV = range(10)
"""Kinds of links."""
VALVE_KINDS = {"PRV": PRV, "PSV": PSV, "PBV": PBV, "FCV": FCV, "TCV": TCV, "GPV": GPV,
               "PCV": PCV}  # fmt: skip
XHEAD, TEMPCLOSED, CLOSED, OPEN, ACTIVE, XFLOW, XFCV, XPRESSURE = range(8)
"""Statuses of links; water passes from ``OPEN`` on."""
POWER, FUNCTION, CUSTOM, NOCURVE = range(4)
"""Kinds of pumps."""
PER_CFS = {
    "CFS": 1.0, "GPM": 448.831, "MGD": 0.64632, "IMGD": 0.5382, "AFD": 1.9837, "LPS": 28.317,
    "LPM": 1699.0, "MLD": 2.4466, "CMH": 101.94, "CMD": 2446.6, "CMS": 0.028317,
}  # fmt: skip
"""Flow units in a cubic foot a second, as EPANET has them."""
VISCOSITY = 1.1e-5
"""Of water at 20 °C, as EPANET has it [ft²/s]."""
CFS = 101.940648
"""Cubic metres an hour in a cubic foot a second."""


_WHOLE = (
    "first", "second", "kind", "status", "fixed", "pump_kind", "curve", "speed_pattern",
)  # fmt: skip
_REAL = (
    "diameter", "law", "minor", "rough", "setting", "speed", "shutoff", "slope", "power",
    "most_head", "design",
)  # fmt: skip


class Net(NamedTuple):
    """Static description: nj junctions, then tanks and reservoirs; m links.

    Arrays of nodes have nj + nt rows, of links m, in EPANET's order; lengths in ft, flows in cfs.
    ``strict`` is 1 where what the rounding of sums decides is no answer.
    """

    junctions: int
    first: Whole
    second: Whole
    kind: Whole
    elevation: Floats
    diameter: Floats
    law: Floats
    minor: Floats
    rough: Floats
    status: Whole
    setting: Floats
    speed: Floats
    fixed: Whole
    pump: Whole
    pump_kind: Whole
    shutoff: Floats
    slope: Floats
    power: Floats
    most_head: Floats
    design: Floats
    curve: Whole
    speed_pattern: Whole
    curve_start: Whole
    curve_x: Floats
    curve_y: Floats
    checked: Whole
    valves: Whole
    known: Whole
    apparatus: Whole
    emitter: Floats
    tank_node: Whole
    area: Floats
    level: Floats
    lowest: Floats
    highest: Floats
    least_volume: Floats
    most_volume: Floats
    volume_curve: Whole
    overflow: Whole
    head_pattern: Whole
    demand_node: Whole
    demand_base: Floats
    demand_pattern: Whole
    pattern_start: Whole
    pattern_value: Floats
    control_link: Whole
    control_status: Whole
    control_setting: Floats
    control_kind: Whole
    control_node: Whole
    control_grade: Floats
    control_time: Whole
    loss: int
    exponent: float
    emitter_power: float
    viscosity: float
    trials: int
    extra: int
    accuracy: float
    check_every: int
    check_until: int
    damp: float
    head_error: float
    flow_change: float
    backflow: int
    driven: int
    least_pressure: float
    pressure_range: float
    demand_power: float
    strict: int
    rules: Rules


class Model(NamedTuple):
    """A network ready to be solved: arrays, elimination, names."""

    net: Net
    pattern: Pattern
    nodes: list[str]
    links: list[str]


def unsupported(net: Network) -> str:
    """Return why the batched engine leaves a network to EPANET, "" when it does not."""
    if net.document is not None and net.document.lines("LEAKAGE"):
        return "leakage"
    return ""


def model(net: Network, times: Times) -> Model:
    """Return a network as arrays.

    Parameters
    ----------
    net : Network
        One that :func:`unsupported` takes.
    times : Times
        For patterns and controls.

    Raises
    ------
    InvalidError
        ``JUM-H004`` and ``JUM-H030`` for a control or a rule that EPANET would refuse.
    """
    return _Builder(net).model()


class _Builder:
    def __init__(self, net: Network) -> None:
        self.net = net
        self.per_cfs = PER_CFS[net.units.flow_unit] * net.units.flow  # m³/h in a cfs of EPANET
        self.nodes, self.links = net.node_ids(), net.link_ids()
        self.at = {name: k for k, name in enumerate(self.nodes)}
        self.link_at = {name: k for k, name in enumerate(self.links)}
        self.patterns = {name: k for k, name in enumerate(net.patterns.index)}
        self.curves = {name: k for k, name in enumerate(net.curves.index)}

    def option(self, name: str, default: float) -> float:
        text = self.net.options.get(name, "")
        try:
            return float(text.split()[0]) if text else default
        except ValueError as fault:
            raise error("JUM-H012", number=202, text=faults.texts()[202]) from fault

    def model(self) -> Model:
        net = self.net
        nj, m = len(net.junctions), len(self.links)
        fields: dict[str, Any] = {
            **self._links(m),
            **self._curves(),
            **self._tanks(nj),
            **self._demands(),
        }
        fields |= self._controls()
        loss = {"H-W": 0, "D-W": 1, "C-M": 2}[net.units.headloss]
        exponent = self.option("EMITTER EXPONENT", 0.5)
        emitter = np.zeros(nj)
        given = net.junctions["emitter_m3_h"].to_numpy()
        has = given > 0
        # q [m³/h] = C·p^e  →  h [ft] = k·q^(1/e) [cfs]
        emitter[has] = (self.per_cfs / given[has]) ** (1.0 / exponent) / FOOT
        kind, first, second = fields["kind"], fields["first"], fields["second"]
        known = (first >= nj) | (second >= nj)
        checked = np.isin(kind, (CV, PUMP, FCV)) | known
        valves = np.isin(kind, (PRV, PSV, FCV))
        unbalanced = net.options.get("UNBALANCED", "STOP").upper().split()
        extra = -1
        if unbalanced[0].startswith("CONT"):
            extra = int(float(unbalanced[1])) if len(unbalanced) > 1 else 0
        built = Net(
            junctions=nj,
            checked=np.flatnonzero(checked),
            valves=np.flatnonzero(valves),
            known=np.flatnonzero(known),
            apparatus=np.flatnonzero(kind > PIPE),
            emitter=emitter,
            loss=loss,
            exponent=1.852 if loss == 0 else 2.0,
            emitter_power=1.0 / exponent,
            viscosity=self._viscosity(),
            trials=int(self.option("TRIALS", 200)),
            extra=extra,
            accuracy=min(max(self.option("ACCURACY", 0.001), 1e-5), 0.1),
            check_every=int(self.option("CHECKFREQ", 2)),
            check_until=int(self.option("MAXCHECK", 10)),
            damp=self.option("DAMPLIMIT", 0.0),
            head_error=self.option("HEADERROR", 0.0) * net.units.length / FOOT,
            flow_change=self.option("FLOWCHANGE", 0.0) * net.units.flow / self.per_cfs,
            strict=0,
            rules=self._rules(),
            **self._consumers(),
            **fields,
        )
        order = pattern(nj, built.first, built.second)
        return Model(built, order, self.nodes, self.links)

    def _consumers(self) -> dict[str, Any]:
        """Return how outlets follow the pressure [ft]."""
        options, factor = self.net.options, self.net.units.pressure / FOOT
        least = self.option("MINIMUM PRESSURE", 0.0)
        asked = self.option("REQUIRED PRESSURE", 0.1)
        return {
            "backflow": int(not options.get("BACKFLOW ALLOWED", "YES").upper().startswith("N")),
            "driven": int(options.get("DEMAND MODEL", "DDA").upper().startswith("P")),
            "least_pressure": least * factor,
            "pressure_range": (asked - least) * factor,
            "demand_power": 1.0 / self.option("PRESSURE EXPONENT", 0.5),
        }

    def _viscosity(self) -> float:
        value = self.option("VISCOSITY", 1.0)
        if value > 1e-3:
            return value * VISCOSITY
        return value / (FOOT**2 if not self.net.units.customary else 1.0)

    def _links(self, m: int) -> dict[str, NDArray[Any]]:
        net = self.net
        whole = {name: np.zeros(m, np.int64) for name in _WHOLE}
        real = {name: np.zeros(m) for name in _REAL}
        whole["curve"][:] = whole["speed_pattern"][:] = -1
        out = {**whole, **real}
        for table in LINKS:
            for name, row in records(getattr(net, table)).items():
                k = self.link_at[name]
                out["first"][k], out["second"][k] = (
                    self.at[row["from_node"]],
                    self.at[row["to_node"]],
                )
                getattr(self, f"_{table}")(out, k, row)
        out["pump"] = np.flatnonzero(out["kind"] == PUMP)
        return out

    def _pipes(self, out: dict[str, NDArray[Any]], k: int, row: dict[str, Any]) -> None:
        cv = row["status"] == "cv"
        out["kind"][k] = CV if cv else PIPE
        out["status"][k] = CLOSED if row["status"] == "closed" else OPEN
        d = (
            row["diameter_mm"] / INCH / 12.0
            if self.net.units.customary
            else row["diameter_mm"] / 1000.0 / FOOT
        )
        out["diameter"][k] = d
        out["minor"][k] = 0.02517 * row["minor_loss"] / d**4
        rough = row["roughness"]
        length = row["length_m"] / FOOT
        out["setting"][k] = rough
        out["law"][k], out["rough"][k] = law(self.net.units.headloss, length, d, rough)

    def _pumps(self, out: dict[str, NDArray[Any]], k: int, row: dict[str, Any]) -> None:
        out["kind"][k] = PUMP
        closed = row["status"] == "closed"
        out["status"][k] = CLOSED if closed else OPEN
        out["speed"][k] = row["speed"]
        out["setting"][k] = 0.0 if closed else row["speed"]
        out["speed_pattern"][k] = self.patterns.get(row["pattern"], -1)
        if row["head_curve"]:
            self._head_curve(out, k, row["head_curve"])
        elif not math.isnan(row["power_kw"]):
            out["pump_kind"][k] = POWER
            # EPANET 2.3 divides by its kilowatts a horsepower twice in a metric file: so do we.
            horsepower = row["power_kw"] / HORSEPOWER
            if not self.net.units.customary:
                horsepower /= HORSEPOWER
            out["slope"][k] = -8.814 * horsepower
            out["power"][k], out["design"][k], out["most_head"][k] = -1.0, 1.0, 1e10
        else:
            out["pump_kind"][k] = NOCURVE

    def _head_curve(self, out: dict[str, NDArray[Any]], k: int, name: str) -> None:
        """Fit h = a − b·q^c through one or three points; take any other curve as it is."""
        row = records(self.net.curves.loc[[name]])[name]
        q = [value / self.per_cfs for value in row["x"]]
        h = [value / FOOT for value in row["y"]]
        fit = None
        if len(q) == 1:
            fit = power_curve(1.33334 * h[0], h[0], 0.0, q[0], 2.0 * q[0])
            design = q[0]
        elif len(q) == 3 and q[0] == 0.0:
            fit = power_curve(h[0], h[1], h[2], q[1], q[2])
            design = q[1]
        if fit is None:
            out["pump_kind"][k], out["curve"][k] = CUSTOM, self.curves[name]
            out["most_head"][k], out["design"][k] = h[0], 0.5 * (q[0] + q[-1])
            return
        out["pump_kind"][k] = FUNCTION
        a, b, c = fit
        out["shutoff"][k], out["slope"][k], out["power"][k] = -a, b, c
        out["most_head"][k], out["design"][k] = a, design

    def _valves(self, out: dict[str, NDArray[Any]], k: int, row: dict[str, Any]) -> None:
        kind = VALVE_KINDS[row["type"]]
        d = (
            row["diameter_mm"] / INCH / 12.0
            if self.net.units.customary
            else row["diameter_mm"] / 1000.0 / FOOT
        )
        out["kind"][k], out["diameter"][k] = kind, d
        out["minor"][k] = 0.02517 * row["minor_loss"] / d**4
        fixed = row["status"] in ("open", "closed")
        out["fixed"][k] = fixed
        out["status"][k] = CLOSED if row["status"] == "closed" else OPEN if fixed else ACTIVE
        out["setting"][k] = (
            math.nan if fixed and kind != GPV else self.setting(kind, row["setting"])
        )
        if kind == PCV and row["curve"]:
            out["curve"][k] = self.curves[row["curve"]]
        if kind == GPV:
            out["curve"][k] = self.curves[row["curve"]]
            out["setting"][k] = 0.0

    def setting(self, kind: int, value: float) -> float:
        """Return the setting of a kind of valve in internal units; the value is in ours."""
        if kind in (PRV, PSV, PBV):
            return value / FOOT
        return value / self.per_cfs if kind == FCV else value

    def _curves(self) -> dict[str, NDArray[Any]]:
        start, x, y = [0], [], []
        for row in records(self.net.curves).values():
            along, up = {"volume": (FOOT, FOOT**3), "valve": (1.0, 1.0)}.get(
                row["kind"], (self.per_cfs, FOOT)
            )
            x += [value / along for value in row["x"]]
            y += [value / up for value in row["y"]]
            start.append(len(x))
        return {
            "curve_start": np.array(start, np.int64),
            "curve_x": np.array(x, float),
            "curve_y": np.array(y, float),
        }

    def _tanks(self, nj: int) -> dict[str, NDArray[Any]]:
        net = self.net
        count = len(self.nodes) - nj
        out: dict[str, NDArray[Any]] = {name: np.zeros(count) for name in (
            "area", "level", "lowest", "highest", "least_volume", "most_volume")}  # fmt: skip
        out |= {"volume_curve": np.full(count, -1), "overflow": np.zeros(count, np.int64),
                "head_pattern": np.full(count, -1)}  # fmt: skip
        elevation = np.zeros(len(self.nodes))
        elevation[:nj] = net.junctions["elevation_m"].to_numpy() / FOOT
        for name, row in records(net.reservoirs).items():
            t = self.at[name] - nj
            elevation[nj + t] = out["level"][t] = row["head_m"] / FOOT
            out["head_pattern"][t] = self.patterns.get(row["pattern"], -1)
        for name, row in records(net.tanks).items():
            t = self.at[name] - nj
            low = elevation[nj + t] = row["elevation_m"] / FOOT
            out["level"][t] = low + row["initial_level_m"] / FOOT
            out["lowest"][t] = low + row["minimum_level_m"] / FOOT
            out["highest"][t] = low + row["maximum_level_m"] / FOOT
            area = math.pi / 4.0 * (row["diameter_m"] / FOOT) ** 2
            least = row["minimum_volume_m3"] / FOOT**3
            out["least_volume"][t] = least or area * row["minimum_level_m"] / FOOT
            out["overflow"][t] = row["overflow"]
            low_level, high_level = row["minimum_level_m"], row["maximum_level_m"]
            if row["volume_curve"]:
                curve = net.curves.loc[row["volume_curve"]]
                out["volume_curve"][t] = self.curves[row["volume_curve"]]
                volumes = np.interp([low_level, high_level], curve["x"], curve["y"]) / FOOT**3
                out["least_volume"][t], out["most_volume"][t] = volumes
                area = (volumes[1] - volumes[0]) / max(high_level - low_level, 1e-9) * FOOT
            else:
                rise = (high_level - low_level) / FOOT
                out["most_volume"][t] = out["least_volume"][t] + area * rise
            out["area"][t] = area
        out["elevation"] = elevation
        out["tank_node"] = np.arange(nj, len(self.nodes))
        return out

    def _demands(self) -> dict[str, NDArray[Any]]:
        net = self.net
        multiplier = self.option("DEMAND MULTIPLIER", 1.0)
        usual = self.patterns.get(net.options.get("PATTERN", "1").split()[0], -1)
        several = set(net.demands["junction"])
        node, base, which = [], [], []
        for name, demand, profile in zip(
            net.junctions.index, net.junctions["demand_m3_h"], net.junctions["pattern"], strict=True
        ):
            if name not in several and demand:
                node.append(self.at[name])
                base.append(demand)
                which.append(self.patterns.get(profile, usual) if profile else usual)
        for row in tuples(demands_of(net)):
            node.append(self.at[row.junction])
            base.append(row.demand_m3_h)
            which.append(self.patterns.get(row.pattern, usual) if row.pattern else usual)
        values = net.patterns["multipliers"].tolist()
        return {
            "demand_node": np.array(node, np.int64),
            "demand_base": np.array(base, float) / self.per_cfs * multiplier,
            "demand_pattern": np.array(which, np.int64),
            "pattern_start": np.cumsum([0, *(len(it) for it in values)]).astype(np.int64),
            "pattern_value": np.array([it for value in values for it in value], float),
        }

    def _controls(self) -> dict[str, NDArray[Any]]:
        net, units = self.net, self.net.units
        found = simple.controls_of(net)
        statuses = {"open": OPEN, "closed": CLOSED, "active": ACTIVE}
        nodes = {
            name: float(row.get("elevation_m", row.get("head_m", 0.0))) / FOOT
            for table in NODES
            for name, row in records(getattr(net, table)).items()
        }
        valves = {name: str(row["type"]) for name, row in records(net.valves).items()}
        grade, setting = [], []
        for it in found:
            factor = (units.pressure if it.node in net.junctions.index else units.length) / FOOT
            grade.append(nodes[it.node] + it.level * factor if it.node else 0.0)
            kind = valves.get(it.link, "")
            amount = it.setting * units.setting(kind) if kind else it.setting
            setting.append(self.setting(VALVE_KINDS.get(kind, PIPE), amount))
        return {
            "control_link": np.array([self.link_at[it.link] for it in found], np.int64),
            "control_status": np.array([statuses[it.status] for it in found], np.int64),
            "control_setting": np.array(setting, float),
            "control_kind": np.array([it.kind for it in found], np.int64),
            "control_node": np.array(
                [self.at[it.node] if it.node else -1 for it in found], np.int64
            ),
            "control_grade": np.array(grade, float),
            "control_time": np.array([it.time for it in found], np.int64),
        }

    def _rules(self) -> Rules:
        net, units = self.net, self.net.units
        valves = dict(net.valves["type"])
        flow = PER_CFS[units.flow_unit]

        def unit(variable: int, name: str) -> float:
            kind = valves.get(name, "") if variable == texts.SETTING else ""
            if variable in (texts.DEMAND, texts.FLOW) or kind == "FCV":
                return flow
            if variable == texts.PRESSURE or kind in ("PRV", "PSV", "PBV"):
                return FOOT / units.pressure
            return FOOT / units.length if variable in (texts.HEAD, texts.LEVEL) else 1.0

        statuses = {"": -1, "open": OPEN, "closed": CLOSED, "active": ACTIVE}
        return arrays(texts.rules_of(net), self.at, self.link_at, statuses, unit)


def resistance(headloss: str, length: float, d: float, rough: float) -> tuple[float, float]:
    """Return the resistance of a pipe and, with Darcy-Weisbach, its relative roughness.

    Lengths in ft, roughness as in the tables (C, n, or mm).
    """
    if headloss == "H-W":
        return 4.727 * length / rough**1.852 / d**4.871, 0.0
    if headloss == "D-W":
        return length / 2.0 / 32.2 / d / (math.pi * d * d / 4.0) ** 2, rough / 1000.0 / FOOT / d
    return (4.0 * rough / (1.49 * math.pi * d * d)) ** 2 * (d / 4.0) ** -1.333 * length, 0.0


def law(headloss: str, length: Any, d: Any, rough: Any) -> tuple[Any, Any]:
    """Return what the kernels take of pipes: 1/(e·r), r with Darcy-Weisbach; relative roughness.

    Lengths in ft, roughness as in the tables; numbers or arrays.
    """
    r, relative = resistance(headloss, length, d, rough)
    if headloss == "D-W":
        return r, relative
    return 1.0 / ((1.852 if headloss == "H-W" else 2.0) * r), 0.0 * r


def power_curve(
    h0: float, h1: float, h2: float, q1: float, q2: float
) -> tuple[float, float, float] | None:
    """Fit h = a − b·q^c on the head at no flow and two points; ``None`` when there is none."""
    if h0 < 1e-6 or h0 - h1 < 1e-6 or h1 - h2 < 1e-6 or q1 < 1e-6 or q2 - q1 < 1e-6:
        return None
    first, second = h0 - h1, h0 - h2
    c = math.log(second / first) / math.log(q2 / q1)
    if c <= 0.0 or c > 20.0:
        return None
    return h0, first / q1**c, c
