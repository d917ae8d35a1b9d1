// SPDX-License-Identifier: EUPL-1.2
/** What the API answers; the names are those of the twin's schema. */

export type Severity = "blocks" | "degrades" | "informs";
export type Bounds = [west: number, south: number, east: number, north: number];

/** A row of the twin: its table and its identifier. */
export interface Ref {
  table: string;
  id: string;
}

export interface TableInfo {
  name: string;
  label: string;
  count: number;
  geometry: string | boolean | null;
  /** Worksite that it belongs to; none for the facts of the twin. */
  worksite?: string | null;
}

export interface RasterInfo {
  layer: string;
  label: string;
  unit: string;
  classes: (number | string)[];
  colors: string[];
  tiles_url: string;
  bounds?: Bounds | null;
  /** Worksite that computes it. */
  worksite?: string | null;
  /** Moments of an event at which it is also known [s]. */
  moments?: number[];
}

export interface Version {
  version: number;
  time: string;
  message?: string | null;
}

/** A table that a run read and that has changed since. */
export interface StaleTable {
  table: string;
  label: string;
  version: number;
  time: string | null;
}

export interface WorksiteInfo {
  name: string;
  label: string;
  last_run: (RunInfo & { stale?: StaleTable[] }) | null;
}

export interface RunInfo {
  id: string;
  worksite?: string;
  scenario?: string | null;
  code_version?: string;
  snapshot?: number;
  seed?: number | null;
  started_at: string;
  duration_s?: number | null;
}

/** A process of the server: the run of a worksite. */
export interface ProcessInfo {
  id: string;
  title: string;
  /** Whether this server lets it be run. */
  executable: boolean;
  inputs: Record<string, InputSpec>;
}

export interface InputSpec {
  title: string;
  description: string;
  schema: { type: string; maxLength?: number; examples?: (string | number)[] };
}

/** A run that was asked. */
export interface Job {
  jobID: string;
  processID: string;
  status: "accepted" | "running" | "successful" | "failed" | "dismissed";
  message: string;
  /** Share done [%]. */
  progress: number;
  error?: { code: string; what: string; why: string; remedy: string };
}

/** What was computed by a run, with what, and how far to trust it. */
export interface RunCard {
  event?: Record<string, string>;
  /** Whether somebody described it; else it is the usual scenario. */
  asked?: boolean;
  /** What the night after shows: a kind of option. */
  after?: { option: string };
  shown?: { label_en: string; label_fr: string; text_en: string; text_fr: string }[];
}

export interface Territory {
  name: string;
  insee: string[];
  crs: string;
  bounds: Bounds | null;
  /** Box of what fills the place where people live. */
  home?: Bounds | null;
  center: [number, number] | null;
  version: number;
  versions: Version[];
  licence: string;
  attribution: string[];
  tables: TableInfo[];
  rasters: RasterInfo[];
  worksites: WorksiteInfo[];
  code_version: string;
}

/** A figure with its interval, as every result is given. */
export interface Figure {
  value: number | null;
  low?: number | null;
  high?: number | null;
  unit: string;
  digits?: number | null;
}

export interface Indicator extends Figure {
  id: string;
  indicator: string;
  label: string;
  scope: string;
  entity: string | null;
  entity_label?: string | null;
  year?: number | null;
  estimated_share?: number | null;
  run_id?: string | null;
}

/** A figure of an asset, as lists of assets give it; its id is that of the indicator. */
export interface AssetFigure {
  id: string;
  value: number | null;
  low: number | null;
  high: number | null;
  estimated_share: number | null;
}

export interface AssetRow {
  id: string;
  label: string;
  facts: Record<string, unknown>;
  figures: Record<string, AssetFigure>;
}

/** Assets of a table with the figures of a worksite. */
export interface AssetFigures extends Rows<AssetRow> {
  columns: { indicator: string; label: string; unit: string; digits: number }[];
  total: number;
}

/** One figure of every asset of a table, in columns. */
export interface AssetValues {
  ids: string[];
  values: (number | null)[];
  estimated_shares: (number | null)[];
  /** Those told apart. */
  marked: string[];
}

/** What a sensor read over one step of time. */
export interface Reading {
  time: string;
  value: number | null;
  /** Share of the step that was read. */
  share: number;
}

export interface Curve {
  id: string;
  label: string;
  property: string | null;
  unit: string | null;
  interval_s: number | null;
  first: string | null;
  last: string | null;
  count: number;
  zeros: number;
  rows: Reading[];
}

export interface Effect {
  mean: number | null;
  low: number | null;
  high: number | null;
  unit: string;
}

export interface Option {
  id: string;
  worksite: string;
  kind: string;
  label: string;
  description?: string | null;
  year?: number | null;
  actor?: string | null;
  capex_eur: number | null;
  opex_eur_year?: number | null;
  life_years?: number | null;
  price_year?: number | null;
  effects: Record<string, Effect>;
  explain?: string;
}

export interface Finding {
  id: string;
  code: string;
  severity: Severity;
  table?: string | null;
  entity?: string | null;
  what: string;
  why?: string | null;
  remedy?: string | null;
  run_id?: string | null;
  source_id?: string | null;
}

export interface Source {
  id: string;
  table?: string;
  file: string;
  title?: string | null;
  publisher?: string | null;
  licence?: string | null;
  vintage?: string | null;
  sha256?: string | null;
  uri?: string | null;
  imported_at?: string | null;
  read?: number | null;
  added?: number | null;
  dropped?: number | null;
  repaired?: number | null;
  rows?: number | null;
}

export interface Parameter {
  name: string;
  label?: string | null;
  value: unknown;
  unit?: string | null;
  source?: string | null;
  default?: boolean | null;
  low?: number | null;
  high?: number | null;
}

export interface Estimate {
  attribute: string;
  label?: string | null;
  unit?: string | null;
  value: number | null;
  low?: number | null;
  high?: number | null;
  text?: string | null;
  /** The text in words, when it is a code. */
  text_label?: string | null;
  method?: string | null;
}

/** Another figure that one follows from. */
export interface Quantity extends Figure {
  id: string;
  indicator: string;
  label?: string | null;
}

/** What an option brings, and how that is obtained. */
export interface ExplainedEffect extends Effect {
  quantity: string;
  label?: string | null;
  formula?: string | null;
  method?: string | null;
}

export interface InputUsed {
  table: string;
  label?: string | null;
  rows?: number | null;
  estimated?: number | null;
  sources?: string[] | null;
}

export interface Explanation {
  title: string;
  value: Figure | null;
  method?: string | null;
  formula?: string | null;
  reference?: string | null;
  parameters?: Parameter[] | null;
  estimated_share?: number | null;
  inputs?: InputUsed[] | null;
  sources?: Source[] | null;
  run?: RunInfo | null;
  row?: Record<string, unknown> | null;
  estimates?: Estimate[] | null;
  quantities?: Quantity[] | null;
  effects?: ExplainedEffect[] | null;
  findings?: Finding[] | null;
  links?: PublisherLink[] | null;
  command?: string | null;
}

/** What a publisher says of the same object, and how surely it is the same. */
export interface PublisherLink {
  publisher: string;
  publisher_id: string;
  relation?: string | null;
  confidence?: number | null;
  filled?: { name: string; label: string }[] | null;
}

export interface Entity {
  row: Record<string, unknown>;
  label: string;
  estimates?: Estimate[] | null;
  indicators?: Indicator[] | null;
  /** Figures by month: their entity ends in its number. */
  months?: Indicator[] | null;
  explain?: string | null;
  geometry?: GeoJSON.Geometry | null;
}

export interface Attribute {
  name: string;
  label: string;
  type?: string | null;
  unit?: string | null;
  codes?: Record<string, string> | string[] | null;
}

export interface Rows<T> {
  rows: T[];
}

/** The findings of one code: how many there are, and one of them. */
export interface FindingKind {
  code: string;
  severity: Severity;
  worksite: string;
  count: number;
  tables: string[];
  example: Finding;
}

export interface Findings extends Rows<Finding> {
  /** How many match what was asked. */
  total: number;
  /** How many the territory has. */
  counts: Record<Severity, number>;
  kinds: FindingKind[];
  facets: { tables: string[]; worksites: string[] };
}

/** What a row is tied to in a table. */
export interface Tie {
  table: string;
  label: string;
  known: "fact" | "estimate" | "place";
  count: number;
  attribute: string | null;
  rows: { id: string; label: string }[];
}

export interface Around {
  related: Tie[];
  options: (Pick<Option, "id" | "label" | "kind" | "capex_eur" | "effects"> & {
    count: number;
    certain: boolean;
  })[];
  sources: Source[];
  findings: Finding[];
}

/** What one version changed in a row. */
export interface Change {
  version: number;
  time: string | null;
  message: string;
  kind: "insert" | "update" | "delete";
  moved: boolean;
  changes: { attribute: string; label: string; unit: string; before: unknown; after: unknown }[];
}

/** What is known of an attribute over its table. */
export interface Known {
  table: string;
  table_label: string;
  attribute: string;
  label: string;
  rows: number;
  known: number;
  known_share: number;
  estimated: number;
  estimated_share: number;
}

export type Reason = "worthless" | "budget" | "conflict" | "ranking" | "unvalued";

/** What a budget allows. */
export interface Choice {
  budget_eur: number;
  years: number;
  most_budget_eur: number;
  most_years: number;
  chosen: { id: string; label: string }[];
  left: { id: string; label: string; reason: Reason }[];
  capex_eur: number;
  totals: Record<"npv_eur" | "saving_eur_year" | "tco2e_year", Effect>;
  price_eur: number;
  price_tco2e_year: number;
  steps: {
    capex_eur: number;
    npv_eur: number;
    npv_low_eur: number;
    npv_high_eur: number;
    chosen: string[];
  }[];
}

/** Luminous intensities of a lamp in four half-planes, or the reason why there is none. */
export interface Photometry {
  name: string | null;
  file: string | null;
  generic: boolean;
  /** Half-width of the interval that a generic distribution leaves at a point, relative. */
  spread: number | null;
  lamp_type: string | null;
  flux_lm: number | null;
  lor: number | null;
  ulr: number | null;
  flux_codes: number[] | null;
  luminous_size: number[] | null;
  format: string | null;
  sha256: string | null;
  reason: "none" | "label" | "unreadable" | null;
  detail: string;
  gamma: number[];
  planes: { c: number; values: number[] }[];
}

export type RoadVerdict = "conform" | "not_conform" | "not_computable" | "none";

/** What a class asks of a quantity; confirmed once it was read in the standard itself. */
export interface Requirement {
  least: number | null;
  most: number | null;
  source: string;
  confirmed: boolean;
}

/** A quantity of EN 13201 for a street, and what its class asks of it. */
export interface RoadFigure extends Figure {
  quantity: string;
  /** Whether it is what the others rest on: spacing, height… */
  layout: boolean;
  id: string | null;
  label: string;
  estimated_share: number | null;
  requirement: Requirement | null;
  verdict: RoadVerdict;
  /** Whether the whole interval says the same. */
  certain: boolean;
}

export interface Road {
  street: string;
  label: string;
  /** The standards, each with its version. */
  procedure: string;
  classes: string;
  energy: string;
  lighting_class: { value: string; estimated: boolean; method: string | null } | null;
  verdict: RoadVerdict;
  rows: RoadFigure[];
  reasons: { code: string; what: string; why: string | null; remedy: string | null }[];
  /** How many of its lamps rest on an estimate, attribute by attribute. */
  supposed: { attribute: string; label: string; count: number; lamps: number }[];
}

/** Streets beside what their class asks, worst first. */
export interface Roads extends Rows<RoadSummary> {
  total: number;
  counts: Record<RoadVerdict, number>;
  procedure: string;
}

export interface RoadSummary {
  id: string;
  label: string;
  lighting_class: string | null;
  class_estimated: boolean;
  verdict: RoadVerdict;
  /** Quantities that fail, a space between. */
  failing: string;
  certain: boolean;
  estimated_share: number | null;
}

/** One quantity of every element of a table over a day, in columns. */
export interface WaterSeries {
  quantity: string;
  table: string;
  unit: string;
  times_s: number[];
  /** How many of the times computed one of these stands for. */
  every: number;
  ids: string[];
  values: ((number | null)[] | null)[];
}

/** One quantity of an element over a day, with its bounds where draws were made. */
export interface ElementDay {
  quantity: string;
  unit: string;
  times_s: number[];
  values: (number | null)[];
  low: (number | null)[] | null;
  high: (number | null)[] | null;
}

export type Placement = "surveyed" | "control points" | "declared" | "invented";

/** A network of water, and how it was placed on the ground. */
export interface Placed {
  id: string;
  name: string | null;
  placement: Placement | null;
  placement_error_m: number | null;
}

/** All that was computed of an element of a network over the day. */
export interface WaterElement {
  id: string;
  table: string;
  network: Placed | null;
  /** Ends of a link. */
  nodes: { table: string; id: string; label: string }[];
  rows: ElementDay[];
}

/** Pipes of one material or of one decade; an empty name for what is not known. */
export interface PipeShare {
  name: string;
  count: number;
  length_m: number | null;
}

export interface WaterNetwork extends Placed {
  description: string | null;
  length_m: number;
  counts: { table: string; label: string; count: number }[];
  materials: PipeShare[];
  decades: PipeShare[];
  series: { quantity: string; table: string; unit: string; count: number }[];
}

/** Flow of a leak day by day [m³/h], from its first day on. */
export interface LeakDays {
  start: string;
  step_s: number;
  values: (number | null)[];
  low: (number | null)[];
  high: (number | null)[];
}

/** A leak that the search found. */
export interface LeakRow {
  id: string;
  label: string;
  pipe_id: string;
  network_id: string | null;
  district_id: string | null;
  district: string | null;
  kind: "burst" | "incipient" | null;
  started_at: string | null;
  ended_at: string | null;
  detected_at: string | null;
  flow_m3_h: number | null;
  flow_low: number | null;
  flow_high: number | null;
  probability: number | null;
  eur_day: number | null;
  lost_m3: number;
  lost_eur: number;
  pipes: number;
  zone_km: number;
  /** Of its zone. */
  bounds: Bounds | null;
  /** Pipes to search, the likeliest first. */
  zone: { pipe: string; share: number }[];
  values: LeakDays;
}

/** A sensor that the search did not trust, and when. */
export interface SensorFault {
  sensor: string;
  label: string;
  /** Frame it is of: pressures, flows… */
  quantity: string;
  kind: string;
  start: string | null;
  end: string | null;
  amount: number | null;
}

/** What a network was searched with. */
export interface LeakSearch {
  network: string;
  from: string;
  to: string;
  train: [string, string];
  train_chosen: boolean;
  leaks: number;
  faults: SensorFault[];
}

export interface Leaks {
  rows: LeakRow[];
  searches: LeakSearch[];
  first: string | null;
  last: string | null;
}

/** A quantity of a district day by day. */
export interface DistrictDays {
  entity: string;
  label: string;
  quantity: "leak_flow_m3_h" | "night_flow_m3_h";
  unit: string;
  start: string;
  values: (number | null)[] | null;
  low: (number | null)[] | null;
  high: (number | null)[] | null;
}

/** A leak, its zone pipe by pipe, and the flows of its district. */
export interface Leak extends LeakRow {
  zone: {
    pipe: string;
    share: number;
    length_m: number | null;
    material: string | null;
    diameter_mm: number | null;
    street: string | null;
    /** Metres listened to once this pipe is done. */
    metres: number;
  }[];
  balance: DistrictDays[];
}

/** An indicator or a duty of a water service, with its proof. */
export interface Duty {
  network: string;
  name: string;
  year: number;
  indicator: string;
  label: string;
  value: number | null;
  low: number | null;
  high: number | null;
  unit: string;
  question: string;
  verdict: "yes" | "no" | "unknown";
  missing: string;
  supply: string;
  proof: string;
  published: number | null;
}
