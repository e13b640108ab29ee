/** What the timeline's canvas shows: ruler, waveform, curves, and marks too narrow to be buttons. */

import type { Peaks } from "../peaks";
import type { Curve, Mark, Span } from "../types";
import { LANE_PIXELS, type Row } from "./rows";
import { clockText, type Scale } from "./scale";

/** Narrower than this, a mark is drawn here and is no button. */
export const LEAST_MARK_PIXELS = 5;

/** The colours in use, read once for each theme. */
export interface Ink {
  text: string;
  soft: string;
  line: string;
  accent: string;
  wash: string;
  wave: string;
  hues: readonly string[];
}

/** All that is drawn. */
export interface Picture {
  scale: Scale;
  rows: readonly Row[];
  peaks: Peaks | undefined;
  /** What the take is about, over all rows. */
  focus: Mark | undefined;
  /** What is being repeated. */
  loop: Span | undefined;
  ink: Ink;
}

type Context = CanvasRenderingContext2D;

/** Draw everything anew. */
export function draw(context: Context, picture: Picture, height: number): void {
  const { scale, focus, loop, ink } = picture;
  context.clearRect(0, 0, scale.width, height);
  if (focus) band(context, scale, focus, height, ink.wash);
  for (const row of picture.rows) {
    if (row.kind !== "ruler") separate(context, scale, row, ink);
    if (row.kind === "ruler") drawRuler(context, scale, row, ink);
    else if (row.kind === "sound") drawWave(context, picture, row);
    else if (row.kind === "curves") drawCurves(context, scale, row, ink);
    else drawThin(context, scale, row, ink);
  }
  if (loop) drawLoop(context, scale, loop, ink);
  if (focus?.stroke !== undefined) drawStroke(context, scale.x(focus.stroke), height, ink);
}

function band(context: Context, scale: Scale, span: Span, height: number, colour: string): void {
  context.fillStyle = colour;
  const left = scale.x(span.start);
  context.fillRect(left, 0, Math.max(1, scale.x(span.end) - left), height);
}

function separate(context: Context, scale: Scale, row: Row, ink: Ink): void {
  context.fillStyle = ink.line;
  context.fillRect(0, row.top - 3, scale.width, 1);
}

function drawRuler(context: Context, scale: Scale, row: Row, ink: Ink): void {
  const { step, ticks } = scale;
  context.font = "11px system-ui, sans-serif";
  context.textBaseline = "middle";
  for (const tick of ticks) {
    const x = Math.round(scale.x(tick));
    context.fillStyle = ink.line;
    context.fillRect(x, row.top + row.height - 8, 1, 6);
    context.fillStyle = ink.soft;
    context.fillText(clockText(tick, step), x + 4, row.top + row.height / 2 - 1);
  }
}

function drawWave(context: Context, { scale, peaks, ink }: Picture, row: Row): void {
  const middle = row.top + row.height / 2;
  context.fillStyle = ink.wave;
  if (!peaks?.loudest) {
    context.fillRect(0, middle, scale.width, 1);
    return;
  }
  const half = row.height / 2 - 2;
  for (let x = 0; x < scale.width; x += 1) {
    const start = scale.start + x / scale.perSecond;
    const [least, most] = peaks.between(start, start + 1 / scale.perSecond);
    const top = middle - (most / peaks.loudest) * half;
    const bottom = middle - (least / peaks.loudest) * half;
    context.fillRect(x, top, 1, Math.max(1, bottom - top));
  }
}

function drawCurves(
  context: Context,
  scale: Scale,
  row: Extract<Row, { kind: "curves" }>,
  ink: Ink,
): void {
  context.strokeStyle = ink.line;
  context.lineWidth = 1;
  context.setLineDash([2, 3]);
  context.beginPath();
  for (const part of [0, 0.5]) {
    const y = Math.round(row.top + part * row.height) + 0.5;
    context.moveTo(0, y);
    context.lineTo(scale.width, y);
  }
  context.stroke();
  row.curves.forEach((curve, number) => {
    context.strokeStyle = ink.hues[CURVE_HUES[number] ?? number] ?? ink.text;
    context.setLineDash(number % 2 ? [5, 3] : []);
    context.lineWidth = 1.5;
    trace(context, scale, curve, (value) => {
      return row.top + row.height - 1 - (value / row.most) * (row.height - 2);
    });
  });
  context.setLineDash([]);
}

/** Left and right are told apart by their dashes too. */
export const CURVE_HUES = [2, 1, 4, 5];

function trace(
  context: Context,
  scale: Scale,
  { fps, values }: Curve,
  place: (value: number) => number,
): void {
  const first = Math.max(0, Math.floor(scale.start * fps) - 1);
  const last = Math.min(values.length - 1, Math.ceil(scale.end * fps) + 1);
  const many = Math.max(1, Math.floor(fps / scale.perSecond));
  context.beginPath();
  for (let frame = first; frame <= last; frame += many) {
    let most = 0;
    const end = Math.min(frame + many, last + 1);
    for (let each = frame; each < end; each += 1) most = Math.max(most, values[each] ?? 0);
    context.lineTo(scale.x(frame / fps), place(most));
  }
  context.stroke();
}

function drawThin(
  context: Context,
  scale: Scale,
  row: Extract<Row, { kind: "tier" }>,
  ink: Ink,
): void {
  const thin = LEAST_MARK_PIXELS / scale.perSecond;
  context.globalAlpha = 0.55;
  for (const { mark, lane } of row.lanes.between(scale.start, scale.end)) {
    if (mark.focus || mark.end - mark.start >= thin) continue;
    context.fillStyle = mark.colour === undefined ? ink.soft : (ink.hues[mark.colour] ?? ink.soft);
    const left = scale.x(mark.start);
    const top = row.top + lane * LANE_PIXELS + 3;
    context.fillRect(left, top, Math.max(0.5, scale.x(mark.end) - left - 0.5), LANE_PIXELS - 8);
  }
  context.globalAlpha = 1;
}

function drawLoop(context: Context, scale: Scale, loop: Span, ink: Ink): void {
  const [left, right] = [scale.x(loop.start), scale.x(loop.end)];
  context.fillStyle = ink.accent;
  context.fillRect(left, 0, right - left, 3);
  context.fillRect(left, 0, 2, 9);
  context.fillRect(right - 2, 0, 2, 9);
}

function drawStroke(context: Context, x: number, height: number, ink: Ink): void {
  context.strokeStyle = ink.accent;
  context.lineWidth = 1;
  context.setLineDash([3, 3]);
  context.beginPath();
  context.moveTo(Math.round(x) + 0.5, 0);
  context.lineTo(Math.round(x) + 0.5, height);
  context.stroke();
  context.setLineDash([]);
}
