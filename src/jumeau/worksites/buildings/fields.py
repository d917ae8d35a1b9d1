# SPDX-License-Identifier: EUPL-1.2
"""What the buildings worksite reads from the twin and writes to it."""

from __future__ import annotations

from typing import Literal

from jumeau.base.contract import FieldSpec


def _table(
    name: str, intent: Literal["in", "out", "optional"], unit: str, en: str, fr: str,
    doc_en: str, doc_fr: str,
) -> FieldSpec:  # fmt: skip
    return FieldSpec(name, "table", intent, unit, en, fr, doc_en, doc_fr)


FIELDS = (
    _table("building.geometry", "in", "m", "Footprints", "Emprises",
           "Without buildings nothing is computed", "Sans bâtiment rien n'est calculé"),
    _table("building.height_m", "optional", "m", "Height", "Hauteur",
           "From the relief when absent, else that usual for the use",
           "Tirée du relief si absente, sinon celle usuelle pour l'usage"),
    _table("building.floors", "optional", "1", "Floors", "Étages",
           "Follow from the height when absent", "Déduits de la hauteur si absents"),
    _table("building.floor_area_m2", "optional", "m²", "Floor area", "Surface de plancher",
           "Footprint times floors when absent", "Emprise fois étages si absente"),
    _table("building.built_year", "optional", "", "Year of construction",
           "Année de construction",
           "Drawn as often as France has each period when absent",
           "Tirée aussi souvent que la France compte chaque période si absente"),
    _table("building.use", "optional", "", "Use", "Usage",
           "Read from the name or a public place beside it, else drawn from the shape",
           "Lu dans le nom ou un lieu public voisin, sinon tiré d'après la forme"),
    _table("building.name", "optional", "", "Name", "Nom",
           "Tells the use and whether public", "Dit l'usage et si le bâtiment est public"),
    _table("building.dwellings", "optional", "1", "Dwellings", "Logements",
           "Tells houses from flats", "Distingue maisons et immeubles"),
    _table("building.public", "optional", "", "Public buildings", "Bâtiments publics",
           "Counted apart; from names and places when absent",
           "Comptés à part ; d'après noms et lieux si absent"),
    _table("building.energy_class", "optional", "", "Energy class", "Classe énergie",
           "Says where the envelope stands in the spread of its period",
           "Dit où l'enveloppe se place dans la dispersion de sa période"),
    _table("building.heating_energy", "optional", "", "Heating energy", "Énergie de chauffage",
           "Drawn as often as France has each system when absent",
           "Tirée aussi souvent que la France compte chaque système si absente"),
    _table("building.wall_u", "optional", "W/(m²·K)", "U of walls", "U des murs",
           "That of the period when absent", "Celui de la période si absent"),
    _table("building.roof_u", "optional", "W/(m²·K)", "U of the roof", "U de la toiture",
           "That of the period when absent", "Celui de la période si absent"),
    _table("building.floor_u", "optional", "W/(m²·K)", "U of the lower floor",
           "U du plancher bas",
           "That of the period when absent", "Celui de la période si absent"),
    _table("building.window_u", "optional", "W/(m²·K)", "U of windows", "U des fenêtres",
           "That of the period when absent", "Celui de la période si absent"),
    _table("building.window_g", "optional", "1", "Solar factor of windows",
           "Facteur solaire des vitrages",
           "That of the period when absent", "Celui de la période si absent"),
    _table("building.window_ratio", "optional", "1", "Share of windows", "Part de vitrage",
           "That of the use when absent", "Celle de l'usage si absente"),
    _table("place.geometry", "optional", "m", "Public places", "Lieux publics",
           "Tell the use of the building that they stand on or beside",
           "Disent l'usage du bâtiment qu'ils occupent ou touchent"),
    _table("district.geometry", "optional", "m", "Districts", "Quartiers",
           "Results by district", "Résultats par quartier"),
    _table("municipality.geometry", "optional", "m", "Municipalities", "Communes",
           "Results by municipality when there are several",
           "Résultats par commune quand il y en a plusieurs"),
    FieldSpec("dsm", "raster", "optional", "m", "Surface", "Surface",
              "Sun on roofs and façades; usual shades when absent",
              "Soleil sur toits et façades ; ombres usuelles si absente"),
    FieldSpec("solar_irradiation", "raster", "out", "kWh/m²", "Sun received", "Soleil reçu",
              "Irradiation in a year of what is seen from above, behind what stands around",
              "Irradiation annuelle de ce qui est vu d'en haut, derrière ce qui l'entoure",
              classes=(200.0, 400.0, 600.0, 800.0, 1000.0, 1200.0, 1400.0, 1600.0)),
    _table("estimate", "out", "", "Estimates", "Estimations",
           "Floor area of the buildings that do not tell it",
           "Surface de plancher des bâtiments qui ne la disent pas"),
    _table("indicator", "out", "", "Indicators", "Indicateurs",
           "Needs, energy, greenhouse gases, peaks, summer comfort and photovoltaic potential, by "
           "building, territory, municipality, district, use, owner, carrier, end use and month",
           "Besoins, énergie, gaz à effet de serre, pointes, confort d'été et potentiel "
           "photovoltaïque, par bâtiment, territoire, commune, quartier, usage, propriétaire, "
           "énergie, poste et mois"),
)  # fmt: skip
"""Fields of the worksite."""
