# SPDX-License-Identifier: EUPL-1.2
"""The search of leaks on a network of the twin, from its telemetry: what went in, what came out."""

from __future__ import annotations

import datetime as dt
import inspect
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from jumeau.base import i18n, messages
from jumeau.base.errors import JumeauError
from jumeau.base.findings import Finding, finding
from jumeau.worksites.water.training import Training, followed, night_flow, training

if TYPE_CHECKING:
    import pandas as pd

    from jumeau.base.contract import Progress
    from jumeau.base.parameters import Parameters
    from jumeau.twin.territory import Territory
    from jumeau.worksites.water.twin_reading import Reading

KINDS = ("pressures", "flows", "levels", "meters")
"""Frames of readings, in the order of ``find_leaks``."""
_LACKING = {
    "pressures": {"en": "readings of pressure", "fr": "relevés de pression"},
    "flows": {"en": "readings of flow", "fr": "relevés de débit"},
}
_AND = {"en": " and ", "fr": " et "}


@dataclass(frozen=True)
class Searched:
    """A network that was searched.

    Parameters
    ----------
    reading : Reading
        The network, as the twin has it.
    leaks : DataFrame
        Answer of ``find_leaks``, pipes as the network names them; its attributes hold the rest.
    train : Training
        Reference of the search.
    first, last : Timestamp
        First and last reading.
    nights : DataFrame
        Night flow by day and meter [m³/h].
    faults : DataFrame
        Faults of sensors: sensor, kind, start, end, amount.
    meters : dict
        District metered areas that each flow meter feeds and drains, where the twin tells them.
    online : bool
        Whether nothing later than each moment was used to tell it.
    """

    reading: Reading
    leaks: pd.DataFrame
    train: Training
    first: pd.Timestamp
    last: pd.Timestamp
    nights: pd.DataFrame
    faults: pd.DataFrame
    meters: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    online: bool = False


def search(
    territory: Territory,
    reading: Reading,
    given: Parameters,
    *,
    online: bool = False,
    since: Any = None,
    until: Any = None,
    progress: Progress | None = None,
) -> tuple[Searched | None, list[Finding]]:
    """Search the leaks of a network with the readings that the twin holds.

    Parameters
    ----------
    territory : Territory
        Territory, with its sensors and observations.
    reading : Reading
        The network, completed.
    given : Parameters
        Parameters of the worksite.
    online : bool
        Never use the future of a moment.
    since, until : time, optional
        Readings used; all of them by default.
    progress : callable, optional
        Receives a stage and the share done.

    Returns
    -------
    (Searched or None, list of Finding)
        What was found, and what is missing or stood in the way.
    """
    from jumeau.worksites import water
    from jumeau.worksites.water import telemetry

    tell = progress or (lambda stage, share: None)
    network, shown = reading.network, reading.shown
    tell("telemetry", 0.0)
    try:
        frames = telemetry.frames(territory, network, since, until)
    except JumeauError as problem:
        return None, [_failed(reading, problem)]
    own = {name: _some(getattr(frames, name)) for name in KINDS}
    lacking = [name for name in ("pressures", "flows") if own[name] is None]
    if lacking:
        what = {
            lang: _AND[lang].join(_LACKING[name][lang] for name in lacking)
            for lang in i18n.LANGUAGES
        }
        return None, [finding("JUM-H230", "sensor", network, network=shown, what=what)]
    pressures, flows = frames.pressures, frames.flows
    try:
        train = training(flows, given, territory.time_zone)
        told = [_trained(reading, train, territory.time_zone)]
        tell("leaks", 0.1)
        more: dict[str, Any] = {}
        if "progress" in inspect.signature(water.find_leaks).parameters:
            more["progress"] = lambda stage, share: tell(stage, 0.1 + 0.9 * share)
        found = water.find_leaks(
            reading.net, pressures, flows, own["levels"], own["meters"],
            train=(train.start, train.end), online=online, **more,
        )  # fmt: skip
    except JumeauError as problem:
        return None, [_failed(reading, problem)]
    tell("leaks", 1.0)
    if implausible(found, flows):
        return None, [*told, finding("JUM-H237", "water_network", network, network=shown)]
    told += [it for it in found.attrs.get("findings", ()) if isinstance(it, Finding)]
    return (
        Searched(
            reading=reading, leaks=found, train=train, first=flows.index[0], last=flows.index[-1],
            nights=night_flow(flows, territory.time_zone), faults=_faults(found),
            meters=_fed(reading, flows), online=online,
        ),
        told,
    )  # fmt: skip


def implausible(found: pd.DataFrame, flows: pd.DataFrame) -> bool:
    """Tell whether the leaks found lose more than the meters saw go by, for a day at least.

    Parameters
    ----------
    found : DataFrame
        Answer of ``find_leaks``.
    flows : DataFrame
        Flows read [m³/h].
    """
    growth = found.attrs.get("growth")
    if growth is None or not len(found):
        return False
    usual = float(flows.abs().median().sum())
    return bool(growth.sum(axis=1).max() > 2.0 * usual or (found["flow_m3_h"] > usual).any())


def _some(frame: pd.DataFrame) -> pd.DataFrame | None:
    """Return readings, ``None`` without any."""
    return frame if frame.shape[1] and len(frame) and frame.notna().any(axis=None) else None


def _trained(reading: Reading, train: Training, tz: str) -> Finding:
    days = [_shown(it, tz) for it in (train.start, train.end - dt.timedelta(seconds=1))]
    flow = {"en": "not known", "fr": "non connu"}
    if math.isfinite(train.night):
        flow = {lang: f"{i18n.number(train.night, 2, lang)} m³/h" for lang in i18n.LANGUAGES}
    code = "JUM-H231" if train.chosen else "JUM-H232"
    return finding(code, "water_network", reading.network, network=reading.shown, start=days[0],
                   end=days[1], flow=flow)  # fmt: skip


def _shown(time: pd.Timestamp, tz: str) -> str:
    """Return the day of an instant on the clocks of the place."""
    return f"{time.tz_convert(tz) if time.tzinfo is not None else time:%Y-%m-%d}"


def _failed(reading: Reading, problem: JumeauError) -> Finding:
    told = {}
    for lang in i18n.LANGUAGES:
        with i18n.using(lang):
            told[lang] = messages.render(problem.code, problem.data).what
    return finding("JUM-H233", "water_network", reading.network, network=reading.shown,
                   detail=told)  # fmt: skip


def _faults(found: pd.DataFrame) -> pd.DataFrame:
    """Return the table of the faults of sensors that the search met."""
    import pandas as pd

    held = found.attrs.get("faults")
    if isinstance(held, pd.DataFrame):
        return held
    return pd.DataFrame(columns=["sensor", "quantity", "kind", "start", "end", "amount"])


def _fed(reading: Reading, flows: pd.DataFrame) -> dict[str, tuple[str, str]]:
    """Return the district that each meter feeds and the one it drains, "" for none."""
    net = reading.net
    ends: dict[str, tuple[str, str]] = {}
    beside: dict[str, set[str]] = {}
    for table in (net.pipes, net.pumps, net.valves):
        for name, a, b in zip(table.index, table["from_node"], table["to_node"], strict=True):
            ends[str(name)] = (str(a), str(b))
            own = reading.pipe_districts.get(str(name), "")
            for node in (str(a), str(b)):
                beside.setdefault(node, set()).add(own)
    found = {}
    for name in map(str, flows.columns):
        fed = reading.pipe_districts.get(name, "")
        others = {
            one
            for node in ends.get(name, ())
            for one in beside[node] | {reading.districts.get(node, "")}
            if one not in (fed, "")
        }  # fmt: skip
        if fed:
            found[name] = (fed, min(others) if others else "")
    return found


def district_nights(found: Searched) -> pd.DataFrame:
    """Return the night flow of each district: what its meters bring, less what they take on.

    Parameters
    ----------
    found : Searched
        Network searched.

    Returns
    -------
    DataFrame
        A row a night, a column a district [m³/h]; NaN where a meter of it was not read. Without
        districts, the network, by all its meters but those of pumps.
    """
    import pandas as pd

    whole: dict[str, pd.Series[float]] = {}
    for name, (fed, drained) in found.meters.items():
        for district, sign in ((fed, 1.0), (drained, -1.0)):
            if district:
                part = sign * found.nights[name]
                whole[district] = whole[district] + part if district in whole else part
    if not whole and len(found.nights.columns):  # no district: the network as a whole
        kept = followed(found.nights)
        whole[found.reading.network] = found.nights[kept].sum(axis=1, skipna=False)
    return pd.DataFrame(whole, index=found.nights.index)
