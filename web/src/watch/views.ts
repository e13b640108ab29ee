/** Where the camera stands for each view; plain numbers, so that it can be tested without a picture. */

export const VIEWS = ["front", "side", "speaker", "hands", "face"] as const;
export type View = (typeof VIEWS)[number];

export const VIEW_NAMES: Record<View, string> = {
  front: "Front",
  side: "Side",
  speaker: "Speaker",
  hands: "Hands",
  face: "Face",
};

/** What the picture spans from top to bottom, in degrees. */
export const FIELD_DEGREES = 30;

export type Point = readonly [number, number, number];

/** Where a body stands and which way it faces; views move and turn with it. */
export interface Anchor {
  /** On the ground below the pelvis, metres. */
  place: Point;
  /** Turn about the vertical in radians; 0 faces +z. */
  yaw: number;
}

/** A box in a body's own frame: x to its left, y up, z ahead. */
export interface Box {
  least: Point;
  most: Point;
}

/** What the views frame: all of what moves in a take, in the body's own frame. */
export interface Framing {
  upper: Box;
  hands: Box;
  /** Where the head mostly is. */
  head: Box;
  /** The face as it is held now. */
  face: Box;
}

/** A camera: where it stands and what it looks at. */
export interface Camera {
  position: Point;
  target: Point;
}

/** The camera of a view, for a picture that is `aspect` times as wide as high. */
export function cameraOf(view: View, framing: Framing, anchor: Anchor, aspect: number): Camera {
  const own = ownCamera(view, framing, aspect);
  return { position: outOf(anchor, own.position), target: outOf(anchor, own.target) };
}

/** The box around points, wider by `margin`; on every side it may leave out a share of them. */
export function boxAround(points: readonly Point[], margin: number, leftOut = 0): Box {
  const cut = Math.floor(points.length * leftOut);
  const side = (axis: 0 | 1 | 2) => {
    const values = points.map((point) => point[axis]).toSorted((a, b) => a - b);
    return values.slice(cut, values.length - cut);
  };
  const all = [side(0), side(1), side(2)] as const;
  const edge = (of: (values: number[]) => number): Point => [of(all[0]), of(all[1]), of(all[2])];
  return {
    least: edge((values) => Math.min(...values) - margin),
    most: edge((values) => Math.max(...values) + margin),
  };
}

/** The box that holds both. */
export function joined(one: Box, other: Box): Box {
  const edge = (pick: (a: number, b: number) => number, a: Point, b: Point): Point => {
    return [pick(a[0], b[0]), pick(a[1], b[1]), pick(a[2], b[2])];
  };
  return {
    least: edge(Math.min, one.least, other.least),
    most: edge(Math.max, one.most, other.most),
  };
}

/** The framing with room for a second body at the left hand of the first. */
export function withRoom(framing: Framing, metres: number): Framing {
  const { least, most } = framing.upper;
  return { ...framing, upper: { least, most: [most[0] + metres, most[1], most[2]] } };
}

/** A point of the world in a body's own frame. */
export function into(anchor: Anchor, point: Point): Point {
  const [x, y, z] = difference(point, anchor.place);
  return turned([x, y, z], -anchor.yaw);
}

/** A point of a body's own frame in the world. */
export function outOf(anchor: Anchor, point: Point): Point {
  const [x, y, z] = turned(point, anchor.yaw);
  const [left, up, ahead] = anchor.place;
  return [x + left, y + up, z + ahead];
}

function ownCamera(view: View, framing: Framing, aspect: number): Camera {
  switch (view) {
    case "front":
      return framed(framing.upper, aspect, 0, 4);
    case "side":
      return framed(framing.upper, aspect, 90, 4);
    case "speaker":
      return overShoulder(framing);
    case "hands":
      return framed(framing.hands, aspect, 0, 12);
    case "face":
      return framed(framing.face, aspect, 12, 2);
  }
}

/** Far enough to see the whole box from a direction. */
function framed(box: Box, aspect: number, yawDegrees: number, pitchDegrees: number): Camera {
  const target = middle(box);
  const half = difference(box.most, target);
  const [yaw, pitch] = [radians(yawDegrees), radians(pitchDegrees)];
  const across = Math.abs(Math.cos(yaw)) * half[0] + Math.abs(Math.sin(yaw)) * half[2];
  const deep = Math.abs(Math.sin(yaw)) * half[0] + Math.abs(Math.cos(yaw)) * half[2];
  const slope = Math.tan(radians(FIELD_DEGREES) / 2);
  const away = deep + Math.max(half[1] / slope, across / (slope * aspect));
  const [x, y, z] = turned([0, Math.sin(pitch) * away, Math.cos(pitch) * away], yaw);
  return { position: [target[0] + x, target[1] + y, target[2] + z], target };
}

/** From behind the right shoulder, past the head, at both hands: nearly what the speaker sees of them. */
function overShoulder(framing: Framing): Camera {
  const head = middle(framing.head);
  const hands = middle(framing.hands);
  return {
    position: [head[0] - 0.62, head[1] + 0.8, head[2] - 0.66],
    target: [hands[0], (2 * hands[1] + head[1]) / 3, hands[2]],
  };
}

function middle(box: Box): Point {
  const [a, b] = [box.least, box.most];
  return [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2, (a[2] + b[2]) / 2];
}

function difference(a: Point, b: Point): Point {
  return [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
}

function turned([x, y, z]: Point, yaw: number): Point {
  const [cos, sin] = [Math.cos(yaw), Math.sin(yaw)];
  return [x * cos + z * sin, y, z * cos - x * sin];
}

function radians(degrees: number): number {
  return (degrees * Math.PI) / 180;
}

/** The turn and shift that carry what stands at one anchor to another. */
export function turnBetween(
  from: Anchor,
  to: Anchor,
): { yaw: number; shift: [number, number, number] } {
  const yaw = to.yaw - from.yaw;
  const [x, y, z] = turned(from.place, yaw);
  return { yaw, shift: [to.place[0] - x, to.place[1] - y, to.place[2] - z] };
}
