// SPDX-License-Identifier: EUPL-1.2
/** What the mock answers: the shape of the API with invented figures. */

const RAMP = [
  "#000004",
  "#280b54",
  "#65156e",
  "#9f2a63",
  "#d44842",
  "#f57d15",
  "#fac127",
  "#fcffa4",
];
const CLASSES = [0.1, 0.5, 1, 2, 5, 10, 20, 50];
export const ramp = { colors: RAMP, classes: CLASSES };

const LABELS = {
  luminaire: "Points lumineux",
  street: "Voies",
  building: "Bâtiments",
  district: "Quartiers",
  place: "Lieux",
  source: "Sources",
};
const RUN = {
  id: "20261121T224512-lighting",
  worksite: "lighting",
  scenario: "tendanciel",
  code_version: "0.1.0",
  snapshot: 11,
  seed: 0,
  started_at: "2026-11-21T22:45:12Z",
  duration_s: 41.3,
};

const SOURCES = [
  {
    id: "s1",
    table: "luminaire",
    file: "VilleMTP_MTP_EclairagePublic.shp.zip",
    title: "Points d’éclairage public",
    publisher: "Ville de Montpellier",
    licence: "Licence Ouverte 2.0",
    vintage: "2023-02-14",
    sha256: "9f2c1f0e5c7d3b6aa0c1e5f2d4b89a7c6e3f1d0b2a4c6e8f0123456789abcdef",
    imported_at: "2026-11-21T22:40:02Z",
    read: 612,
    added: 612,
    rows: 612,
    uri: "https://data.montpellier3m.fr/",
  },
  {
    id: "s2",
    table: "street",
    file: "VilleMTP_MTP_FilaireVoies.zip",
    title: "Filaire de voies",
    publisher: "Ville de Montpellier",
    licence: "Licence Ouverte 2.0",
    vintage: "2024",
    sha256: "1b2c3d4e5f60718293a4b5c6d7e8f90123456789abcdef0123456789abcdef01",
    imported_at: "2026-11-21T22:40:09Z",
    read: 22,
    added: 22,
    rows: 22,
  },
];

export function answers(town) {
  const { tables } = town;
  const lamps = tables.luminaire;
  const share = (rows) =>
    rows.filter((row) => row.properties.power_w === undefined).length / rows.length;
  const measure = (rows) => {
    const kwh = rows.reduce((sum, row) => sum + (row.properties.power_w ?? 95) * 1.12 * 4.1, 0);
    return { kwh, spread: 0.05 + 0.25 * share(rows) };
  };
  const indicators = [];
  const add = (scope, entity, entity_label, rows) => {
    const { kwh, spread } = measure(rows);
    const put = (indicator, label, value, unit, digits, exact = false) =>
      indicators.push({
        id: `${indicator}:${scope}:${entity ?? ""}`,
        indicator,
        label,
        scope,
        entity,
        entity_label,
        year: 2026,
        value,
        low: exact ? value : value * (1 - spread),
        high: exact ? value : value * (1 + spread),
        unit,
        digits,
        estimated_share: exact ? 0 : share(rows),
        run_id: RUN.id,
      });
    put("energy_kwh_year", "Consommation annuelle", kwh, "kWh/yr", 0);
    put("luminaire_count", "Points lumineux", rows.length, "", 0, true);
    if (scope === "territory") {
      put("cost_eur_year", "Facture d’électricité", kwh * 0.19, "€/yr", 0);
      put("co2_t_year", "Émissions", kwh * 0.000052, "tCO2e/yr", 1);
      put("installed_power_w", "Puissance installée", kwh / 4.1, "W", 0);
      put("lit_street_km", "Voies éclairées", 22.8, "km", 1, true);
      put("mean_illuminance_lx", "Éclairement moyen des voies", 8.7, "lx", 1);
    }
  };
  add("territory", null, null, lamps);
  for (const type of ["HPS", "LED", "MH", "HPM"])
    add(
      "lamp_type",
      type,
      null,
      lamps.filter((lamp) => lamp.properties.lamp_type === type),
    );
  add(
    "lamp_type",
    "OTHER",
    "Type non renseigné",
    lamps.filter((lamp) => !lamp.properties.lamp_type),
  );
  tables.district.forEach((row, i) => {
    add(
      "district",
      row.properties.id,
      row.properties.name,
      lamps.filter((_, k) => k % 7 < [3, 2, 1, 1][i] && k % 7 >= [0, 1, 5, 6][i]),
    );
  });
  for (const row of tables.street)
    add(
      "street",
      row.properties.id,
      row.properties.name,
      lamps.filter((lamp) => lamp.properties.street_id === row.properties.id),
    );
  for (const row of indicators)
    if (row.scope === "lamp_type" && !row.entity_label)
      row.entity_label = {
        HPS: "Sodium haute pression",
        LED: "LED",
        MH: "Iodures métalliques",
        HPM: "Ballon fluorescent",
      }[row.entity];

  const option = (id, kind, label, description, capex, saving, co2, npv, payback) => ({
    id,
    worksite: "lighting",
    kind,
    label,
    description,
    year: 2027,
    actor: "commune",
    capex_eur: capex,
    opex_eur_year: 0,
    life_years: kind === "led" ? 20 : 10,
    price_year: 2025,
    explain: `/api/explain/option/${id}`,
    effects: Object.fromEntries(
      Object.entries({
        saving_eur_year: [saving, "€/yr"],
        tco2e_year: [co2, "tCO2e/yr"],
        npv_eur: [npv, "€"],
        ...(payback ? { payback_years: [payback, "yr"] } : {}),
      }).map(([name, [mean, unit]]) => [
        name,
        { mean, low: mean - Math.abs(mean) * 0.28, high: mean + Math.abs(mean) * 0.24, unit },
      ]),
    ),
  });
  const options = [
    option(
      "o1",
      "do_nothing",
      "Ne rien changer",
      "Référence : le parc reste tel qu’il est.",
      0,
      0,
      0,
      0,
      null,
    ),
    option(
      "o2",
      "sobriety",
      "Extinction de 23 h à 6 h",
      "Sobriété : tout le parc éteint au cœur de la nuit, horloges astronomiques dans les armoires.",
      9600,
      26800,
      6.9,
      212000,
      0.36,
    ),
    option(
      "o3",
      "part_night",
      "Extinction de 1 h à 5 h",
      "Coupure partielle, carrefours maintenus.",
      9600,
      17200,
      4.4,
      133000,
      0.56,
    ),
    option(
      "o4",
      "dimming",
      "Abaissement de 50 % de 22 h à 6 h",
      "Ballasts bi-puissance sur les lampes compatibles.",
      61200,
      9100,
      2.3,
      14800,
      6.7,
    ),
    option(
      "o5",
      "led",
      "Passage en LED",
      "Remplacement de toutes les lampes à décharge, 3 000 K, avec gradation.",
      398000,
      29300,
      7.6,
      -34500,
      13.6,
    ),
  ];
  const finding = (id, code, severity, table, entity, what, why, remedy) => ({
    id,
    code,
    severity,
    table,
    entity,
    what,
    why,
    remedy,
    run_id: RUN.id,
    source_id: "s1",
  });
  const findings = [
    finding(
      "f1",
      "JUM-L012",
      "degrades",
      "luminaire",
      "power_w",
      "La puissance manque pour 278 points lumineux sur 612.",
      "La consommation de ces points est estimée : l’intervalle s’élargit.",
      "Ajoutez la puissance à l’inventaire, puis `jumeau add DIR inventaire.csv --as luminaire`.",
    ),
    ...lamps
      .slice(0, 23)
      .map((lamp, i) =>
        finding(
          `f2-${i}`,
          "JUM-L021",
          "degrades",
          "luminaire",
          lamp.properties.id,
          `Le point ${lamp.properties.id} est à plus de 30 m de toute voie.`,
          "Il ne compte dans aucune voie.",
          "Vérifiez sa position ou complétez le filaire de voies.",
        ),
      ),
    finding(
      "f3",
      "JUM-S031",
      "informs",
      "traffic_count",
      "",
      "Le fichier des comptages n’a pas été ajouté.",
      "Les classes d’éclairage EN 13201 ne peuvent pas être proposées.",
      "jumeau add DIR comptages.csv --as traffic_count",
    ),
  ];
  const geometry = {
    luminaire: "point",
    street: "line",
    building: "polygon",
    district: "polygon",
    place: "any",
  };
  const territory = {
    name: "Montpellier (essai)",
    insee: ["34172"],
    crs: "EPSG:2154",
    bounds: town.bounds,
    center: town.center,
    version: 12,
    versions: [12, 11, 10].map((version, i) => ({
      version,
      time: `2026-11-21T2${2 - i}:45:54Z`,
      message: ["éclairage calculé", "ajout de FilaireVoies", "ajout de EclairagePublic"][i],
    })),
    licence: "Licence Ouverte 2.0",
    attribution: ["© Ville de Montpellier"],
    tables: [
      ...Object.entries(tables).map(([name, rows]) => ({
        name,
        label: LABELS[name],
        count: rows.length,
        geometry: geometry[name],
      })),
      { name: "source", label: "Sources", count: 2, geometry: null },
    ],
    rasters: [
      {
        layer: "illuminance",
        label: "Éclairement horizontal",
        unit: "lx",
        classes: CLASSES,
        colors: RAMP,
        tiles_url: "/tiles/raster/illuminance/{z}/{x}/{y}.png",
        bounds: town.bounds,
      },
    ],
    worksites: [{ name: "lighting", label: "éclairage", last_run: RUN }],
    code_version: "0.1.0",
  };
  const estimates = [
    {
      attribute: "height_m",
      value: 7.5,
      low: 6,
      high: 10,
      text: null,
      method: "Médiane des candélabres des voies de desserte.",
    },
    {
      attribute: "flux_lm",
      value: 10300,
      low: 8200,
      high: 12900,
      text: null,
      method: "Efficacité générique du type de lampe.",
    },
    {
      attribute: "power_w",
      value: 95,
      low: 60,
      high: 160,
      text: null,
      method: "Parc français moyen (ADEME).",
    },
    {
      attribute: "lamp_type",
      value: null,
      low: null,
      high: null,
      text: "HPS",
      method: "Type le plus fréquent de la rue.",
    },
  ];
  const explain = (table, id) => {
    const row = indicators.find((candidate) => candidate.id === id);
    return {
      title: row
        ? `${row.label}${row.entity_label ? `, ${row.entity_label}` : ""}`
        : (options.find((o) => o.id === id)?.label ?? id),
      value: row ? { value: row.value, low: row.low, high: row.high, unit: row.unit } : null,
      method:
        "Puissance de chaque point, ballast compris, multipliée par ses heures d’allumage de l’année, puis sommée.",
      formula: "E = Σ P_i · b_i · h / 1000",
      reference: "EN 13201-5, équation 1",
      parameters: [
        {
          name: "burning_hours",
          label: "Heures d’allumage",
          value: 4102,
          unit: "h/yr",
          source: "Soleil à −6°, latitude 43,61°",
          default: false,
        },
        {
          name: "electricity_price",
          label: "Prix de l’électricité",
          value: 0.19,
          unit: "€/kWh",
          source: null,
          default: true,
        },
        {
          name: "co2_factor",
          label: "Facteur d’émission",
          value: 0.052,
          unit: "kgCO2e/kWh",
          source: "Base Empreinte, éclairage public, 2023",
          default: false,
        },
      ],
      estimated_share: row?.estimated_share ?? 0.45,
      inputs: [
        { table: "luminaire", rows: 612, estimated: 278, sources: ["s1"] },
        { table: "street", rows: 22, estimated: 0, sources: ["s2"] },
      ],
      sources: SOURCES,
      run: RUN,
      row: { id },
      estimates: table === "luminaire" ? estimates : [],
      findings: findings.slice(0, 1),
      command: `jumeau explain montpellier.jumeau ${table} ${id}`,
    };
  };
  const entity = (table, id) => {
    const found = tables[table]?.find((row) => row.properties.id === id);
    if (!found) return null;
    const street = tables.street.find((row) => row.properties.id === found.properties.street_id);
    return {
      row: {
        height_m: null,
        flux_lm: null,
        power_w: null,
        lamp_type: null,
        cct_k: null,
        ...found.properties,
        source_id: "s1",
      },
      label: found.properties.name ?? (street ? `${id}, ${street.properties.name}` : id),
      estimates:
        table === "luminaire"
          ? estimates.filter((estimate) => !(estimate.attribute in found.properties))
          : [],
      indicators: indicators.filter((row) => row.scope === table && row.entity === id),
      explain: `/api/explain/${table}/${id}`,
      geometry: found.geometry,
    };
  };
  return { territory, indicators, options, findings, sources: SOURCES, explain, entity };
}
