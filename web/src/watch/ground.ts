/** The floor: a fine grid that fades away, and the shadow that ties the feet to it. */

import {
  BufferGeometry,
  type Color,
  Float32BufferAttribute,
  Group,
  LineBasicMaterial,
  LineSegments,
  Mesh,
  PlaneGeometry,
  ShadowMaterial,
} from "three";

const HALF_METRES = 4;
const STEP_METRES = 0.5;

/** The floor of the stage; its origin is put below the body. */
export class Ground {
  readonly place = new Group();
  private readonly lines = new LineSegments(grid(), new LineBasicMaterial({ transparent: true }));
  private readonly shadow = new Mesh(new PlaneGeometry(12, 12), new ShadowMaterial());

  constructor() {
    this.shadow.rotation.x = -Math.PI / 2;
    this.shadow.position.y = 0.001;
    this.shadow.receiveShadow = true;
    this.place.add(this.lines, this.shadow);
  }

  /** A dark floor needs a deeper shadow to show one at all. */
  recolour(line: Color, dark: boolean): void {
    this.lines.material.color.copy(line);
    this.lines.material.opacity = dark ? 0.9 : 0.8;
    this.shadow.material.opacity = dark ? 0.5 : 0.22;
  }

  dispose(): void {
    this.lines.geometry.dispose();
    this.lines.material.dispose();
    this.shadow.geometry.dispose();
    this.shadow.material.dispose();
  }
}

function grid(): BufferGeometry {
  const ends: number[] = [];
  for (let at = -HALF_METRES; at <= HALF_METRES; at += STEP_METRES) {
    ends.push(at, 0, -HALF_METRES, at, 0, HALF_METRES);
    ends.push(-HALF_METRES, 0, at, HALF_METRES, 0, at);
  }
  return new BufferGeometry().setAttribute("position", new Float32BufferAttribute(ends, 3));
}
