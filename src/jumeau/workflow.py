# SPDX-License-Identifier: EUPL-1.2
"""The main job: refresh → check → worksites → options and their worth → report.

The only file that knows every stage. Each stage can be called alone; each leaves its trace in the
twin.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jumeau.base import plugins
from jumeau.base.contract import Eventful, Progress, Worksite
from jumeau.base.errors import JumeauError, did_you_mean, error
from jumeau.base.findings import Finding, finding
from jumeau.twin.scenario import Scenario
from jumeau.twin.territory import Territory, create

if TYPE_CHECKING:
    import pandas as pd

    from jumeau.sources.connectors.fetch import FetchReport
    from jumeau.sources.recipe import Step
    from jumeau.twin.adding import AddReport

DRAWS = 2000
SEED = 0
RECIPE = "recipe.yaml"
DECISION = "decision"
COMMUNE, DEPARTEMENT = SCALES = ("commune", "departement")
"""Scales of the demonstrator."""


@dataclass
class RunResult:
    """What a run brought: tables of the twin, restricted to its own rows.

    Parameters
    ----------
    indicators, options, effects, findings, estimates : DataFrame
        With the columns of these tables; options also carry their worth, one column a quantity.
    runs : list of str
        Rows of the ``run`` table.
    version : int
        Version of the twin after the run.
    """

    indicators: pd.DataFrame
    options: pd.DataFrame
    effects: pd.DataFrame
    findings: pd.DataFrame
    estimates: pd.DataFrame
    runs: list[str] = field(default_factory=list)
    version: int = 0

    def to_dict(self) -> dict[str, Any]:
        """Return counts and the short tables as plain data."""
        return {
            "version": self.version,
            "runs": self.runs,
            "indicators": len(self.indicators),
            "estimates": len(self.estimates),
            "findings": self.findings.drop(columns=["data"]).to_dict("records"),
            "options": self.options.drop(columns=["geometry"], errors="ignore").to_dict("records"),
        }


def worksites(names: Iterable[str] | None = None) -> dict[str, Worksite]:
    """Return the worksites named, or all that are installed.

    Raises
    ------
    UnknownNameError
        ``JUM-B001`` for a name that nobody provides.
    """
    wanted = list(names) if names else plugins.names("jumeau.worksites")
    return {name: plugins.load("jumeau.worksites", name) for name in wanted}


def run(
    territory: Territory,
    names: Sequence[str] | None = None,
    *,
    scenario: Scenario | str | None = None,
    parameters: Mapping[str, Any] | None = None,
    events: Mapping[str, Mapping[str, Any]] | None = None,
    progress: Progress | None = None,
) -> RunResult:
    """Run the main job on what the twin holds: diagnosis, options, and what they are worth.

    Parameters
    ----------
    territory : Territory
        Territory.
    names : sequence of str, optional
        Worksites; all that are installed by default.
    scenario : Scenario or str, optional
        Scenario, or only its name.
    parameters : mapping, optional
        {parameter: value} in place of the documented defaults and of ``territory.toml``.
    events : mapping, optional
        {worksite: what happens there}, such as ``{"climate": {"rain": "60mm/1h"}}``.
    progress : callable, optional
        Receives a stage and the share done in [0, 1].

    Returns
    -------
    RunResult

    Raises
    ------
    UnknownNameError
        ``JUM-B001`` for a worksite, ``JUM-W003`` for a parameter that nobody knows.
    InvalidError
        ``JUM-W005`` for an event of a worksite that does not run or computes none; what the
        worksite says of an event that it does not understand.
    """
    from jumeau.sources import heights

    chosen = worksites(names)
    settled = _scenario(territory, scenario, parameters, chosen)
    settled = replace(settled, events={**settled.events, **(events or {})})
    check_events(settled.events, chosen)
    tell = progress or (lambda stage, share: None)
    heights.derive(territory, lambda stage, share: tell(stage, 0.0))
    done: list[str] = []
    count = len(chosen) + 1
    for rank, (name, worksite) in enumerate(chosen.items()):

        def part(stage: str, share: float, rank: int = rank) -> None:
            tell(stage, (rank + share) / count)

        tell(name, rank / count)
        done.append(str(worksite.run(territory, settled, part).id))
    tell(DECISION, len(chosen) / count)
    done += decide(territory, chosen, settled, done)
    tell(DECISION, 1.0)
    return result(territory, done)


def check_events(events: Mapping[str, Mapping[str, Any]], chosen: Mapping[str, Worksite]) -> None:
    """Refuse the events that worksites cannot compute, before anything is read or written.

    Parameters
    ----------
    events : mapping
        {worksite: what happens there}.
    chosen : mapping
        Worksites that run, by name.

    Raises
    ------
    InvalidError
        ``JUM-W005``, or what the worksite says of an event that it does not understand.
    """
    able = [name for name, worksite in chosen.items() if isinstance(worksite, Eventful)]
    for name, given in events.items():
        worksite = chosen.get(name)
        if not isinstance(worksite, Eventful):
            raise error("JUM-W005", name=name, known=able)
        worksite.event(given)


def decide(
    territory: Territory,
    chosen: Mapping[str, Worksite],
    scenario: Scenario,
    runs: Sequence[str],
) -> list[str]:
    """Value the options of worksites and the energy they use today; return the ids of the runs.

    Physical effects come from the worksites, money from :mod:`jumeau.decision.value`, draws from
    one seed that all options share. There is one run for each worksite, so that what a former job
    found about the others stays.

    Parameters
    ----------
    territory : Territory
        Territory.
    chosen : mapping
        Worksites by name.
    scenario : Scenario
        Scenario, the authority's own figures in it.
    runs : sequence of str
        Runs of these worksites under this scenario: their electricity is what is counted.

    Returns
    -------
    list of str
        Rows of the ``run`` table.
    """
    return [_decide(territory, name, item, scenario, runs) for name, item in chosen.items()]


def _decide(
    territory: Territory, name: str, worksite: Worksite, scenario: Scenario, runs: Sequence[str]
) -> str:
    """Value the options of a worksite, and the energy that its run counts; return the run's id."""
    from jumeau import decision

    given = scenario.apply(decision.parameters(insee=territory.insee))
    own = territory.table("run", columns=["id"], where={"id": list(runs), "worksite": name})
    with territory.recording(
        DECISION,
        scenario=scenario.name,
        parameters=given,
        methods=decision.METHODS,
        seed=SEED,
        about=name,
    ) as record:
        options = worksite.options(territory, scenario)
        record.reads(*_tables_read(worksite))
        kinds = set(options["kind"])
        record.explains(item for item in worksite.option_methods if item.name in kinds)
        record.explains(decision.energy_methods(worksite.indicators))
        record.uses(scenario.apply(worksite.parameters()))
        if len(options):
            effects = {
                str(option["id"]): worksite.effect(option, scenario, DRAWS)
                for _, option in options.iterrows()
            }
            options = decision.restate(options, given)
            record.add_options(options)
            record.add_effects(decision.value(options, effects, given, draws=DRAWS, seed=SEED))
        counted = {
            "indicator": decision.billed(worksite.indicators),
            "run_id": own["id"].to_pylist(),
        }
        energy = _in_order(territory.table("indicator", where=counted).to_pandas(), runs)
        if len(energy):
            record.add_indicators(decision.energy_account(energy, given))
    return str(record.id)


def _tables_read(worksite: Worksite) -> list[str]:
    """Return the tables of facts that a worksite declares to read."""
    return list(
        dict.fromkeys(
            spec.name.partition(".")[0]
            for spec in worksite.fields
            if spec.intent != "out" and spec.kind == "table"
        )
    )


def _scenario(
    territory: Territory,
    scenario: Scenario | str | None,
    parameters: Mapping[str, Any] | None,
    chosen: Mapping[str, Worksite],
) -> Scenario:
    """Return the scenario with the authority's own figures, every name of them known."""
    from jumeau import decision

    base = scenario if isinstance(scenario, Scenario) else Scenario(scenario or "tendanciel")
    values = {**territory.settings.parameters, **base.values, **(parameters or {})}
    known = set(decision.parameters())
    for worksite in chosen.values():
        known |= set(worksite.parameters())
    for name in values:
        if name not in known:
            raise error(
                "JUM-W003", name=name, known=sorted(known), suggestion=did_you_mean(name, known)
            )
    settled = replace(base, values=values)
    settled.apply(decision.parameters(insee=territory.insee))  # a wrong figure is refused now,
    for worksite in chosen.values():  # not after half of the work is written
        settled.apply(worksite.parameters())
    return settled


def result(territory: Territory, runs: Sequence[str]) -> RunResult:
    """Return the rows that runs wrote and that are still in force.

    Parameters
    ----------
    territory : Territory
        Territory.
    runs : sequence of str
        Rows of the ``run`` table.
    """
    from jumeau import decision

    tables = {
        name: _in_order(territory.table(name, where={"run_id": list(runs)}).to_pandas(), runs)
        for name in ("indicator", "option", "effect", "finding", "estimate")
    }
    options, effects = tables["option"], tables["effect"]
    if len(effects):
        worth = decision.wide(effects).rename(columns={"option_id": "id"})
        options = options.merge(worth, on="id", how="left")
    return RunResult(
        indicators=tables["indicator"],
        options=options,
        effects=effects,
        findings=tables["finding"],
        estimates=tables["estimate"],
        runs=list(runs),
        version=territory.version,
    )


def _in_order(rows: pd.DataFrame, runs: Sequence[str]) -> pd.DataFrame:
    """Return rows in one order whatever the data base gives: that in which runs wrote them.

    Options come cheapest first, and effects as :data:`jumeau.decision.value.UNITS` lists them.
    """
    from jumeau.decision.value import UNITS

    def ranked(column: pd.Series[Any], known: Sequence[str]) -> pd.Series[Any]:
        rank = {name: number for number, name in enumerate(known)}
        return column.map(lambda item: rank.get(item, -1))

    if "quantity" in rows:
        keys = {"a": rows["option_id"], "b": ranked(rows["quantity"], list(UNITS))}
    elif "capex_eur" in rows:
        keys = {"a": rows["worksite"], "b": rows["capex_eur"], "c": rows["id"]}
    elif "severity" in rows:
        keys = {
            "a": ranked(rows["severity"], ("blocks", "degrades", "informs")),
            "b": rows["code"], "c": rows["table"], "d": rows["entity"],
        }  # fmt: skip
    else:  # « <run>-ind-<batch>-<row> »
        batch, row = _places(rows["id"])
        keys = {"a": ranked(rows["run_id"], runs), "b": batch, "c": row}
    order = rows.assign(**{f"_{name}": key for name, key in keys.items()})
    order = order.sort_values([f"_{name}" for name in keys], kind="stable")
    return order[list(rows.columns)].reset_index(drop=True)


def _places(ids: pd.Series[Any]) -> tuple[pd.Series[Any], pd.Series[Any]]:
    """Return the batch and the row that end the ids of a run's rows; NaN for other ids."""
    import pandas as pd
    import pyarrow as pa
    import pyarrow.compute as pc

    found = pc.extract_regex(pa.array(ids, pa.string()), r"-(?P<batch>\d+)-(?P<row>\d+)$")
    parts = [pc.struct_field(found, name).cast(pa.float64()) for name in ("batch", "row")]
    batch, row = (pd.Series(part.to_numpy(zero_copy_only=False), ids.index) for part in parts)
    return batch, row


def latest(territory: Territory, scenario: str = "tendanciel") -> RunResult:
    """Return the results in force: those of the latest run of each worksite under a scenario.

    Of the decision, the latest about each worksite.
    """
    rows = territory.sql(
        "SELECT arg_max(id, started_at) AS id FROM run WHERE scenario = ? "
        "GROUP BY worksite, about ORDER BY max(started_at)",
        [scenario],
    )
    return result(territory, [str(item) for item in rows.column("id").to_pylist()])


class Refreshed(list["AddReport"]):
    """What a refresh imported, one report a file, and what it could not have.

    Parameters
    ----------
    reports : iterable of AddReport
        One for each file or dataset that entered.
    fetched : sequence of FetchReport
        One for each dataset of the catalogue that was had, empty ones included.
    failures : sequence of Finding
        One for each step that failed.
    """

    def __init__(
        self,
        reports: Iterable[AddReport] = (),
        fetched: Sequence[FetchReport] = (),
        failures: Sequence[Finding] = (),
    ) -> None:
        super().__init__(reports)
        self.fetched = list(fetched)
        self.failures = list(failures)


def refresh(
    territory: Territory,
    recipe: str | Path | None = None,
    *,
    variables: Mapping[str, str] | None = None,
    only: Sequence[str] = (),
    offline: str | Path | None = None,
    progress: Progress | None = None,
) -> Refreshed:
    """Import the files and fetch the datasets of a recipe; what is in the twin adds nothing.

    A step that fails becomes a finding and does not stop the others.

    Parameters
    ----------
    territory : Territory
        Territory.
    recipe : str or Path, optional
        YAML recipe; ``recipe.yaml`` in the territory's folder by default.
    variables : mapping, optional
        Values of the recipe's ``${NAME}``; the environment's by default.
    only : sequence of str, optional
        Steps of the recipe, or datasets of the catalogue, to refresh; all steps by default.
    offline : str or Path, optional
        Folder of a cache, or of downloads: nothing is asked of any service.
    progress : callable, optional
        Receives the step and the share done.

    Returns
    -------
    Refreshed
        A list of :class:`~jumeau.twin.adding.AddReport`, one for each file imported; also
        ``fetched`` and ``failures``.

    Raises
    ------
    InvalidError
        ``JUM-W001`` if there is no recipe.
    UnknownNameError
        ``JUM-S351`` for a name that is neither a step nor a dataset.
    """
    from jumeau.sources import refreshing

    path = Path(recipe) if recipe else territory.path / RECIPE
    if not path.is_file() and not only:
        raise error("JUM-W001", folder=path.parent)
    steps, whole = refreshing.steps(path, variables, only)
    done = Refreshed()
    for rank, step in enumerate(steps):
        start = rank / len(steps)

        def part(stage: str, share: float, start: float = start, name: str = step.name) -> None:
            if progress:
                progress(stage or name, start + share / len(steps))

        part(step.name, 0.0)
        try:
            if step.source:
                report = refreshing.fetch(territory, step, offline, part)
                done.fetched.append(report)
                done += [report.add] if report.add is not None else []
            else:
                done += refreshing.add(territory, step)
        except JumeauError as exc:
            done.failures.append(_failure(step, exc))
    told = [*done.failures, *(item for report in done.fetched for item in report.findings)]
    with territory.recording("refresh", scenario=path.name) as record:
        if not whole:  # what is known of the other steps still holds
            told += refreshing.standing(territory, path.name, [step.name for step in steps])
        record.add_findings(told)
    if progress:
        progress("", 1.0)
    return done


def _failure(step: Step, exc: JumeauError) -> Finding:
    from jumeau.sources import refreshing

    if step.source:
        return refreshing.missed(step, exc)
    return finding("JUM-W002", step.table, step.name, detail=str(exc))


def new(
    code: str,
    folder: str | Path,
    *,
    offline: str | Path | None = None,
    licence: str = "Licence Ouverte 2.0",
    progress: Progress | None = None,
) -> tuple[Territory, Refreshed]:
    """Make the twin of a commune, an EPCI or a département from public sources.

    Its name, communes, projection and time zone follow from the code. A recipe of public sources
    is written in its folder and run once; a source that cannot be had is a finding.

    Parameters
    ----------
    code : str
        INSEE code of a commune (5 characters), SIREN of an EPCI (9 figures), or code of a
        département (2 or 3 characters).
    folder : str or Path
        Folder to create.
    offline : str or Path, optional
        Folder of a cache or of ordinary downloads: nothing is asked of any service.
    licence : str
        Licence of the authority's own results.
    progress : callable, optional
        Receives a stage and the share done.

    Returns
    -------
    territory : Territory
    refreshed : Refreshed
        What entered and what could not be had.

    Raises
    ------
    UnknownNameError
        ``JUM-S324`` no such code, ``JUM-S325`` a former commune.
    MissingFileError
        ``JUM-S326`` the list of communes cannot be had; ``JUM-S001`` no such folder ``offline``.
    InvalidError
        ``JUM-T034`` if the folder is not empty.
    """
    from jumeau.sources import composing
    from jumeau.sources.connectors import place

    cache = Path(offline).expanduser() if offline is not None else None
    if cache is not None and not cache.is_dir():
        beside = [item.name for item in cache.parent.iterdir()] if cache.parent.is_dir() else []
        suggestion = did_you_mean(cache.name, beside)
        raise error("JUM-S001", file=str(cache), suggestion=suggestion)
    found = place.resolve(code, folder=cache, offline=cache is not None)
    territory = create(
        folder, name=found.name, crs=found.crs, insee=list(found.insee), licence=licence
    )
    text = composing.recipe(found, cache)
    (territory.path / RECIPE).write_text(text, encoding="utf-8")
    done = refresh(territory, offline=cache, progress=progress)
    if not found.verified:
        doubt = composing.doubt(found)
        with territory.recording("new") as record:
            record.add_findings([doubt])
        done.failures.insert(0, doubt)
    return territory, done


def demo(
    folder: str | Path | None = None,
    *,
    seed: int = SEED,
    scale: str = COMMUNE,
    progress: Progress | None = None,
) -> Territory:
    """Build the demonstrator, import it like any real place, and run the main job.

    Parameters
    ----------
    folder : str or Path, optional
        Folder of the territory to create; a temporary one by default.
    seed : int
        Seed of the demonstrator.
    scale : {"commune", "departement"}
        A commune of 4 km² at one metre, or a whole département for load.
    progress : callable, optional
        Receives a stage and the share done.

    Returns
    -------
    Territory
        Territory with its results.

    Raises
    ------
    UnknownNameError
        ``JUM-W004`` for a scale that does not exist.
    """
    tell = progress or (lambda stage, share: None)
    home = Path(folder) if folder else Path(tempfile.mkdtemp(prefix="jumeau-")) / "demo.jumeau"

    def building(stage: str, share: float) -> None:
        tell(stage, 0.7 * share)

    if scale == COMMUNE:
        from jumeau.sources import synthetic

        territory = synthetic.commune(home, seed=seed, progress=building)
    elif scale == DEPARTEMENT:
        from jumeau.sources.synthetic.departments import department

        territory = department(home, seed=seed, progress=building)
    else:
        suggestion = did_you_mean(scale, SCALES)
        raise error("JUM-W004", name=scale, known=list(SCALES), suggestion=suggestion)
    run(territory, progress=lambda stage, share: tell(stage, 0.7 + 0.3 * share))
    return territory


def check(territory: Territory) -> pd.DataFrame:
    """Return every finding in force, worst first; see :meth:`Territory.check`."""
    return territory.check()


def report(territory: Territory, path: str | Path, lang: str | None = None) -> Path:
    """Write the report of a territory; see :func:`jumeau.reporting.write`."""
    from jumeau import reporting

    return reporting.write(territory, Path(path), lang)
