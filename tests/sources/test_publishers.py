# SPDX-License-Identifier: EUPL-1.2
"""Publishers: recognised under every spelling, read as they mean, refused where they must be."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from jumeau.base import i18n
from jumeau.base.errors import JumeauError
from jumeau.sources import publishers
from jumeau.sources.profile import Known, profiles
from jumeau.twin import schema

X0, Y0 = 770_000.0, 6_280_000.0


def boxes(count: int, size: float = 10.0) -> list[Any]:
    return [shapely.box(X0 + 20 * i, Y0, X0 + 20 * i + size, Y0 + size) for i in range(count)]


def lines(count: int) -> list[Any]:
    return [shapely.LineString([(X0, Y0 + i), (X0 + 50, Y0 + i)]) for i in range(count)]


def points(count: int) -> list[Any]:
    return [shapely.Point(X0 + 10 * i, Y0) for i in range(count)]


def written(path: Path, rows: dict[str, Any], shapes: list[Any] | None, **options: Any) -> Path:
    """Write rows to a file, in Lambert-93 when they have shapes."""
    if shapes is None:
        pd.DataFrame(rows).to_csv(path, index=False, sep=options.get("sep", ";"))
        return path
    frame = gpd.GeoDataFrame(rows, geometry=shapes, crs="EPSG:2154")
    if path.suffix == ".geojson":
        frame = frame.to_crs(4326)
    frame.to_file(path, **options)
    return path


# One line a kind of file: table, publisher, name of file, columns, shapes, expected values.
FILES: list[tuple[str, str, str, dict[str, Any], Any, dict[str, Any]]] = [
    (
        "building",
        "bdtopo",
        "batiment.gpkg",
        {
            "cleabs": ["BATIMENT1", "BATIMENT2"],
            "usage_1": ["Résidentiel", "Indifférencié"],
            "construction_legere": [False, True],
            "etat_de_l_objet": ["En service", "En ruine"],
            "date_d_apparition": ["1998-01-01", "1998-01-01"],
            "nombre_de_logements": [3, 0],
            "nombre_d_etages": [2, 0],
            "materiaux_des_murs": ["10", "14"],
            "hauteur": [6.5, 0.0],
            "altitude_minimale_sol": [41.2, -1000.0],
            "altitude_maximale_toit": [50.1, -1000.0],
            "identifiants_rnb": ["ABCDEFGHIJKL/MNOPQRSTUVWX", None],
        },
        boxes,
        {
            "id": ["BATIMENT1", "BATIMENT2"],
            "height_m": [6.5, None],
            "ground_m": [41.2, None],
            "roof_m": [50.1, None],
            "floors": [2, None],
            "dwellings": [3, 0],
            "light": [False, True],
            "wall_material": ["Pierre", "Pierre et Briques"],
            "rnb_id": ["ABCDEFGHIJKL", None],
        },
    ),
    (
        "building",
        "bdtopo",
        "BATIMENT.shp",
        {
            "ID": ["BATIMENT1", "BATIMENT2"],
            "NATURE": ["Indifférenciée", "Église"],
            "USAGE1": ["Résidentiel", "Religieux"],
            "LEGER": ["Oui", "Non"],
            "ETAT": ["En service", "En service"],
            "HAUTEUR": [6.5, 0.0],
            "Z_MIN_SOL": [41.2, -1000.0],
            "Z_MAX_TOIT": [50.1, 60.0],
            "DATE_APP": ["1998-01-01", "1998-01-01"],
        },
        boxes,
        {"use": ["Résidentiel", "Religieux"], "light": [True, False], "height_m": [6.5, None]},
    ),
    (
        "street",
        "bdtopo",
        "troncon_de_route.gpkg",
        {
            "cleabs": ["TRONROUT1", "TRONROUT2"],
            "nom_collaboratif_gauche": ["RUE DU BAC", None],
            "cpx_numero": [None, "D971"],
            "importance": ["5", "2"],
            "sens_de_circulation": ["Double sens", "Sens direct"],
            "largeur_de_chaussee": [5.5, 0.0],
            "nombre_de_voies": [2, 0],
            "vitesse_moyenne_vl": [30, 80],
        },
        lines,
        {"name": ["RUE DU BAC", "D971"], "width_m": [5.5, None], "hierarchy": ["5", "2"]},
    ),
    (
        "street",
        "bdtopo",
        "TRONCON_DE_ROUTE.shp",
        {
            "ID": ["TRONROUT1", "TRONROUT2"],
            "NATURE": ["Route à 1 chaussée"] * 2,
            "NOM_COLL_G": ["RUE DU BAC", None],
            "IMPORTANCE": ["5", "2"],
            "NB_VOIES": [2, 2],
            "LARGEUR": [5.5, 6.0],
            "IT_VERT": ["Non", "Non"],
            "ACCES_VL": ["Libre", "Libre"],
            "SENS": ["Double sens", "Double sens"],
        },
        lines,
        {"id": ["TRONROUT1", "TRONROUT2"], "lanes": [2, 2]},
    ),
    (
        "watercourse",
        "bdtopo",
        "troncon_hydrographique.gpkg",
        {
            "cleabs": ["TRON_EAU1", "TRON_EAU2"],
            "code_hydrographique": ["05C1", "05C2"],
            "classe_de_largeur": ["Entre 0 et 5 m"] * 2,
            "nature": ["Ecoulement naturel", "Canal"],
            "persistance": ["Permanent", "Intermittent"],
            "position_par_rapport_au_sol": ["0", "-1"],
            "cpx_toponyme_de_cours_d_eau": ["La Sée", None],
        },
        lines,
        {"name": ["La Sée", None], "persistence": ["Permanent", "Intermittent"]},
    ),
    (
        "water_body",
        "bdtopo",
        "SURFACE_HYDROGRAPHIQUE.shp",
        {
            "ID": ["SURF_EAU1", "SURF_EAU2"],
            "CODE_HYDRO": ["a", "b"],
            "NATURE": ["Plan d'eau", "Ecoulement naturel"],
            "PERSISTANC": ["Permanent"] * 2,
            "ID_P_EAU": ["PLANDEAU1", None],
            "NOM_P_EAU": ["Étang", None],
            "NOM_C_EAU": [None, "La Sée"],
        },
        boxes,
        {"name": ["Étang", "La Sée"], "kind": ["Plan d'eau", "Ecoulement naturel"]},
    ),
    (
        "vegetation",
        "bdtopo",
        "zone_de_vegetation.gpkg",
        {
            "cleabs": ["ZONEVEGE1", "ZONEVEGE2"],
            "nature": ["Haie", "Bois"],
            "methode_d_acquisition_planimetrique": ["x", "x"],
        },
        boxes,
        {"kind": ["Haie", "Bois"]},
    ),
    (
        "storage_tank",
        "bdtopo",
        "RESERVOIR.shp",
        {
            "ID": ["RESERVOI1", "RESERVOI2"],
            "NATURE": ["Château d'eau", "Réservoir industriel"],
            "VOLUME": [400.0, 0.0],
            "HAUTEUR": [22.0, 0.0],
        },
        boxes,
        {"volume_m3": [400.0, None], "height_m": [22.0, None]},
    ),
    (
        "bridge",
        "bdtopo",
        "construction_lineaire.gpkg",
        {
            "cleabs": ["C1", "C2", "C3"],
            "nature": ["Pont", "Mur de soutènement", "Pont"],
            "nature_detaillee": ["Passerelle", None, None],
            "toponyme": ["Pont Neuf", None, None],
        },
        lines,
        {"id": ["C1", "C3"], "kind": ["Passerelle", "Pont"]},
    ),
    (
        "municipality",
        "bdtopo",
        "commune.gpkg",
        {
            "cleabs": ["COMMUNE_1"],
            "code_insee": ["50025"],
            "nom_officiel": ["Avranches"],
            "population": [10_000],
            "code_postal": ["50300"],
            "code_insee_du_departement": ["50"],
            "codes_siren_des_epci": ["200069425/255003999"],
        },
        boxes,
        {"id": ["50025"], "name": ["Avranches"], "epci": ["200069425"], "department": ["50"]},
    ),
    (
        "place",
        "bdtopo",
        "COMMUNE.shp",
        {
            "ID": ["COMMUNE_1"],
            "INSEE_COM": ["50025"],
            "NOM": ["Avranches"],
            "POPULATION": [10_000],
            "INSEE_DEP": ["50"],
        },
        boxes,
        {"id": ["50025"], "name": ["Avranches"], "kind": ["municipality"]},
    ),
    (
        "building",
        "bdnb",
        "batiment_groupe_complet.gpkg",
        {
            "batiment_groupe_id": ["bdnb-bg-1", "bdnb-bg-2"],
            "code_commune_insee": ["50025"] * 2,
            "s_geom_groupe": [100, 200],
            "hauteur_mean": [7, 0],
            "altitude_sol_mean": [41, 42],
            "annee_construction": [1932, None],
            "nb_log": [4, 1],
            "nb_niveau": [3, 1],
            "mat_mur_txt": ["PIERRE", "INDETERMINE"],
            "usage_niveau_1_txt": ["Résidentiel collectif", None],
        },
        boxes,
        {
            "height_m": [7.0, None],
            "built_year": [1932, None],
            "wall_material": ["PIERRE", None],
            "dwellings": [4, 1],
        },
    ),
    (
        "building",
        "bdnb",
        "extrait.shp",
        {
            "batiment_c": ["BATIMENT1-1", "BATIMENT1-2"],
            "batiment_g": ["g1", "g1"],
            "hauteur": [7.5, 3.0],
            "altitude_s": [41.0, 42.0],
        },
        boxes,
        {"id": ["BATIMENT1-1", "BATIMENT1-2"], "ground_m": [41.0, 42.0]},
    ),
    (
        "building",
        "rnb",
        "reponse.geojson",
        {
            "rnb_id": ["ABCDEFGHIJKL", "MNOPQRSTUVWX"],
            "status": ["constructed", "demolished"],
            "is_active": [True, False],
            "ext_ids": ['[{"id": "BATIMENT1", "source": "bdtopo"}]', "[]"],
        },
        boxes,
        {"id": ["ABCDEFGHIJKL"], "rnb_id": ["ABCDEFGHIJKL"], "condition": ["constructed"]},
    ),
    (
        "building",
        "cadastre",
        "cadastre-50025-batiments.geojson",
        {
            "type": ["01", "02"],
            "nom": [None, None],
            "commune": ["50025"] * 2,
            "created": ["2004-01-01"] * 2,
            "updated": ["2022-06-30"] * 2,
        },
        boxes,
        {"light": [False, True]},
    ),
    (
        "parcel",
        "cadastre",
        "cadastre-50025-parcelles.geojson",
        {
            "id": ["50025000AB0012", "50025000AB0013"],
            "commune": ["50025"] * 2,
            "prefixe": ["000"] * 2,
            "section": ["AB"] * 2,
            "numero": ["12", "13"],
            "contenance": [520, 480],
        },
        boxes,
        {"section": ["AB", "AB"], "number": ["12", "13"], "area_m2": [520.0, 480.0]},
    ),
    (
        "parcel",
        "cadastre",
        "PARCELLE.shp",
        {
            "IDU": ["50025000AB0012", "50025000AB0013"],
            "NUMERO": ["0012", "0013"],
            "SECTION": ["AB"] * 2,
            "CONTENANCE": [520, 480],
        },
        boxes,
        {"id": ["50025000AB0012", "50025000AB0013"]},
    ),
    (
        "address",
        "ban",
        "adresses-50.csv",
        {
            "id": ["50025_0100_00001", "50025_0100_00002"],
            "id_fantoir": ["50025_0100"] * 2,
            "numero": [1, 2],
            "rep": [None, "bis"],
            "nom_voie": ["Rue du Bac"] * 2,
            "code_postal": ["50300"] * 2,
            "code_insee": ["50025"] * 2,
            "x": [X0, X0 + 10],
            "y": [Y0, Y0],
        },
        None,
        {"number": ["1", "2"], "suffix": [None, "bis"], "insee_code": ["50025", "50025"]},
    ),
    (
        "address",
        "bal",
        "bal-50025.csv",
        {
            "cle_interop": ["50025_0100_00001", "50025_0100_99999"],
            "uid_adresse": [None, None],
            "commune_insee": ["50025"] * 2,
            "voie_nom": ["Rue du Bac"] * 2,
            "numero": [1, 99999],
            "suffixe": [None, None],
            "x": [X0, X0 + 10],
            "y": [Y0, Y0],
            "date_der_maj": ["2024-03-01", "2024-05-02"],
        },
        None,
        {"id": ["50025_0100_00001"], "street_name": ["Rue du Bac"]},
    ),
    (
        "municipality",
        "cog",
        "v_commune_2024.csv",
        {
            "TYPECOM": ["COM", "COMD", "ARM"],
            "COM": ["50025", "50026", "75101"],
            "REG": ["28", None, "11"],
            "DEP": ["50", None, "75"],
            "LIBELLE": ["Avranches", "Le Val-Saint-Père", "Paris 1er"],
        },
        None,
        {"id": ["50025"], "name": ["Avranches"], "region": ["28"]},
    ),
    (
        "municipality",
        "epci",
        "Intercommunalite.csv",
        {
            "CODGEO": ["50025", "29083"],
            "LIBGEO": ["Avranches", "Île-de-Sein"],
            "EPCI": ["200069425", "ZZZZZZZZZ"],
            "LIBEPCI": ["CA Mont-Saint-Michel", "Sans objet"],
            "DEP": ["50", "29"],
        },
        None,
        {"epci": ["200069425", None], "epci_name": ["CA Mont-Saint-Michel", None]},
    ),
    (
        "municipality",
        "adminexpress",
        "COMMUNE.shp",
        {
            "ID": ["COMMUNE1"],
            "NOM": ["Avranches"],
            "NOM_M": ["AVRANCHES"],
            "INSEE_COM": ["50025"],
            "STATUT": ["Commune simple"],
            "POPULATION": [10_000],
            "INSEE_DEP": ["50"],
            "SIREN_EPCI": ["200069425"],
        },
        boxes,
        {"id": ["50025"], "population": [10_000], "epci": ["200069425"]},
    ),
    (
        "building",
        "osm",
        "gis_osm_buildings_a_free_1.shp",
        {
            "osm_id": ["1", "2"],
            "code": [1500, 1500],
            "fclass": ["building"] * 2,
            "name": ["Mairie", None],
            "type": ["townhall", "yes"],
        },
        boxes,
        {"id": ["1", "2"], "name": ["Mairie", None], "use": ["townhall", None]},
    ),
    (
        "building",
        "osm",
        "export.geojson",
        {
            "@id": ["way/1", "way/2", "way/3"],
            "building": ["house", "yes", "no"],
            "building:levels": ["2", None, None],
            "height": ["6 m", None, None],
        },
        boxes,
        {"id": ["way/1", "way/2"], "floors": [2, None], "height_m": [6.0, None]},
    ),
    (
        "street",
        "osm",
        "lignes.gpkg",
        {
            "osm_id": ["1", "2", "3"],
            "name": ["Rue du Bac", None, None],
            "highway": ["residential", None, "construction"],
            "other_tags": ['"maxspeed"=>"30","lanes"=>"2"', '"power"=>"line"', None],
        },
        lines,
        {"id": ["1"], "speed_limit_kmh": [30.0], "lanes": [2], "hierarchy": ["residential"]},
    ),
    (
        "watercourse",
        "osm",
        "cours.geojson",
        {
            "osm_id": ["1", "2"],
            "waterway": ["stream", "weir"],
            "intermittent": ["yes", None],
        },
        lines,
        {"id": ["1"], "kind": ["stream"], "persistence": ["Intermittent"]},
    ),
    (
        "tree",
        "osm",
        "arbres.geojson",
        {"@id": ["n1", "n2"], "natural": ["tree", "peak"], "species": ["Tilia", None]},
        points,
        {"id": ["n1"], "species": ["Tilia"]},
    ),
    (
        "hazard_zone",
        "tri",
        "n_tri_avra_inondable_03_02moy_s_050.shp",
        {
            "id_s_inond": ["TRI_AVRA_03"] * 3,
            "typ_inond": ["03"] * 3,
            "scenario": ["02Moy"] * 3,
            "cours_deau": ["Baie"] * 3,
        },
        boxes,
        {"hazard": ["Submersion marine"] * 3, "scenario": ["02Moy"] * 3},
    ),
    (
        "hazard_zone",
        "ppr",
        "n_zone_alea_pprn_20120001_s_076.shp",
        {
            "ID_ZONE": ["Z1", "Z2"],
            "ID_GASPAR": ["76DDTM20120001"] * 2,
            "CODERISQUE": ["112", "117"],
            "NIVALEA": ["Fort", "Faible"],
            "NIVALEA_ST": ["04", "01"],
        },
        boxes,
        {
            "hazard": [
                "Inondation par débordement de cours d'eau",
                "Inondation par submersion marine",
            ],
            "level": ["Fort", "Faible"],
        },
    ),
    (
        "hazard_zone",
        "ppr",
        "zonereglementaire.gpkg",
        {
            "idZoneReglementaire": ["R1"],
            "codeZoneReglement": ["Rouge"],
            "libelleZoneReglement": ["Zone rouge"],
            "typeReglement": ["03"],
            "codeProcedure": ["76DDTM20120001"],
        },
        boxes,
        {"name": ["Zone rouge"], "level": ["Interdiction"], "hazard": ["Zonage réglementaire"]},
    ),
    (
        "population",
        "filosofi",
        "carreaux_200m_met.gpkg",
        {"idcar_200m": ["CRS3035RES200mN1", "CRS3035RES200mN2"], "ind": [12.5, 4], "men": [5, 2]},
        boxes,
        {"inhabitants": [12.5, 4.0], "households": [5.0, 2.0]},
    ),
    (
        "budget",
        "scdl",
        "budget.csv",
        {
            "BGT_ANNEE": [2024, 2024],
            "BGT_NATURE": ["60612", "2315"],
            "BGT_FONCTION": ["512", "512"],
            "BGT_SECTION": ["F", "I"],
            "BGT_CODRD": ["D", "D"],
            "BGT_MTREAL": ["125000.50", "80000"],
        },
        None,
        {"amount_eur": [125_000.5, 80_000.0], "section": ["F", "I"], "direction": ["D", "D"]},
    ),
    (
        "place",
        "scdl",
        "equipements.csv",
        {
            "EQUIP_UID": ["e1", "e2"],
            "EQUIP_NOM": ["École Prévert", "Stade"],
            "EQUIP_TYPE": ["École", "Stade"],
            "EQUIP_LAT": [48.68, 48.69],
            "EQUIP_LONG": [-1.36, -1.35],
        },
        None,
        {"id": ["e1", "e2"], "kind": ["École", "Stade"]},
    ),
    (
        "place",
        "scdl",
        "pei-50025.csv",
        {
            "insee5": ["50025"] * 2,
            "id_sdis": ["50025-1", "50025-2"],
            "type_pei": ["PIBI", "PENA"],
            "statut": ["public"] * 2,
            "x": [X0, X0 + 10],
            "y": [Y0, Y0],
        },
        None,
        {"kind": ["Poteau ou bouche d'incendie", "Point d'eau naturel ou artificiel"]},
    ),
    (
        "tree",
        "trees",
        "les-arbres.csv",
        {
            "IDBASE": [1, 2],
            "LIBELLEFRANCAIS": ["Tilleul", "Platane"],
            "GENRE": ["Tilia", "Platanus"],
            "ESPECE": ["cordata", "x hispanica"],
            "HAUTEUR (m)": [12, 0],
            "x": [X0, X0 + 10],
            "y": [Y0, Y0],
        },
        None,
        {"height_m": [12.0, None]},
    ),
]


@pytest.mark.parametrize(
    ("table", "key", "name", "rows", "shapes", "expected"),
    FILES,
    ids=[f"{item[1]}-{item[0]}-{item[2]}" for item in FILES],
)
def test_a_publisher_is_recognised_and_read(
    tmp_path: Path,
    read: Any,
    table: str,
    key: str,
    name: str,
    rows: dict[str, Any],
    shapes: Any,
    expected: dict[str, Any],
):
    count = len(next(iter(rows.values())))
    file = written(tmp_path / name, rows, shapes(count) if shapes else None)
    got = read(file, table)
    assert got.data("JUM-S260")["key"] == key
    for attribute, values in expected.items():
        assert got.column(attribute) == values, attribute
    assert got.read == got.table.num_rows + got.dropped == count
    assert got.source["publisher"] and got.source["licence"] and got.source["title"]
    assert "JUM-S261" not in got.codes
    # Named by the user, it reads the same.
    named = read(file, table, publisher=profiles()[key].names[0].upper())
    assert named.table.equals(got.table)


def test_every_profile_fills_attributes_of_the_schema():
    from jumeau.twin.rights import recognise

    for key, profile in profiles().items():
        assert profile.key == key and profile.publisher and profile.title
        # Data of a water service: no licence is presumed.
        if key not in {"stareau", "raepa", "service_eau"}:
            assert recognise(profile.licence), profile.licence
        for layer in profile.layers:
            declared = schema.table(layer.table)
            assert layer.signatures or layer.files, (key, layer.title)
            assert {item.attribute for item in layer.columns} <= set(declared.names)
            assert set(layer.constants) <= set(declared.names)


def test_the_year_of_appearance_is_not_that_of_construction(tmp_path: Path, read: Any):
    file = written(tmp_path / "batiment.gpkg", FILES[0][3], boxes(2))
    assert "built_year" not in read(file, "building").table.column_names


def test_values_of_bd_topo_that_mean_unknown_are_counted(tmp_path: Path, read: Any):
    got = read(written(tmp_path / "batiment.gpkg", FILES[0][3], boxes(2)), "building")
    codes = [(item.code, item.entity) for item in got.findings if item.code == "JUM-S121"]
    assert {entity for _, entity in codes} >= {"height_m", "ground_m", "roof_m"}
    assert got.repaired == 1


def test_bd_topo_2_is_refused(tmp_path: Path, read: Any):
    rows = {
        "ID": ["BATIMENT1"],
        "PREC_PLANI": [1.5],
        "PREC_ALTI": [1.0],
        "ORIGIN_BAT": ["Cadastre"],
        "HAUTEUR": [5],
        "Z_MIN": [40.0],
        "Z_MAX": [45.0],
    }
    file = written(tmp_path / "BATI_INDIFFERENCIE.shp", rows, boxes(1))
    for publisher in (None, "bdtopo"):
        with pytest.raises(JumeauError) as raised:
            read(file, "building", publisher=publisher)
        assert raised.value.code == "JUM-S262"
    with i18n.using("fr"), pytest.raises(JumeauError, match="licence est fermée"):
        read(file, "building")


def test_another_layer_of_the_publisher_is_refused(tmp_path: Path, read: Any):
    item = FILES[6]
    file = written(tmp_path / item[2], item[3], boxes(2))
    with pytest.raises(JumeauError) as raised:
        read(file, "building", publisher="bdtopo")
    assert raised.value.code == "JUM-S263"
    assert "vegetation" in str(raised.value)


def test_renamed_columns_are_told_and_the_others_read(tmp_path: Path, read: Any):
    rows = {"cleabs": ["B1", "B2"], "usage": ["Agricole"] * 2, "haut_bat": [3, 4]}
    got = read(written(tmp_path / "couche.gpkg", rows, boxes(2)), "building", publisher="bdtopo")
    assert "hauteur" in got.data("JUM-S261")["columns"]
    assert got.column("id") == ["B1", "B2"]
    assert got.column("use") == ["Agricole", "Agricole"]


def test_a_file_that_looks_like_another_publisher_is_pointed_out(tmp_path: Path, read: Any):
    item = FILES[11]
    got = read(written(tmp_path / item[2], item[3], boxes(2)), "building", publisher="osm")
    assert got.data("JUM-S264") == {"publisher": "OpenStreetMap", "other": "BDNB"}


def test_a_publisher_without_that_table_reads_as_an_ordinary_file(tmp_path: Path, read: Any):
    file = written(tmp_path / "rues.gpkg", {"id": ["a", "b"], "nom": ["x", "y"]}, lines(2))
    got = read(file, "street", publisher="bdnb")
    assert got.data("JUM-S267")["publisher"] == "BDNB"
    assert got.column("name") == ["x", "y"]


def test_another_text_is_only_provenance(tmp_path: Path, read: Any):
    file = written(tmp_path / "rues.gpkg", {"id": ["a", "b"], "nom": ["x", "y"]}, lines(2))
    got = read(file, "street", publisher="Ville d'Avranches")
    assert not {code for code in got.codes if code >= "JUM-S260"}
    assert "publisher" not in got.source


def test_the_user_s_mapping_and_constants_win(tmp_path: Path, read: Any):
    file = written(tmp_path / "batiment.gpkg", FILES[0][3], boxes(2))
    got = read(file, "building", {"cleabs": "id", "etat_de_l_objet": "use"})
    assert got.column("use") == ["En service", "En ruine"]
    assert "height_m" not in got.table.column_names
    got = read(file, "building", constants={"use": "Scolaire"})
    assert got.column("use") == ["Scolaire"] * 2
    assert got.column("height_m") == [6.5, None]


def test_geometry_alone_enters_under_its_publisher(tmp_path: Path, read: Any):
    file = written(tmp_path / "bd_topo.shp", {"n": [1, 2]}, boxes(2))
    file.with_suffix(".dbf").unlink()
    got = read(file, "building", publisher="bdtopo")
    assert got.table.num_rows == 2 and "JUM-S104" in got.codes
    assert got.column("id") == ["77000500_628000500", "77002500_628000500"]
    assert got.source["publisher"] == "IGN"


def test_names_cut_too_short_are_not_guessed():
    known = Known(["altitude_m", "batiment_g", "hauteur"])
    assert known.find("altitude_minimale_sol") == known.find("altitude_maximale_toit")
    assert known.find("batiment_groupe_id") == "batiment_g"
    assert known.find("hauteur_mean") is None


def test_ambiguous_cut_names_are_left_aside(tmp_path: Path, read: Any):
    rows = {
        "cleabs": ["B1", "B2"],
        "usage_1": ["Agricole"] * 2,
        "hauteur": [3.0, 4.0],
        "altitude_m": [1.0, 2.0],
    }
    got = read(written(tmp_path / "batiment.shp", rows, boxes(2)), "building")
    assert got.data("JUM-S269")["columns"] == ["altitude_m"]
    assert "ground_m" not in got.table.column_names


def test_mojibake_is_put_right_before_codes_are_read(tmp_path: Path, read: Any):
    rows = dict(FILES[1][3], USAGE1=["RÃ©sidentiel", "Religieux"])
    file = written(tmp_path / "BATIMENT.shp", rows, boxes(2), encoding="utf-8")
    got = read(file, "building")
    assert got.column("use") == ["Résidentiel", "Religieux"]


def test_dates_with_sixty_seconds_do_not_stop_the_reading(tmp_path: Path, read: Any):
    rows = dict(FILES[0][3], date_modification=["2023-05-11T09:59:60", "2021-01-02T00:00:00"])
    got = read(written(tmp_path / "batiment.gpkg", rows, boxes(2)), "building")
    assert got.table.num_rows == 2
    assert got.source["vintage"] == "2023-05-11"


def test_the_vintage_is_that_of_the_file_s_name_first(tmp_path: Path, read: Any):
    item = FILES[17]
    file = written(tmp_path / "adresses-50_2025-03-14.csv", item[3], None)
    assert read(file, "address", publisher="ban").source["vintage"] == "2025-03-14"


def test_current_municipalities_only_then_their_epci(tmp_path: Path, read: Any):
    communes = [
        {
            "code": "50025",
            "nom": "Avranches",
            "type": "commune-actuelle",
            "departement": "50",
            "region": "28",
            "codesPostaux": ["50300", "50301"],
            "population": 10_000,
        },
        {
            "code": "50026",
            "nom": "X",
            "type": "commune-deleguee",
            "departement": "50",
            "region": "28",
        },
    ]
    file = tmp_path / "communes.json"
    file.write_text(json.dumps(communes), encoding="utf-8")
    got = read(file, "municipality")
    assert (got.read, got.dropped) == (2, 1)
    assert got.column("postal_codes") == ["50300 50301"]
    assert got.data("JUM-S265")["count"] == 1
    epci = [
        {
            "code": "200069425",
            "nom": "CA",
            "type": "CA",
            "modeFinancement": "FPU",
            "membres": [{"code": "50025", "nom": "Avranches", "siren": "215000253"}],
        }
    ]
    file = tmp_path / "epci.json"
    file.write_text(json.dumps(epci), encoding="utf-8")
    got = read(file, "municipality")
    assert got.column("epci") == ["200069425"] and got.column("id") == ["50025"]
    assert got.data("JUM-S268")["members"] == 1


def test_the_layer_of_a_file_of_several_is_found(tmp_path: Path, read: Any):
    file = tmp_path / "bdtopo.gpkg"
    written(file, FILES[0][3], boxes(2), layer="batiment")
    written(file, FILES[6][3], boxes(2), layer="zone_de_vegetation", mode="a")
    assert read(file, "building").table.num_rows == 2
    assert read(file, "vegetation").column("kind") == ["Haie", "Bois"]
    with pytest.raises(JumeauError, match="JUM-S005"):
        read(file, "tree")


def test_ordinary_downloads_of_a_folder_are_found_by_name(tmp_path: Path):
    (tmp_path / "IGN BD TOPO").mkdir()
    for name in (
        "adresses-50.csv.gz",
        "cadastre-50025-batiments.json.gz",
        "cadastre-50025-parcelles.json.gz",
        "gis_osm_roads_free_1.shp",
        "n_tri_avra_inondable_01_01for_s_050.zip",
        "IGN BD TOPO/BATIMENT.shp",
        "IGN BD TOPO/COMMUNE.shp",
        "notes.csv",
        "photo.jpg",
    ):
        (tmp_path / name).write_bytes(b"x")
    found = {
        path.name: (profile.key, table) for path, profile, table in publishers.files_in(tmp_path)
    }
    assert found == {
        "adresses-50.csv.gz": ("ban", "address"),
        "cadastre-50025-batiments.json.gz": ("cadastre", "building"),
        "cadastre-50025-parcelles.json.gz": ("cadastre", "parcel"),
        "gis_osm_roads_free_1.shp": ("osm", "street"),
        "n_tri_avra_inondable_01_01for_s_050.zip": ("tri", "hazard_zone"),
        "BATIMENT.shp": ("bdtopo", "building"),
        "COMMUNE.shp": ("bdtopo", "municipality"),
    }


def test_two_publishers_that_a_name_may_mean_are_not_guessed():
    assert publishers.recognise([], ["commune"], "municipality") is None
    assert publishers.recognise([], ["commune"], "municipality", "bdtopo") is not None
    assert publishers.recognise(["a", "b"], ["batiment"], "building") is None


def test_counts_by_hour_become_a_mean_day(tmp_path: Path, read: Any):
    rows = {
        "channel_id": ["c1", "c1", "c2", "c2"],
        "start_datetime": ["2024-03-01T00:00:00Z", "2024-03-01T12:00:00Z"] * 2,
        "end_datetime": ["2024-03-01T12:00:00Z", "2024-03-02T00:00:00Z"] * 2,
        "count": ["100", "300", "10", "n/a"],
    }
    got = read(written(tmp_path / "mesures.csv", rows, None), "traffic_count")
    assert (got.read, got.table.num_rows, got.linked, got.dropped) == (4, 2, 1, 1)
    assert sorted(got.column("vehicles_day")) == [20.0, 400.0]
    assert got.column("direction") == ["c1", "c2"]
    assert got.data("JUM-S278") == {"count": 3, "rows": 2}


def test_a_mapping_without_a_known_publisher_says_all(tmp_path: Path, read: Any):
    file = written(tmp_path / "batiment.gpkg", FILES[0][3], boxes(2))
    for publisher in (None, "Ville d'Avranches"):
        got = read(file, "building", {"cleabs": "id"}, publisher=publisher)
        assert "JUM-S260" not in got.codes and "JUM-S270" not in got.codes
        assert not {"publisher", "title", "licence"} & set(got.source)
        assert got.table.column_names == ["id", "geometry"]


def test_a_mapping_with_a_publisher_says_only_what_is_true(tmp_path: Path, read: Any):
    rows = {"ID": ["T1", "T2"], "NATURE": ["Grand terrain", "Piscine"], "Z_MOYEN": [1.0, 2.0]}
    file = written(tmp_path / "TERRAIN_DE_SPORT.shp", rows, boxes(2))
    got = read(file, "place", {"ID": "id", "NATURE": "name"}, publisher="bdtopo")
    assert "JUM-S260" not in got.codes and "JUM-S261" not in got.codes
    assert (got.source["publisher"], got.source["title"]) == ("IGN", "BD TOPO")
    assert got.column("name") == ["Grand terrain", "Piscine"]
    got = read(file, "place", publisher="bdtopo")
    assert "commune" not in str([item.data for item in got.codes.values()])


def test_files_of_a_folder_that_bears_the_name_of_a_publisher(tmp_path: Path):
    folder = tmp_path / "olemps_bdtopo_v3"
    folder.mkdir()
    for name in ("COMMUNE.shp.zip", "EQUIPEMENT_DE_TRANSPORT.shp.zip", "bdnb_bdtopo.csv.zip"):
        (folder / name).write_bytes(b"x")
    found = [
        (path.name, profile.key, table) for path, profile, table in publishers.files_in(folder)
    ]
    assert found == [
        ("COMMUNE.shp.zip", "bdtopo", "municipality"),
        ("bdnb_bdtopo.csv.zip", "bdnb", "building_link"),
    ]
