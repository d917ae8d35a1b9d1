# SPDX-License-Identifier: EUPL-1.2
"""The tree of layers: groups, subgroups of which one layer shows at a time, drawing order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element

from jumeau.interop.qgis.markup import add, option


@dataclass(frozen=True)
class Leaf:
    """A layer of the project.

    Parameters
    ----------
    xml : Element
        Its ``maplayer``.
    provider : str
        Its provider.
    visible : bool
        Whether it is checked.
    order : int
        Place in the drawing: the largest is drawn above.
    """

    xml: Element
    provider: str
    visible: bool
    order: int

    @property
    def identifier(self) -> str:
        """Identifier in the project."""
        return self.xml.findtext("id", "")

    @property
    def title(self) -> str:
        """Name for people."""
        return self.xml.findtext("layername", "")


@dataclass
class Group:
    """A group of the tree.

    Parameters
    ----------
    title : str
        Name for people.
    visible : bool
        Whether it is checked.
    exclusive : bool
        Whether one of its layers shows at a time.
    inside : list of Leaf or Group
        What it holds, in order.
    """

    title: str
    visible: bool = True
    exclusive: bool = False
    inside: list[Leaf | Group] = field(default_factory=list)


def leaves(held: Iterable[Leaf | Group]) -> list[Leaf]:
    """Return every layer of a tree, in its order."""
    found: list[Leaf] = []
    for item in held:
        found += leaves(item.inside) if isinstance(item, Group) else [item]
    return found


def shown(held: Iterable[Leaf | Group]) -> list[Leaf]:
    """Return the layers that show when the project opens, in the order of the tree."""
    found: list[Leaf] = []
    for item in held:
        if item.visible:
            found += shown(item.inside) if isinstance(item, Group) else [item]
    return found


def drawing(held: Iterable[Leaf | Group]) -> list[Leaf]:
    """Return every layer in the order of the drawing, the uppermost first."""
    return sorted(leaves(held), key=lambda item: -item.order)


def root(held: Sequence[Leaf | Group], *, ordered: bool = True, legend: bool = False) -> Element:
    """Return the ``layer-tree-group`` of a whole tree.

    Parameters
    ----------
    held : sequence
        Groups and layers, in order.
    ordered : bool
        Whether to give the drawing an order of its own.
    legend : bool
        Whether it is that of a legend: rasters without the name of their band.
    """
    made = Element("layer-tree-group")
    add(made, "customproperties").append(option({}))
    for item in held:
        made.append(_node(item, legend=legend))
    if ordered:
        order = add(made, "custom-order", enabled=1)
        for leaf in drawing(held):
            add(order, "item", leaf.identifier)
    return made


def _node(item: Leaf | Group, *, legend: bool) -> Element:
    checked = "Qt::Checked" if item.visible else "Qt::Unchecked"
    if isinstance(item, Leaf):
        made = Element(
            "layer-tree-layer",
            {
                "id": item.identifier,
                "name": item.title,
                "providerKey": item.provider,
                "source": item.xml.findtext("datasource", ""),
                "checked": checked,
                "expanded": "0",
                "legend_exp": "",
            },
        )
        steps = item.xml.findall(".//colorrampshader/item")
        drawn = [str(i) for i, step in enumerate(steps, start=1) if step.get("alpha") != "0"]
        kept = {"legend/node-order": ",".join(drawn)} if legend and drawn else {}
        add(made, "customproperties").append(option(kept))
        return made
    made = Element(
        "layer-tree-group",
        {"name": item.title, "checked": checked, "expanded": str(int(item.visible))},
    )
    if item.exclusive:
        first = next((i for i, leaf in enumerate(item.inside) if leaf.visible), -1)
        made.attrib |= {"mutually-exclusive": "1", "mutually-exclusive-child": str(first)}
    add(made, "customproperties").append(option({}))
    for part in item.inside:
        made.append(_node(part, legend=legend))
    return made
