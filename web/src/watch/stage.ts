/** The stage: bodies, light, ground and camera. It draws when something has changed, and only then. */

import { signal } from "@preact/signals";
import {
  Color,
  Fog,
  NeutralToneMapping,
  PCFShadowMap,
  PerspectiveCamera,
  Scene,
  WebGLRenderer,
} from "three";
import { OrbitControls } from "three/examples/jsm/controls/OrbitControls.js";
import { Body, type FarMotion } from "./body";
import { Glide, turned } from "./cameraMoves";
import { BESIDE_METRES, Ghost } from "./ghost";
import { Ground } from "./ground";
import { Lights } from "./lights";
import { calm, colour, followColours } from "./palette";
import type { Span } from "./types";
import type { Pose, Which } from "./viewer";
import {
  type Camera,
  cameraOf,
  FIELD_DEGREES,
  into,
  outOf,
  VIEWS,
  type View,
  withRoom,
} from "./views";

/** One WebGL picture in an element that it fills; throws where the browser has no WebGL 2. */
export class Stage {
  /** The view that holds, also for other takes and shapes; none once somebody has moved the camera. */
  readonly view = signal<View | undefined>("front");
  private readonly renderer = new WebGLRenderer({ antialias: true });
  private readonly scene = new Scene();
  private readonly camera = new PerspectiveCamera(FIELD_DEGREES, 1, 0.05, 40);
  private readonly controls = new OrbitControls(this.camera, this.renderer.domElement);
  private readonly ground = new Ground();
  private readonly lights = new Lights();
  private readonly sizes = new ResizeObserver(() => this.resize());
  private readonly fog = new Fog(0, 3, 8);
  private readonly endColours: () => void;
  private body: Body | undefined;
  /** The second body; the stage alone puts one here. */
  ghost: Ghost | undefined;
  /** Kept until the next body is drawn: what was compiled for these is what that one needs. */
  private readonly replaced: Body[] = [];
  private ghostShown = true;
  /** What is shown now: a body that comes later takes it up. */
  private times = { body: 0, ghost: 0 };
  private waiting = 0;
  private glide: Glide | undefined;
  private told: (() => void)[] = [];
  private host: HTMLElement | undefined;

  constructor() {
    const { renderer, controls } = this;
    renderer.setPixelRatio(Math.min(devicePixelRatio, 2));
    renderer.toneMapping = NeutralToneMapping;
    renderer.toneMappingExposure = 1.15;
    renderer.shadowMap.enabled = true;
    // waiting for the compiler's report holds up the first picture
    renderer.debug.checkShaderErrors = import.meta.env.DEV;
    renderer.shadowMap.type = PCFShadowMap;
    renderer.domElement.setAttribute("aria-hidden", "true");
    this.scene.fog = this.fog;
    this.scene.add(this.ground.place, this.lights.place);
    controls.enableDamping = !calm();
    controls.dampingFactor = 0.2;
    controls.minDistance = 0.25;
    controls.maxDistance = 8;
    controls.maxPolarAngle = Math.PI * 0.55;
    controls.addEventListener("change", this.invalidate);
    controls.addEventListener("start", this.moved);
    this.camera.position.set(0, 1.4, 4);
    controls.target.set(0, 1.2, 0);
    this.endColours = followColours(() => this.recolour());
  }

  /** Fill an element. */
  enter(host: HTMLElement): void {
    this.host = host;
    host.append(this.renderer.domElement);
    this.sizes.observe(host);
  }

  /** Leave the element, keeping camera and whatever was compiled for the next one. */
  leave(): void {
    cancelAnimationFrame(this.waiting);
    this.waiting = 0;
    this.host = undefined;
    this.sizes.disconnect();
    this.renderer.domElement.remove();
    for (const tell of this.told.splice(0)) tell();
  }

  /** Put a GLB's body on the stage in place of the last one; the camera keeps its place beside it. */
  async setBody(
    content: ArrayBuffer,
    stroke: Span | undefined,
    signal: AbortSignal,
    far?: FarMotion,
  ): Promise<void> {
    const next = await Body.read(content, stroke, far);
    if (signal.aborted) return next.dispose();
    next.show(this.times.body);
    const before = this.body;
    const camera = this.standpoint;
    if (before) this.replaced.push(before);
    before?.scene.removeFromParent();
    this.body = next;
    for (const mesh of next.meshes) Object.assign(mesh, { castShadow: true, receiveShadow: true });
    this.scene.add(next.scene);
    const { place, yaw } = next.anchor;
    for (const each of [this.ground.place, this.lights.place]) {
      each.position.set(...place);
      each.rotation.y = yaw;
    }
    this.reframe();
    if (!this.view.peek() && before) {
      const beside = (point: Camera["target"]) => outOf(next.anchor, into(before.anchor, point));
      this.stand({ position: beside(camera.position), target: beside(camera.target) });
    }
    this.ghost?.meet(next.anchor);
    this.invalidate();
  }

  /** Add a second body, in place of the last second one. */
  async setGhost(content: ArrayBuffer, beside: boolean, signal: AbortSignal): Promise<void> {
    const body = await Body.read(content);
    if (signal.aborted) return body.dispose();
    body.show(this.times.ghost);
    const wasBeside = this.ghost?.beside ?? false;
    this.ghost?.dispose();
    this.ghost = new Ghost(body, beside, new Color(colour("hue-4")));
    if (this.body) this.ghost.meet(this.body.anchor);
    this.ghost.place.visible = this.ghostShown;
    this.scene.add(this.ghost.place);
    if (beside !== wasBeside) this.reframe();
    this.invalidate();
  }

  clearGhost(): void {
    const wasBeside = this.ghost?.beside;
    this.ghost?.dispose();
    this.ghost = undefined;
    if (wasBeside) this.reframe();
    this.invalidate();
  }

  /** Take the bodies away, keeping where the camera stands beside them. */
  clear(): void {
    this.clearGhost();
    if (this.body) this.body.scene.visible = false;
  }

  /** Take up the poses of two times; `draw` or the next picture shows them. */
  show(seconds: number, ghostSeconds: number): void {
    this.times = { body: seconds, ghost: ghostSeconds };
    this.body?.show(seconds);
    this.ghost?.body.show(ghostSeconds);
    if (this.view.peek() === "face" && !this.glide) this.reframe();
    this.invalidate();
  }

  showGhost(shown: boolean): void {
    this.ghostShown = shown;
    if (this.ghost) this.ghost.place.visible = shown;
    this.invalidate();
  }

  pose(joint: string, of: Which): Pose {
    const body = of === "body" ? this.body : this.ghost?.body;
    if (!body) throw new Error(`There is no ${of} on the stage yet.`);
    return body.pose(joint);
  }

  /** The view so many places behind the present one. */
  turnView(steps: number): void {
    const place = VIEWS.indexOf(this.view.peek() ?? "face") + steps;
    const next = VIEWS[(place + VIEWS.length) % VIEWS.length];
    if (next) this.lookFrom(next);
  }

  /** Move the camera to a view of the body. */
  lookFrom(view: View): void {
    this.view.value = view;
    const to = this.wanted;
    if (!to) return;
    if (calm()) this.stand(to);
    else this.glide = new Glide(this.standpoint, to);
    this.invalidate();
  }

  /** Turn around the body (radians) and come nearer (a factor below 1). */
  orbit(around: number, up: number, nearer = 1): void {
    this.moved();
    const { target } = this.controls;
    const away = turned(this.camera.position.clone().sub(target), around, up);
    this.camera.position.copy(target).add(away.multiplyScalar(nearer));
    this.invalidate();
  }

  /** Resolves after the next drawing. */
  drawn(): Promise<void> {
    this.invalidate();
    return new Promise((resolve) => this.told.push(resolve));
  }

  /** Draw now instead of with the next picture: the clock calls it when it has just been woken for one. */
  draw = (): void => {
    cancelAnimationFrame(this.waiting);
    this.waiting = 0;
    this.advance();
    this.controls.update();
    const away = this.camera.position.distanceTo(this.controls.target);
    [this.fog.near, this.fog.far] = [away + 1.2, away + 4.5];
    this.renderer.render(this.scene, this.camera);
    for (const body of this.replaced.splice(0)) body.dispose();
    for (const tell of this.told.splice(0)) tell();
  };

  dispose(): void {
    this.leave();
    this.endColours();
    this.controls.dispose();
    for (const body of [...this.replaced.splice(0), this.body]) body?.dispose();
    this.ghost?.dispose();
    this.ground.dispose();
    this.lights.dispose();
    this.renderer.dispose();
    this.renderer.forceContextLoss();
  }

  private invalidate = (): void => {
    if (!this.waiting && this.host) this.waiting = requestAnimationFrame(this.draw);
  };

  private moved = (): void => {
    this.view.value = undefined;
    this.glide = undefined;
  };

  private advance(): void {
    if (!this.glide) return;
    if (this.glide.put(this.camera.position, this.controls.target)) this.invalidate();
    else this.glide = undefined;
  }

  private get standpoint(): Camera {
    const { position } = this.camera;
    const { target } = this.controls;
    return { position: position.toArray(), target: target.toArray() };
  }

  /** Where the chosen view stands; none once somebody has moved the camera. */
  private get wanted(): Camera | undefined {
    const view = this.view.peek();
    if (!view || !this.body) return undefined;
    const { framing, anchor } = this.body;
    const shown = this.ghost?.beside ? withRoom(framing, BESIDE_METRES) : framing;
    return cameraOf(view, shown, anchor, this.camera.aspect);
  }

  private reframe(): void {
    const { wanted } = this;
    if (wanted) this.stand(wanted);
  }

  private stand({ position, target }: Camera): void {
    this.glide = undefined;
    this.camera.position.set(...position);
    this.controls.target.set(...target);
  }

  private recolour(): void {
    const ground = new Color(colour("stage"));
    const dark = ground.getHSL({ h: 0, s: 0, l: 0 }).l < 0.5;
    this.renderer.setClearColor(ground);
    this.fog.color.copy(ground);
    this.ground.recolour(new Color(colour("line")), dark);
    this.ghost?.recolour(new Color(colour("hue-4")));
    this.invalidate();
  }

  private resize(): void {
    const { clientWidth: width = 0, clientHeight: height = 0 } = this.host ?? {};
    if (!width || !height) return;
    this.renderer.setSize(width, height);
    this.camera.aspect = width / height;
    this.camera.updateProjectionMatrix();
    this.reframe();
    this.draw();
  }
}
