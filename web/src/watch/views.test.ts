import { describe, expect, it } from "vitest";
import {
  type Anchor,
  boxAround,
  type Camera,
  cameraOf,
  FIELD_DEGREES,
  type Framing,
  into,
  joined,
  outOf,
  type Point,
  VIEWS,
} from "./views";

const FRAMING: Framing = {
  upper: { least: [-0.6, 0.8, -0.2], most: [0.6, 1.8, 0.5] },
  hands: { least: [-0.5, 0.9, 0.1], most: [0.5, 1.3, 0.5] },
  head: { least: [-0.02, 1.55, 0], most: [0.02, 1.6, 0.05] },
  face: { least: [-0.12, 1.5, -0.05], most: [0.12, 1.78, 0.15] },
};
const STANDING: Anchor = { place: [0, 0, 0], yaw: 0 };

/** Half the share of the picture's height at which a point is seen, up from its middle. */
function seen(camera: Camera, point: Point): number {
  const minus = (a: Point, b: Point): Point => [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
  const dot = (a: Point, b: Point) => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
  const to = minus(camera.target, camera.position);
  const length = Math.hypot(...to);
  const ahead: Point = [to[0] / length, to[1] / length, to[2] / length];
  const level = Math.hypot(ahead[0], ahead[2]);
  const up: Point = [(-ahead[0] * ahead[1]) / level, level, (-ahead[2] * ahead[1]) / level];
  const away = minus(point, camera.position);
  return dot(away, up) / dot(away, ahead) / Math.tan((FIELD_DEGREES * Math.PI) / 360);
}

describe("a view", () => {
  it("shows the whole body and the whole hands, wide or narrow", () => {
    for (const aspect of [0.5, 1, 2.5]) {
      for (const view of ["front", "side", "hands"] as const) {
        const box = view === "hands" ? FRAMING.hands : FRAMING.upper;
        const camera = cameraOf(view, FRAMING, STANDING, aspect);
        for (const point of [box.least, box.most]) {
          expect(Math.abs(seen(camera, point))).toBeLessThan(1.1);
        }
      }
    }
  });

  it("turns and moves with the body", () => {
    const turned: Anchor = { place: [3, 0.1, -2], yaw: 1.1 };
    for (const view of VIEWS) {
      const plain = cameraOf(view, FRAMING, STANDING, 1.6);
      const there = cameraOf(view, FRAMING, turned, 1.6);
      into(turned, there.position).forEach((value, axis) => {
        expect(value).toBeCloseTo(plain.position[axis] ?? Number.NaN, 9);
      });
    }
  });

  it("of the speaker stands behind the face and looks ahead and down", () => {
    const { position, target } = cameraOf("speaker", FRAMING, STANDING, 1.6);
    expect(position[2]).toBeLessThan(FRAMING.head.least[2]);
    expect(target[2]).toBeGreaterThan(position[2]);
    expect(target[1]).toBeLessThan(position[1]);
  });
});

it("a body's own frame and the world's are inverse to each other", () => {
  const anchor: Anchor = { place: [1, 2, 3], yaw: -0.7 };
  const there = outOf(anchor, [0.3, 0.4, 0.5]);
  into(anchor, there).forEach((value, axis) => {
    expect(value).toBeCloseTo([0.3, 0.4, 0.5][axis] ?? 0, 9);
  });
  const ahead = outOf({ place: [0, 0, 0], yaw: Math.PI / 2 }, [0, 0, 1]);
  expect(ahead[0]).toBeCloseTo(1, 9);
});

it("a box holds its points and the margin", () => {
  const points: Point[] = [
    [0, 1, 2],
    [-1, 3, 0],
  ];
  const many = Array.from({ length: 100 }, (_, at): Point => [at, 0, 0]);
  expect(boxAround(many, 0, 0.1).most[0]).toBe(89);
  expect(joined(boxAround([[0, 1, 2]], 0), boxAround([[-1, 3, 0]], 0))).toEqual(
    boxAround(points, 0),
  );
  expect(boxAround(points, 0.5)).toEqual({ least: [-1.5, 0.5, -0.5], most: [0.5, 3.5, 2.5] });
});
