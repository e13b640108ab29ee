/** The second body: a translucent ghost on the first one's place, or whole beside it. */

import { type Color, GreaterDepth, Group, MeshStandardMaterial, type SkinnedMesh } from "three";
import type { Body } from "./body";
import { type Anchor, outOf, turnBetween } from "./views";

/** Where it stands before the first body, and where it is hidden by it. */
const OPACITY = 0.5;
const HIDDEN_OPACITY = 0.14;
/** One step to the right of the first, as seen from the front. */
export const BESIDE_METRES = 1.15;

/** A second body; it faces where the first one faces. */
export class Ghost {
  readonly place = new Group();
  private readonly material = new MeshStandardMaterial({ roughness: 0.9 });
  /** Drawn first, into the depth alone, so that the ghost's own inside does not show through. */
  private readonly depth = new MeshStandardMaterial({ colorWrite: false, transparent: true });

  private readonly hidden = new MeshStandardMaterial({
    transparent: true,
    opacity: HIDDEN_OPACITY,
    depthWrite: false,
    depthFunc: GreaterDepth,
  });

  constructor(
    readonly body: Body,
    readonly beside: boolean,
    colour: Color,
  ) {
    this.recolour(colour);
    for (const mesh of body.meshes) {
      if (beside) this.dress(mesh);
      else this.fade(mesh);
    }
    this.place.add(body.scene);
  }

  recolour(colour: Color): void {
    this.material.color.copy(colour);
    this.hidden.color.copy(colour);
  }

  /** Stand on another body's place, or one step beside it. */
  meet(anchor: Anchor): void {
    const to = { yaw: anchor.yaw, place: outOf(anchor, [this.beside ? BESIDE_METRES : 0, 0, 0]) };
    const { yaw, shift } = turnBetween(this.body.anchor, to);
    this.place.rotation.y = yaw;
    this.place.position.set(...shift);
  }

  dispose(): void {
    this.place.removeFromParent();
    this.body.dispose();
    this.material.dispose();
    this.depth.dispose();
    this.hidden.dispose();
  }

  /** A shirt of another colour tells the second body from the first. */
  private dress(mesh: SkinnedMesh): void {
    Object.assign(mesh, { castShadow: true, receiveShadow: true });
    const [own] = [mesh.material].flat();
    if (own?.name !== "shirt") return;
    own.dispose();
    mesh.material = this.material;
  }

  private fade(mesh: SkinnedMesh): void {
    for (const own of [mesh.material].flat()) own.dispose();
    Object.assign(this.material, { transparent: true, opacity: OPACITY });
    mesh.material = this.material;
    mesh.renderOrder = 3;
    for (const [order, material] of [this.hidden, this.depth].entries()) {
      const copy = mesh.clone();
      copy.material = material;
      copy.renderOrder = order + 1;
      // one array for all: the animation moves the first
      if (mesh.morphTargetInfluences) copy.morphTargetInfluences = mesh.morphTargetInfluences;
      mesh.parent?.add(copy);
    }
  }
}
