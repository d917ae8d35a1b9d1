// SPDX-License-Identifier: EUPL-1.2
/**
 * Two rasters on one map, one on either side of a line: each is drawn within its part of the canvas.
 *
 * Layers of our own between those of the style say where the canvas may be drawn on (the scissor of
 * WebGL). Moving the line draws the map again: nothing is loaded, and no second map is needed.
 */

import type { CustomLayerInterface, Map as LibreMap } from "maplibre-gl";

type Cut = (gl: WebGLRenderingContext | WebGL2RenderingContext, at: number) => void;

/** What each of our layers allows, in their order: the left, the right, everything again. */
const CUTS: readonly [id: string, cut: Cut][] = [
  ["swipe-before", (gl, at) => within(gl, 0, at)],
  ["swipe-after", (gl, at) => within(gl, at, gl.drawingBufferWidth)],
  ["swipe-end", (gl) => gl.disable(gl.SCISSOR_TEST)],
];

function within(
  gl: WebGLRenderingContext | WebGL2RenderingContext,
  from: number,
  to: number,
): void {
  gl.enable(gl.SCISSOR_TEST);
  gl.scissor(from, 0, to - from, gl.drawingBufferHeight);
}

export class Swipe {
  private share = 0;

  constructor(
    private readonly map: LibreMap,
    private readonly before: string,
    private readonly after: string,
  ) {}

  /** Moves the line [% of the width from the left]. */
  move(share: number): void {
    if (share === this.share) return;
    this.share = share;
    this.map.triggerRepaint();
  }

  /** Puts our layers around the two rasters; takes them away when one of these is not drawn. */
  place(): void {
    const { map } = this;
    const ours = CUTS.map(([id]) => id);
    const order = map.getLayersOrder();
    const others = order.filter((id) => !ours.includes(id));
    const at = others.indexOf(this.before);
    if (at < 0 || others[at + 1] !== this.after) {
      for (const id of ours) if (order.includes(id)) map.removeLayer(id);
      return;
    }
    const wanted = ["swipe-before", this.before, "swipe-after", this.after, "swipe-end"];
    if (wanted.join() === order.slice(at, at + wanted.length).join()) return;
    const above = [this.before, this.after, others[at + 2]];
    CUTS.forEach(([id, cut], i) => {
      if (order.includes(id)) map.moveLayer(id, above[i]);
      else map.addLayer(this.layer(id, cut), above[i]);
    });
  }

  private layer(id: string, cut: Cut): CustomLayerInterface {
    const at = (gl: WebGLRenderingContext | WebGL2RenderingContext) =>
      Math.round((gl.drawingBufferWidth * this.share) / 100);
    return { id, type: "custom", render: (gl) => cut(gl, at(gl)) };
  }
}
