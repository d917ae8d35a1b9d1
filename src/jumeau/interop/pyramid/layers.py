# SPDX-License-Identifier: EUPL-1.2
"""What tiles carry of a table: the attributes drawn by default, those that can be asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from jumeau.base.contract import TableSchema
from jumeau.base.errors import did_you_mean, error
from jumeau.twin.schema import quoted

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

    from jumeau.interop.pyramid.shapes import Shapes

    Ask = Callable[[str, Sequence[Any]], pa.Table]

COLUMNS: dict[str, tuple[str, ...]] = {
    "address": ("number", "suffix", "street_name"),
    "building": ("name", "use", "height_m", "floors", "built_year", "public"),
    "cabinet": ("name", "subscribed_power_kva", "schedule"),
    "district": ("name", "parent_id"),
    "hazard_zone": ("name", "hazard", "scenario", "level"),
    "high_water_mark": ("name", "event", "date", "level_m", "depth_m"),
    "luminaire": (
        "height_m", "power_w", "lamp_type", "cct_k", "flux_lm", "cabinet_id", "street_id",
    ),
    "option": ("worksite", "kind", "year"),
    "parcel": ("section", "number", "area_m2"),
    "place": ("name", "kind"),
    "sensor": ("name", "property", "unit"),
    "street": ("name", "hierarchy", "width_m", "speed_limit_kmh"),
    "tree": ("species", "height_m", "crown_diameter_m"),
}  # fmt: skip
"""Attributes carried by default besides the identifier; every one of a table not named here."""
ESTIMATED = "_estimated"
"""Ending of an attribute that holds the estimate of one that is not known."""
_HIDDEN = {"source_id", "run_id"}


class Layer(NamedTuple):
    """A table drawn in tiles.

    Parameters
    ----------
    table : TableSchema
        The table; its name is that of the layer.
    attributes : tuple of str
        Attributes carried by default, besides the identifier.
    every : tuple of str
        Attributes that can be asked for, the identifier first.
    """

    table: TableSchema
    attributes: tuple[str, ...]
    every: tuple[str, ...]

    @property
    def usual(self) -> tuple[str, ...]:
        """Attributes carried by default, the identifier first."""
        return ("id", *self.attributes)


def layer(declared: TableSchema) -> Layer:
    """Return how a table is drawn.

    Raises
    ------
    InvalidError
        ``JUM-I009`` when it has no geometry.
    """
    if not declared.geometry:
        raise error("JUM-I009", table=declared.name)
    held = [
        item.name
        for item in declared.attributes
        if item.name != "id" and item.type.partition(":")[0] not in {"geometry", "json"}
    ]
    usual = COLUMNS.get(declared.name) or tuple(name for name in held if name not in _HIDDEN)
    return Layer(declared, usual, ("id", *held))


def chosen(drawn: Layer, text: str | None) -> tuple[str, ...]:
    """Return the attributes that a request wants, in the order of the table.

    Parameters
    ----------
    drawn : Layer
        How the table is drawn.
    text : str or None
        Names with commas, as ``properties`` gives them; those carried by default when ``None``.

    Raises
    ------
    InvalidError
        ``JUM-I005`` for a name that is none, with the nearest one.
    """
    if text is None:
        return drawn.usual
    names = {name.strip() for name in text.split(",") if name.strip()}
    for name in sorted(names):
        if name not in drawn.every:
            raise error(
                "JUM-I005", table=drawn.table.name, name=name[:80], known=", ".join(drawn.every),
                suggestion=did_you_mean(name, drawn.every),
            )  # fmt: skip
    return tuple(name for name in drawn.every if name in names)


def estimates(ask: Ask, drawn: Layer) -> dict[str, tuple[NDArray[Any], pa.Array]]:
    """Return the estimates of a table: attribute → identifiers of rows, and values.

    Parameters
    ----------
    ask : callable
        (SQL, parameters) → rows, at one version.
    drawn : Layer
        How the table is drawn.
    """
    table = drawn.table.name
    sql = 'SELECT DISTINCT attribute FROM estimate WHERE "table" = ?'
    names = [row["attribute"] for row in ask(sql, [table]).to_pylist()]
    names = sorted(name for name in names if name in drawn.every)
    if not names:
        return {}
    columns = [
        f"any_value({'text' if drawn.table[name].type == 'text' else 'value'}) "
        f"FILTER (WHERE attribute = ?) AS {quoted(name)}"
        for name in names
    ]
    found = ask(
        f'SELECT entity, {", ".join(columns)} FROM estimate WHERE "table" = ? GROUP BY entity',
        [*names, table],
    )
    entities = found["entity"].to_numpy()
    return {name: (entities, found[name].combine_chunks()) for name in names}


def carried(held: Shapes, names: Sequence[str]) -> list[str]:
    """Return the columns of shapes that hold some attributes and their estimates."""
    found = [name for wanted in names for name in (wanted, wanted + ESTIMATED)]
    return [name for name in found if name in held.columns]
