/** Soft light in which fingers and faces can be read: from all sides, more from the front left. */

import { DirectionalLight, Group, HemisphereLight } from "three";

const SHADOW_PIXELS = 1024;
const SHADOW_METRES = 1.3;

/** The lights of the stage; they stand around the body and turn with it. */
export class Lights {
  readonly place = new Group();
  private readonly sky = new HemisphereLight(0xffffff, 0xa8a29a, 1.9);
  private readonly key = new DirectionalLight(0xfff6ea, 2.1);
  private readonly rim = new DirectionalLight(0xe6efff, 0.9);

  constructor() {
    this.key.position.set(0.9, 3.2, 1.9);
    this.key.target.position.set(0, 0.9, 0);
    this.rim.position.set(-1.6, 2.2, -2.2);
    this.key.castShadow = true;
    const { shadow } = this.key;
    shadow.mapSize.set(SHADOW_PIXELS, SHADOW_PIXELS);
    Object.assign(shadow.camera, {
      left: -SHADOW_METRES,
      right: SHADOW_METRES,
      top: SHADOW_METRES,
      bottom: -SHADOW_METRES,
      near: 0.5,
      far: 6,
    });
    shadow.radius = 5;
    shadow.normalBias = 0.02;
    shadow.bias = -0.0005;
    this.place.add(this.sky, this.key, this.key.target, this.rim, this.rim.target);
  }

  dispose(): void {
    this.key.dispose();
    this.rim.dispose();
    this.sky.dispose();
  }
}
