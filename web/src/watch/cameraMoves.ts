/** How the camera moves: on a glide to another view, and around what it looks at. */

import { Vector3 } from "three";
import type { Camera } from "./views";

const GLIDE_MILLISECONDS = 260;
const UP = new Vector3(0, 1, 0);

/** A camera on its way from one place to another, from now on. */
export class Glide {
  private readonly start = performance.now();

  constructor(
    private readonly from: Camera,
    private readonly to: Camera,
  ) {}

  /** Put a camera where it is by now; false once it has arrived. */
  put(position: Vector3, target: Vector3): boolean {
    const { from, to } = this;
    const part = Math.min((performance.now() - this.start) / GLIDE_MILLISECONDS, 1);
    const eased = part * part * (3 - 2 * part);
    position.set(...from.position).lerp(new Vector3(...to.position), eased);
    target.set(...from.target).lerp(new Vector3(...to.target), eased);
    return part < 1;
  }
}

/** Where a camera stands after a turn (radians), seen from what it looks at; never right above it. */
export function turned(away: Vector3, around: number, up: number): Vector3 {
  const beside = away.clone().applyAxisAngle(UP, around);
  const across = UP.clone().cross(beside).normalize();
  const height = beside.clone().applyAxisAngle(across, -up);
  return Math.abs(height.clone().normalize().y) < 0.98 ? height : beside;
}
