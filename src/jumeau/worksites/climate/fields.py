# SPDX-License-Identifier: EUPL-1.2
"""What the climate worksite reads from the twin and writes to it."""

from __future__ import annotations

from jumeau.base.contract import raster_field as _raster
from jumeau.base.contract import table_field as _table

FIELDS = (
    _raster("dtm", "in", "m", "Terrain", "Terrain",
              "Without terrain nothing is computed", "Sans terrain rien n'est calculé"),
    _raster("building_height", "optional", "m", "Height of buildings",
              "Hauteur des bâtiments",
              "Gives outlines of buildings when the twin has no row for them",
              "Donne les emprises des bâtiments quand le jumeau n'en a pas"),
    _table("building.geometry", "optional", "m", "Buildings", "Bâtiments",
           "Obstacles to water, and what it touches; outlined from LiDAR when absent",
           "Obstacles à l'eau, et ce qu'elle touche ; tirés du LiDAR si absents"),
    _table("building.public", "optional", "", "Public buildings", "Bâtiments publics",
           "Counted apart", "Comptés à part"),
    _table("street.geometry", "optional", "m", "Streets", "Voies",
           "Smoother than the ground; the length under water is told",
           "Plus lisses que le sol ; la longueur sous l'eau est dite"),
    _table("street.width_m", "optional", "m", "Street width", "Largeur de la voie",
           "5 m when absent", "5 m si absente"),
    _table("luminaire.geometry", "optional", "m", "Position of lamps",
           "Position des points lumineux",
           "Those under water are told", "Ceux sous l'eau sont dits"),
    _table("cabinet.geometry", "optional", "m", "Position of cabinets", "Position des armoires",
           "Those under water are told", "Celles sous l'eau sont dites"),
    _table("district.geometry", "optional", "m", "Districts", "Quartiers",
           "Results by district", "Résultats par quartier"),
    _table("municipality.geometry", "optional", "m", "Municipalities", "Communes",
           "Results by municipality when there are several",
           "Résultats par commune quand il y en a plusieurs"),
    _table("hazard_zone.geometry", "optional", "m", "Hazard zones", "Zones d'aléa",
           "Compared with the water of the event", "Comparées à l'eau de l'événement"),
    _table("hazard_zone.hazard", "optional", "", "Kind of hazard", "Nature de l'aléa",
           "Only floods are compared", "Seules les inondations sont comparées"),
    _table("high_water_mark.level_m", "optional", "m", "Level of flood marks",
           "Niveau des repères de crue",
           "Compared with the level of the event; the depth of the mark serves when absent",
           "Comparé au niveau de l'événement ; la hauteur du repère sert si absent"),
    _table("high_water_mark.accuracy_m", "optional", "m", "Accuracy of flood marks",
           "Précision des repères de crue",
           "0.2 m when absent", "0,2 m si absente"),
    _table("indicator", "out", "", "Indicators", "Indicateurs",
           "Buildings, lamps, cabinets, streets and ground under water, by territory, "
           "municipality, district and thing",
           "Bâtiments, points lumineux, armoires, voies et sol sous l'eau, par territoire, "
           "commune, quartier et objet"),
    _raster("water_depth", "out", "m", "Depth of water", "Hauteur d'eau",
            "Greatest depth during the event; also known at some moments of it",
            "Plus grande hauteur pendant l'événement ; connue aussi à quelques moments",
            0.05, 0.1, 0.2, 0.5, 1.0, 1.5, 2.0),
    _raster("water_speed", "out", "m/s", "Speed of water", "Vitesse de l'eau",
            "Greatest speed during the event", "Plus grande vitesse pendant l'événement",
            0.1, 0.25, 0.5, 1.0, 1.5, 2.0, 3.0),
    _raster("water_arrival", "out", "s", "Arrival of water", "Arrivée de l'eau",
            "Time from the beginning of the event until the water is 1 cm deep",
            "Temps du début de l'événement jusqu'à 1 cm d'eau",
            0.0, 300.0, 600.0, 1200.0, 1800.0, 3600.0, 7200.0),
    _raster("flood_hazard", "out", "m²/s", "Hazard: depth × speed", "Danger : hauteur × vitesse",
            "Greatest depth times greatest speed: an upper bound; indicative when the "
            "local-inertial solver made it",
            "Plus grande hauteur fois plus grande vitesse : un majorant ; indicatif si le "
            "solveur inertiel local l'a fait",
            0.05, 0.1, 0.25, 0.5, 0.75, 1.0, 1.5),
    _raster("building_water", "out", "m", "Depth of water at buildings",
            "Hauteur d'eau au pied des bâtiments",
            "Depth around the walls of each building, over its outline; 0 where it stays dry",
            "Hauteur autour des murs de chaque bâtiment, sur son emprise ; 0 s'il reste au sec",
            0.0, 0.1, 0.2, 0.5, 1.0, 1.5),
)  # fmt: skip
"""Fields of the worksite."""
