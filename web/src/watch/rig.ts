/** Bones and face set from bare numbers, as `stretch.f32` of a job has them: one row a frame. */

import { type Object3D, Quaternion } from "three";

const PLACE = 3;
const TURN = 4;

/** What rows of frames move: place of the first bone, turns of all, strengths of the face. */
export class Rig {
  private readonly turn: number[] = [0, 0, 0, 1];

  constructor(
    /** In the order of the rows. */
    private readonly bones: readonly Object3D[],
    /** One array of strengths for each mesh. */
    private readonly faces: readonly number[][],
  ) {}

  /** Numbers of one row. */
  get width(): number {
    return PLACE + TURN * this.bones.length + (this.faces[0]?.length ?? 0);
  }

  frames(rows: Float32Array): number {
    return Math.floor(rows.length / this.width);
  }

  /** Hold the pose of a row, or one between two of them; beyond the ends, theirs. */
  pose(rows: Float32Array, row: number): void {
    const { width, turn } = this;
    const last = this.frames(rows) - 1;
    if (last < 0) return;
    const place = Math.min(Math.max(row, 0), last);
    const from = Math.floor(place) * width;
    const to = Math.min(Math.floor(place) + 1, last) * width;
    const part = place - Math.floor(place);
    const between = (at: number) => {
      const before = rows[from + at] ?? 0;
      return before + part * ((rows[to + at] ?? 0) - before);
    };
    this.bones[0]?.position.set(between(0), between(1), between(2));
    this.bones.forEach((bone, number) => {
      const at = PLACE + TURN * number;
      // three.js reads any list of numbers
      const all = rows as unknown as number[];
      Quaternion.slerpFlat(turn, 0, all, from + at, all, to + at, part);
      bone.quaternion.fromArray(turn);
    });
    const behind = PLACE + TURN * this.bones.length;
    for (const face of this.faces) {
      for (let each = 0; each < face.length; each += 1) face[each] = between(behind + each);
    }
  }
}
