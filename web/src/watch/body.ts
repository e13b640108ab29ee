/** One body on the stage: the mannequin of a GLB with its animation, shown at any time. */

import {
  type AnimationAction,
  AnimationMixer,
  Box3,
  type Material,
  Mesh,
  type Object3D,
  Quaternion,
  SkinnedMesh,
  Vector3,
} from "three";
import { GLTFLoader } from "three/examples/jsm/loaders/GLTFLoader.js";
import { Rig } from "./rig";
import type { Stretch } from "./stretches";
import type { Span } from "./types";
import type { Pose } from "./viewer";
import { type Anchor, boxAround, type Framing, into, joined, type Point } from "./views";

/** Times at which a take is looked at to know what its views must frame. */
const LOOKS = 32;
const STROKE_LOOKS = 8;
const HANDS_METRES = 0.04;
const FACE_METRES = 0.15;
/** The close-up leaves out where the hands seldom are. */
const HANDS_LEFT_OUT = 0.08;
const HAND_ENDS = ["wrist", "middle3", "thumb3"].flatMap((end) => [`left_${end}`, `right_${end}`]);

/** Of a frame: times are no exact numbers. */
const ALMOST = 1e-6;

interface Look {
  head: Point;
  trunk: Point[];
  hands: Point[];
}

/** A motion that is not in the body's own file. */
export interface FarMotion {
  /** A few frames of all of it: what views must frame. */
  overview: Float32Array;
  /** What is here of it at a time. */
  at(seconds: number): Stretch | undefined;
}

/** A skinned body that holds one pose at a time. */
export class Body {
  readonly anchor: Anchor;
  private readonly wide: Omit<Framing, "face">;
  private readonly rig: Rig;

  private constructor(
    readonly scene: Object3D,
    readonly seconds: number,
    private readonly mixer: AnimationMixer,
    private readonly action: AnimationAction | undefined,
    private readonly joints: ReadonlyMap<string, Object3D>,
    /** Frames a second of the whole motion. */
    private readonly fps: number,
    private readonly far: FarMotion | undefined,
    stroke: Span | undefined,
  ) {
    this.rig = rigOf(this.meshes);
    this.first();
    this.anchor = this.standing();
    this.wide = this.framed(stroke);
    this.first();
  }

  /**
   * The body of a GLB file; the close-up of the hands holds all of `stroke`. Poses come from `far`
   * where that is given. Throws where it is no body.
   */
  static async read(content: ArrayBuffer, stroke?: Span, far?: FarMotion): Promise<Body> {
    const { scene, animations, asset } = await new GLTFLoader().parseAsync(content, "");
    const joints = new Map<string, Object3D>();
    scene.traverse((each) => {
      if ("isBone" in each) joints.set(each.name, each);
      // its bounds are those of the rest pose: a raised arm would vanish at the picture's edge
      if (each instanceof SkinnedMesh) each.frustumCulled = false;
    });
    const mixer = new AnimationMixer(scene);
    const clip = animations[0];
    const action = clip && mixer.clipAction(clip).play();
    const { whole_fps: fps = 0 } = (asset.extras ?? {}) as { whole_fps?: number };
    return new Body(scene, clip?.duration ?? 0, mixer, action, joints, fps, far, stroke);
  }

  /**
   * Hold the pose of a time; before the first frame and after the last one, theirs. Where the
   * motion of that time has not come yet, the pose stays.
   */
  show(seconds: number): void {
    if (this.far) {
      const found = this.far.at(seconds);
      if (!found) return;
      const first = Math.floor(found.start * this.fps + ALMOST);
      this.rig.pose(found.rows, seconds * this.fps - first);
      return;
    }
    if (!this.action) return;
    this.action.time = Math.min(Math.max(seconds, 0), this.seconds);
    this.mixer.update(0);
  }

  /** Where a joint is now; throws where no joint is called so. */
  pose(joint: string): Pose {
    const bone = this.joints.get(joint);
    if (!bone) throw new Error(`The body has no joint ${joint}; SMPL-X names are meant.`);
    bone.updateWorldMatrix(true, false);
    const [position, rotation, scale] = [new Vector3(), new Quaternion(), new Vector3()];
    bone.matrixWorld.decompose(position, rotation, scale);
    return {
      position: [position.x, position.y, position.z],
      rotation: [rotation.x, rotation.y, rotation.z, rotation.w],
    };
  }

  /** All meshes, in the file's order. */
  get meshes(): SkinnedMesh[] {
    const found: SkinnedMesh[] = [];
    this.scene.traverse((each) => {
      if (each instanceof SkinnedMesh) found.push(each);
    });
    return found;
  }

  dispose(): void {
    this.mixer.stopAllAction();
    this.mixer.uncacheRoot(this.scene);
    this.scene.removeFromParent();
    this.scene.traverse((each) => {
      if (!(each instanceof Mesh)) return;
      each.geometry.dispose();
      for (const material of [each.material].flat() as Material[]) material.dispose();
      if (each instanceof SkinnedMesh) each.skeleton.dispose();
    });
  }

  /** What views frame: the take's whole movement, and the face where it is now. */
  get framing(): Framing {
    this.joints.get("head")?.updateWorldMatrix(true, false);
    const [x, y, z] = into(this.anchor, this.at("head"));
    return { ...this.wide, face: boxAround([[x, y + 0.06, z + 0.05]], FACE_METRES) };
  }

  private first(): void {
    if (this.far) this.rig.pose(this.far.overview, 0);
    else this.show(0);
  }

  private standing(): Anchor {
    this.scene.updateMatrixWorld(true);
    const soles = this.meshes.filter(({ material }) => [material].flat()[0]?.name === "soles");
    const ground = Math.min(...soles.map((mesh) => new Box3().setFromObject(mesh, true).min.y));
    const [x, , z] = this.at("pelvis");
    const [left, right] = [this.at("left_hip"), this.at("right_hip")];
    const yaw = Math.atan2(-(left[2] - right[2]), left[0] - right[0]);
    return { place: [x, Number.isFinite(ground) ? ground : 0, z], yaw };
  }

  private framed(stroke: Span | undefined): Omit<Framing, "face"> {
    const all = this.far ? this.looksAt(this.far.overview) : this.looks(LOOKS, this.whole);
    const hands = all.flatMap((look) => look.hands);
    const often = boxAround(hands, HANDS_METRES, HANDS_LEFT_OUT);
    const near =
      stroke && !this.far && this.looks(STROKE_LOOKS, stroke).flatMap((look) => look.hands);
    return {
      upper: boxAround([...hands, ...all.flatMap((look) => look.trunk)], 0.05),
      hands: near ? joined(often, boxAround(near, HANDS_METRES)) : often,
      head: boxAround(
        all.map((look) => look.head),
        0,
        0.25,
      ),
    };
  }

  private get whole(): Span {
    return { start: 0, end: this.seconds };
  }

  /** Where hands, head and trunk are in a span, in the body's own frame. */
  private looks(count: number, { start, end }: Span): Look[] {
    return Array.from({ length: count }, (_, look) => {
      this.show(start + (look / (count - 1)) * (end - start));
      return this.look();
    });
  }

  /** The same in every one of some frames. */
  private looksAt(rows: Float32Array): Look[] {
    return Array.from({ length: this.rig.frames(rows) }, (_, row) => {
      this.rig.pose(rows, row);
      return this.look();
    });
  }

  private look(): Look {
    this.scene.updateMatrixWorld(true);
    const own = (joint: string) => into(this.anchor, this.at(joint));
    const head = own("head");
    const crown: Point = [head[0], head[1] + 0.16, head[2]];
    return { head, trunk: [crown, own("pelvis")], hands: HAND_ENDS.map(own) };
  }

  private at(joint: string): Point {
    const place = this.joints.get(joint)?.matrixWorld.elements;
    return place ? [place[12], place[13], place[14]] : [0, 0, 0];
  }
}

function rigOf(meshes: readonly SkinnedMesh[]): Rig {
  const faces = meshes.flatMap(({ morphTargetInfluences: face }) => (face ? [face] : []));
  return new Rig(meshes[0]?.skeleton.bones ?? [], faces);
}
