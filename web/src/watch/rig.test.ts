import { Object3D, Quaternion, Vector3 } from "three";
import { expect, test } from "vitest";
import { Rig } from "./rig";

const TURNS = [0, 0.8, 1.6].map((angle) => {
  return new Quaternion().setFromAxisAngle(new Vector3(0, 1, 0), angle);
});

/** Three frames of two bones and one morph: they move evenly. */
const ROWS = Float32Array.from(
  TURNS.flatMap((turn, frame) => [frame, 2 * frame, -frame, ...turn, 0, 0, 0, 1, frame / 4]),
);

function rig() {
  const bones = [new Object3D(), new Object3D()] as const;
  const faces = [[0], [0]];
  return { rig: new Rig(bones, faces), bones, faces };
}

test("a row is the place of the first bone, all turns, and the face of every mesh", () => {
  const { rig: moved, bones, faces } = rig();
  expect([moved.width, moved.frames(ROWS)]).toEqual([12, 3]);
  moved.pose(ROWS, 1);
  expect(bones[0].position.toArray()).toEqual([1, 2, -1]);
  expect(bones[0].quaternion.angleTo(TURNS[1] as Quaternion)).toBeCloseTo(0, 3);
  expect(bones[1].quaternion.toArray()).toEqual([0, 0, 0, 1]);
  expect(faces).toEqual([[0.25], [0.25]]);
});

test("between two rows bones turn at an even pace", () => {
  const { rig: moved, bones, faces } = rig();
  moved.pose(ROWS, 1.25);
  expect(bones[0].position.x).toBeCloseTo(1.25, 6);
  const angle = bones[0].quaternion.angleTo(TURNS[0] as Quaternion);
  expect(angle).toBeCloseTo(0.8 * 1.25, 3);
  expect(faces[0]?.[0]).toBeCloseTo(0.3125, 6);
});

test("before the first row and behind the last one theirs hold, and of no rows nothing moves", () => {
  const { rig: moved, bones } = rig();
  moved.pose(ROWS, 17);
  expect(bones[0].position.x).toBe(2);
  moved.pose(ROWS, -3);
  expect(bones[0].position.x).toBe(0);
  bones[0].position.x = 5;
  moved.pose(new Float32Array(), 0);
  expect(bones[0].position.x).toBe(5);
});
