# SPDX-License-Identifier: EUPL-1.2
"""``territory.toml``: what a territory is called, where it is, and where its data rest."""

from __future__ import annotations

import json
import re
import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jumeau.base.errors import error
from jumeau.twin.store import Address

FILE = "territory.toml"
FORMAT = 1


@dataclass(frozen=True)
class Config:
    """Content of ``territory.toml``.

    Parameters
    ----------
    name : str
        Name for people.
    crs : str
        National projection, e.g. ``"EPSG:2154"``.
    insee : tuple of str
        INSEE codes of the municipalities.
    time_zone : str
        IANA time zone.
    licence : str
        Licence under which the authority publishes its own results.
    catalog, data, catalog_schema : str
        See :class:`jumeau.twin.store.Address`.
    parameters : mapping
        The authority's own figures, {parameter: value}, in place of the documented defaults.
    sources : mapping
        {publisher: base address} in place of those of the catalogue of sources.
    hosts, origins : tuple of str
        Names under which the page and the API answer, beside the server's addresses, and other
        sites that may read them.
    runs : bool
        Whether runs may be started over HTTP.
    """

    name: str
    crs: str
    insee: tuple[str, ...] = field(default=())
    time_zone: str = "Europe/Paris"
    licence: str = "Licence Ouverte 2.0"
    catalog: str = "catalog.sqlite"
    data: str = "tables"
    catalog_schema: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    sources: Mapping[str, str] = field(default_factory=dict)
    hosts: tuple[str, ...] = field(default=())
    origins: tuple[str, ...] = field(default=())
    runs: bool = False

    def address(self, folder: Path) -> Address:
        """Return where catalogue and data are, for a territory in a folder."""
        schema = self.catalog_schema or slug(self.name)
        return Address(folder, self.catalog, self.data, schema)


def slug(name: str) -> str:
    """Return a name as a plain identifier: ``Saint-Lô`` → ``saint_lo``."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "_", plain.lower()).strip("_") or "territory"


def read(folder: Path) -> Config:
    """Read the configuration of a territory.

    Raises
    ------
    MissingFileError
        ``JUM-T020`` if the folder holds no territory.
    InvalidError
        ``JUM-T021`` if ``territory.toml`` cannot be read or lacks something.
    """
    path = folder / FILE
    if not path.is_file():
        raise error("JUM-T020", folder=folder)
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
        if int(raw.get("format", FORMAT)) > FORMAT:
            raise error("JUM-T022", file=path, format=str(raw["format"]), known=str(FORMAT))
        serve = dict(raw.get("serve", {}))
        return Config(
            name=str(raw["name"]),
            crs=str(raw["crs"]),
            insee=tuple(str(code) for code in raw.get("insee", ())),
            time_zone=str(raw.get("time_zone", "Europe/Paris")),
            licence=str(raw.get("licence", "Licence Ouverte 2.0")),
            catalog=str(raw.get("catalog", "catalog.sqlite")),
            data=str(raw.get("data", "tables")),
            catalog_schema=str(raw.get("catalog_schema", "")),
            parameters=dict(raw.get("parameters", {})),
            sources={str(key): str(url) for key, url in dict(raw.get("sources", {})).items()},
            hosts=_several(serve.get("hosts", ())),
            origins=_several(serve.get("origins", ())),
            runs=serve.get("runs", False) is True,
        )
    except (tomllib.TOMLDecodeError, KeyError, TypeError, UnicodeDecodeError) as exc:
        raise error("JUM-T021", file=path, detail=str(exc)) from exc


def _several(value: Any) -> tuple[str, ...]:
    """Return a text or a list of texts as several texts."""
    return (value,) if isinstance(value, str) else tuple(str(item) for item in value)


def write(folder: Path, config: Config) -> None:
    """Write ``territory.toml``."""
    lines = [
        "# A territory of Jumeau. Tables are read and written through the catalogue only.",
        f"name = {json.dumps(config.name, ensure_ascii=False)}",
        f"insee = {json.dumps(list(config.insee))}",
        f"crs = {json.dumps(config.crs)}",
        f"time_zone = {json.dumps(config.time_zone)}",
        f"licence = {json.dumps(config.licence, ensure_ascii=False)}",
        '# "catalog.sqlite", or "postgres:host=… dbname=…" when several machines write.',
        f"catalog = {json.dumps(config.catalog, ensure_ascii=False)}",
        f"catalog_schema = {json.dumps(config.catalog_schema or slug(config.name))}",
        '# "tables", or "s3://bucket/prefix".',
        f"data = {json.dumps(config.data, ensure_ascii=False)}",
        f"format = {FORMAT}",
        "",
        "# Addresses of publishers in place of those of the catalogue, for example:",
        '# ign = "https://mirror.example.fr"',
        "[sources]",
        *(
            f"{name} = {json.dumps(value, ensure_ascii=False)}"
            for name, value in config.sources.items()
        ),
        "",
        "# Names under which the page and the API answer beside the machine's addresses, and other",
        '# sites that may read them, for example: hosts = ["jumeau.mairie.fr"]. With runs = true,',
        "# who reaches the page can also start a run.",
        "[serve]",
        f"hosts = {json.dumps(list(config.hosts))}",
        f"origins = {json.dumps(list(config.origins))}",
        f"runs = {json.dumps(config.runs)}",
        "",
        "# Your own figures in place of the documented defaults, for example:",
        "# electricity_price_eur_kwh = 0.19",
        "[parameters]",
        *(
            f"{name} = {json.dumps(value, ensure_ascii=False)}"
            for name, value in config.parameters.items()
        ),
    ]
    partial = folder / f"{FILE}.part"
    partial.write_text("\n".join(lines) + "\n", encoding="utf-8")
    partial.replace(folder / FILE)
