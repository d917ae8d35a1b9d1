// SPDX-License-Identifier: EUPL-1.2
/** Colours of the map, by day and by night. Lamps wear the colour of their light. */

import type { Group } from "./registry";

export interface Palette {
  ground: string;
  water: string;
  stream: string;
  hazard: string;
  parcel: string;
  park: string;
  place: string;
  building: string;
  buildingLine: string;
  street: string;
  casing: string;
  district: string;
  limit: string;
  placeName: string;
  text: string;
  halo: string;
  lampRim: string;
  unknown: string;
  selected: string;
  selectedRim: string;
  hover: string;
  drawn: string;
  motorway: string;
  mainRoad: string;
  waterName: string;
  hazardName: string;
  publicBuilding: string;
  volume: string;
  volumeEstimated: string;
  tree: string;
  /** Hue of each worksite, as the tokens of the page have it. */
  groups: Record<Group, string>;
}

export const DAY: Palette = {
  ground: "#f1f2ef",
  water: "#c3dcec",
  stream: "#8fbcd9",
  hazard: "#c4501f",
  parcel: "#b9a98c",
  park: "#dbe7d3",
  place: "#e6e8e2",
  building: "#dddfda",
  buildingLine: "#c5c9c3",
  street: "#ffffff",
  casing: "#cfd3cd",
  district: "#6b7580",
  limit: "#5c4a63",
  placeName: "#4a4f2e",
  text: "#2b3640",
  halo: "#ffffff",
  lampRim: "#ffffff",
  unknown: "#4c5864",
  selected: "#563a9e",
  selectedRim: "#ffffff",
  hover: "#17202a",
  drawn: "#563a9e",
  motorway: "#f3cf9b",
  mainRoad: "#f8e6bd",
  waterName: "#1d5f8a",
  hazardName: "#8d2c0b",
  publicBuilding: "#c9cfd6",
  volume: "#d3d5d1",
  volumeEstimated: "#e9eae7",
  tree: "#5d9b63",
  groups: {
    lighting: "#7d4600",
    water: "#0a5688",
    climate: "#a8330c",
    buildings: "#1b6638",
    plan: "#563a9e",
    twin: "#55606b",
  },
};

export const NIGHT: Palette = {
  ground: "#07090d",
  water: "#0d1c2b",
  stream: "#1f4666",
  hazard: "#e4683c",
  parcel: "#4a4334",
  park: "#0c1510",
  place: "#0d1016",
  building: "#1c232e",
  buildingLine: "#303a48",
  street: "#2b333f",
  casing: "#11161d",
  district: "#8b98a7",
  limit: "#a892b3",
  placeName: "#c9cdb0",
  text: "#d5dee8",
  halo: "#07090d",
  lampRim: "#07090d",
  unknown: "#aeb9c6",
  selected: "#d3c3ff",
  selectedRim: "#07090d",
  hover: "#edf1f6",
  drawn: "#d3c3ff",
  motorway: "#4f4330",
  mainRoad: "#423c31",
  waterName: "#7fb6dd",
  hazardName: "#ff9c78",
  publicBuilding: "#2a3441",
  volume: "#2a333f",
  volumeEstimated: "#3a4350",
  tree: "#3f6b45",
  groups: {
    lighting: "#f6bd4b",
    water: "#7abdf0",
    climate: "#ff9c78",
    buildings: "#82d3a0",
    plan: "#beaaf7",
    twin: "#a3aebb",
  },
};

export function palette(night: boolean): Palette {
  return night ? NIGHT : DAY;
}

/** Colour of a lamp type: by day dark enough on paper, by night as it shines. */
const LAMPS: Record<string, [day: string, night: string]> = {
  LED: ["#1f6fb8", "#9fd0ff"],
  HPS: ["#d0660a", "#ff9f3d"],
  LPS: ["#a57c00", "#ffd84f"],
  MH: ["#2d8a62", "#8fe3c0"],
  CMH: ["#648714", "#c5e384"],
  HPM: ["#0f7c88", "#5fd3da"],
  FL: ["#7353ae", "#c3a8f5"],
  CFL: ["#9c4b96", "#f0a5e6"],
  INC: ["#a0372a", "#ff8a70"],
  HAL: ["#b9466f", "#ff9dbd"],
  IND: ["#5a6672", "#b6c2cf"],
  OTHER: ["#71767d", "#9199a3"],
};

export function lampTypes(): string[] {
  return Object.keys(LAMPS);
}

export function lampColour(type: string, night: boolean): string {
  const pair = LAMPS[type] ?? (LAMPS.OTHER as [string, string]);
  return pair[night ? 1 : 0];
}

/** Bounds of the classes of power, W. */
export const POWER_STEPS = [40, 80, 120, 200] as const;

export function powerColours(night: boolean): string[] {
  return night
    ? ["#6a5acd", "#b25aa8", "#ea6a7a", "#fba35c", "#fdeaa0"]
    : ["#e0aa4c", "#cc8420", "#a8600c", "#7d4206", "#4c2604"];
}
