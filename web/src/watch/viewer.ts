/** What tests and other tools may ask the page: `window.__viewer`. */

/** Where a joint is. */
export interface Pose {
  /** Metres in the world of the exported motion: y up. */
  position: [number, number, number];
  /** Unit quaternion x, y, z, w. */
  rotation: [number, number, number, number];
}

/** The first body, or the second one beside or within it. */
export type Which = "body" | "ghost";

/** The player that was used last. */
export interface Viewer {
  /** Whether the body is on the stage and has been drawn. */
  readonly ready: boolean;
  readonly playing: boolean;
  /** Whether a second body is on the stage. */
  readonly ghost: boolean;
  /** The time shown now, in seconds. */
  time(): number;
  /** Show a time; resolves when it is drawn. */
  seek(seconds: number): Promise<void>;
  /** A joint of a body by its SMPL-X name, at the time shown now; throws on other names. */
  pose(joint: string, of?: Which): Pose;
}

declare global {
  interface Window {
    __viewer?: Viewer;
  }
}
