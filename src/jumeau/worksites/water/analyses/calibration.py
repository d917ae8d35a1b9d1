# SPDX-License-Identifier: EUPL-1.2
"""Roughness and demand from measured pressures and flows, with intervals."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from jumeau.base.errors import did_you_mean, error
from jumeau.base.findings import Finding, finding
from jumeau.worksites.water.analyses import fitting, moment
from jumeau.worksites.water.network import LINKS, Network, tuples

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from jumeau.base.contract import Progress

    Floats = NDArray[np.float64]

QUANTITIES = ("pressure", "head", "flow", "level")
"""What may be observed [m, m, m³/h, m]; levels of tanks are taken as they are measured."""
NEEDED = ("quantity", "entity", "time_s", "value")
INFORMED = 0.5
"""Share of its variance that measurements must take from a parameter to have informed it [-]."""
ODD = 4.0
"""Residual that is told, in standard deviations."""
Z90 = 1.6448536269514722
"""Half of the 90 % interval of a normal law, in standard deviations."""


@dataclass(frozen=True)
class Calibration:
    """A calibrated network.

    Parameters
    ----------
    network : Network
        Roughness and demands multiplied by their factors.
    parameters : DataFrame
        By ``kind`` ("roughness", "demand") and ``group``: ``factor`` on the nominal value,
        ``low`` and ``high`` of its 90 % interval [-], ``informed`` share of the prior variance that
        the measurements took away [-], ``identified`` whether that is more than half,
        ``tied_to`` and ``correlation`` with the parameter it is most confounded with.
    residuals : DataFrame
        Observations with ``before`` and ``after``, what the nominal and the calibrated networks
        give, and the ``weight`` that the robust loss left them [0–1].
    covariance : (parameters, parameters) array
        Of the logarithms of the factors.
    scale : float
        Size of the residuals in their standard deviations; above 1, intervals are widened by it.
    converged : bool
        Whether the last step was small.
    findings : list of Finding
        ``JUM-H075``, a parameter that the measurements do not inform; ``JUM-H076``, a measurement
        that the calibrated network does not explain.
    """

    network: Network
    parameters: pd.DataFrame
    residuals: pd.DataFrame
    covariance: Floats
    scale: float
    converged: bool
    findings: list[Finding]


def calibrate(
    net: Network,
    observations: pd.DataFrame,
    *,
    roughness: Mapping[str, Iterable[str]] | None = None,
    demand: Mapping[str, Iterable[str]] | None = None,
    roughness_sd: float = 0.2,
    demand_sd: float = 0.2,
    pressure_sd_m: float = 0.2,
    flow_sd: float = 0.02,
    iterations: int = 20,
    progress: Progress | None = None,
) -> Calibration:
    """Calibrate roughness and demand (Gauss-Newton, adjoint gradients, robust, ridge prior).

    Parameters
    ----------
    net : Network
        The nominal network.
    observations : DataFrame
        Columns ``quantity`` ("pressure" or "head" of a node [m], "flow" of a link [m³/h], "level"
        of a tank [m]), ``entity``, ``time_s`` within the duration [s], ``value``, and ``sd`` if
        known, the standard deviation of measurement and model together.
    roughness : mapping, optional
        Pipes by group, whose roughness is multiplied by one factor; all in one by default.
    demand : mapping, optional
        Junctions by group, whose demand is multiplied by one factor; all in one by default. An
        empty mapping calibrates none.
    roughness_sd, demand_sd : float
        Standard deviation of the logarithm of a factor before measuring [-].
    pressure_sd_m, flow_sd : float
        Standard deviation where none is given: of pressures [m], of flows as a share of the
        largest measured on the link [-].
    iterations : int
        Steps at most.
    progress : callable, optional
        Receives ``"calibration"`` and the share done.

    Returns
    -------
    Calibration
        The network with its factors, their 90 % intervals, and what the data do not tell.

    Raises
    ------
    InvalidError
        ``JUM-H071`` for a time, ``JUM-H072`` for a deviation, ``JUM-H074`` for the observations.
    UnknownNameError
        ``JUM-H070`` for an unknown element.
    NotComputableError
        ``JUM-H012`` with EPANET's code when it cannot compute the network.

    Notes
    -----
    Each time is a steady network: levels of tanks are the measured ones, else those of the nominal
    network; statuses and settings are nominal, but pumps whose flow is measured run or stand as
    measured. With θ the logarithms of the factors, the minimum of
    Σ ρ((y − f(θ))/σ) + ½ Σ (θ/σ₀)² is looked for by Gauss-Newton, ρ Huber's loss (1.345). The
    derivatives of an observation are one substitution in the factorised Jacobian, see
    :func:`~jumeau.worksites.water.analyses.sensitivity.sensitivity`. Intervals are those of the
    normal law at the minimum, (JᵀWJ + Σ₀⁻¹)⁻¹, widened when residuals are larger than said.

    References
    ----------
    Savic, Kapelan and Jonkergouw (2009), Quo vadis water distribution model calibration?, Urban
    Water Journal 6(1); Piller et al. (2017); Huber (1964), Robust estimation of a location
    parameter.
    """
    deviations = {"roughness_sd": roughness_sd, "demand_sd": demand_sd,
                  "pressure_sd_m": pressure_sd_m, "flow_sd": flow_sd}  # fmt: skip
    for name, value in deviations.items():
        if not 0.0 < value < np.inf:
            raise error("JUM-H072", name=name, value=value)
    table = _checked(net, observations, pressure_sd_m, flow_sd)
    groups = _groups(net, "pipes", "pipe", roughness), _groups(net, "junctions", "junction", demand)
    kinds = [("roughness", name) for name in groups[0]] + [("demand", name) for name in groups[1]]
    prior = np.array([roughness_sd if kind == "roughness" else demand_sd for kind, _ in kinds])
    with fitting.opened(net, table, groups) as fit:
        found = fitting.gauss_newton(fit, prior, iterations, progress)
    return _told(net, table, groups, kinds, prior, found)


def _checked(net: Network, given: pd.DataFrame, pressure: float, flow: float) -> pd.DataFrame:
    """Return observations with a standard deviation each, everything known."""
    import pandas as pd

    lacking = [name for name in NEEDED if name not in given.columns]
    if lacking or given.empty:
        raise error("JUM-H074", what=", ".join(lacking) or "0", known=list(NEEDED), suggestion="")
    table = given.reset_index(drop=True).copy()
    wrong = sorted(set(map(str, table["quantity"])) - set(QUANTITIES))
    if wrong:
        raise error("JUM-H074", what=wrong[0], known=list(QUANTITIES),
                    suggestion=did_you_mean(wrong[0], QUANTITIES))  # fmt: skip
    links = [name for kind in LINKS for name in getattr(net, kind).index]
    known = {"pressure": ("node", net.node_ids()), "head": ("node", net.node_ids()),
             "flow": ("link", links), "level": ("tank", list(net.tanks.index))}  # fmt: skip
    for quantity, rows in table.groupby("quantity"):
        kind, names = known[str(quantity)]
        moment.checked_names(rows["entity"].unique(), names, kind)
    for time in table["time_s"].unique():
        moment.checked_time(net, time)
    table["value"] = pd.to_numeric(table["value"], errors="coerce")
    sd = pd.to_numeric(table["sd"], errors="coerce") if "sd" in table else np.nan
    flows = table["quantity"] == "flow"
    largest = table["value"].abs().where(flows).groupby(table["entity"]).transform("max")
    usual = np.where(flows, np.maximum(flow * largest, 1e-3), pressure)
    table["sd"] = np.where(np.isfinite(sd), sd, usual)
    bad = ~np.isfinite(table["value"]) | ~(table["sd"] > 0.0)
    if bad.any():
        row = table.index[bad][0]
        told = ": ".join(str(table.at[row, name]) for name in ("entity", "value", "sd"))
        raise error("JUM-H074", what=told, known=list(NEEDED), suggestion="")
    return table


def _groups(
    net: Network, table: str, kind: str, given: Mapping[str, Iterable[str]] | None
) -> dict[str, NDArray[np.int64]]:
    """Return the rows of each group, each in one group at most."""
    names = list(getattr(net, table).index)
    place = {name: k for k, name in enumerate(names)}
    if given is None:
        return {"all": np.arange(len(names))}
    found: dict[str, NDArray[np.int64]] = {}
    taken: set[str] = set()
    for group, members in given.items():
        mine = moment.checked_names(members, names, kind)
        twice = taken & set(mine)
        if twice or not mine:
            raise error("JUM-H072", name=f"{table} {group}", value=", ".join(sorted(twice)) or "∅")
        taken |= set(mine)
        found[str(group)] = np.array([place[name] for name in mine])
    return found


def _told(
    net: Network,
    table: pd.DataFrame,
    groups: tuple[dict[str, NDArray[np.int64]], dict[str, NDArray[np.int64]]],
    kinds: list[tuple[str, str]],
    prior: Floats,
    found: fitting.Fit,
) -> Calibration:
    """Return what was found, in the words of those who asked."""
    import pandas as pd

    sd = np.sqrt(np.diag(found.covariance))
    informed = 1.0 - (sd / prior) ** 2
    wide = sd * max(found.scale, 1.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        correlation = found.covariance / np.outer(sd, sd)
    np.fill_diagonal(correlation, 0.0)
    other = np.abs(correlation).argmax(axis=1) if len(kinds) > 1 else np.zeros(len(kinds), int)
    factor = np.exp(found.theta)
    parameters = pd.DataFrame(
        {
            "factor": factor,
            "low": factor * np.exp(-Z90 * wide),
            "high": factor * np.exp(Z90 * wide),
            "informed": informed,
            "identified": informed > INFORMED,
            "tied_to": [" ".join(kinds[k]) if len(kinds) > 1 else "" for k in other],
            "correlation": correlation[np.arange(len(kinds)), other],
        },
        index=pd.MultiIndex.from_tuples(kinds, names=["kind", "group"]),
    )
    residuals = table.assign(before=found.before, after=found.after, weight=found.weight)
    told = [
        finding("JUM-H075", "pipe" if kind == "roughness" else "junction", group=group, kind=kind,
                informed=round(float(100.0 * max(share, 0.0))))
        for (kind, group), share in zip(kinds, informed, strict=True) if share <= INFORMED
    ]  # fmt: skip
    odd = residuals[(residuals["value"] - residuals["after"]).abs() > ODD * residuals["sd"]]
    told += [
        finding("JUM-H076", "pipe" if row.quantity == "flow" else "junction", str(row.entity),
                quantity=str(row.quantity), value=round(float(row.value), 3),
                model=round(float(row.after), 3), time_s=int(row.time_s))
        for row in tuples(odd)
    ]  # fmt: skip
    twin = net.copy()
    rough = twin.pipes["roughness"].to_numpy(copy=True)
    demands = np.ones(len(net.junctions))
    for value, (kind, group) in zip(factor, kinds, strict=True):
        if kind == "roughness":
            rough[groups[0][group]] *= value
        else:
            demands[groups[1][group]] *= value
    twin.pipes["roughness"] = rough
    twin.junctions["demand_m3_h"] *= demands
    by_name = dict(zip(net.junctions.index, demands, strict=True))
    twin.demands["demand_m3_h"] *= [by_name[name] for name in twin.demands["junction"]]
    return Calibration(twin, parameters, residuals, found.covariance, found.scale,
                       found.converged, told)  # fmt: skip
