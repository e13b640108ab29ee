/** What can be played: one body, one sound, and what is known about both, all on one time. */

/** A stretch of time in seconds from the start of the take. */
export interface Span {
  start: number;
  end: number;
}

/** One labelled span of a tier. */
export interface Mark extends Span {
  /** Tells it from the others of its tier; an exemplar's id where it is one. */
  id: string;
  text: string;
  /** Shown on hover and read to screen readers. */
  title?: string;
  /** The instant of the stroke, if it has one. */
  stroke?: number;
  /** Which of the palette's colours it has, 0 to 7; the tier's own where it is not given. */
  colour?: number;
  /** What the take is about: drawn strongly, and its edges can be dragged where retiming is on. */
  focus?: boolean;
  /** Said with weight: drawn bold. */
  strong?: boolean;
}

/** A row of the timeline. */
export interface Tier {
  name: string;
  marks: readonly Mark[];
}

/** A curve under the sound: hand speed in m/s, say. */
export interface Curve {
  name: string;
  unit: string;
  fps: number;
  values: readonly number[];
}

/** One thing that can be played. Addresses are the service's; their time 0 is the take's. */
export interface Take {
  /** Another key means that everything is loaded anew. */
  key: string;
  title: string;
  /** Address of a GLB with the mannequin and one animation; of its first frame alone where there are `stretches`. */
  motion: string;
  /** Where stretches of a motion of any length are, without the ending of their kind. */
  stretches?: string;
  /** Address of the sound; none where there is only motion. */
  sound?: string;
  /** Address of the sound's waveform. Given, the sound is not fetched whole: the browser plays it as it comes. */
  peaks?: string;
  seconds: number;
  tiers: readonly Tier[];
  curves: readonly Curve[];
  /** What the loop key repeats: the stroke, or a whole insertion. */
  loop?: Span;
}

export interface PlayerProps {
  take: Take;
  /**
   * A second body, drawn as a ghost. Its own time is the take's less `shift`, so that both strokes
   * meet. With `beside` it is drawn whole, one step to the right of the first.
   */
  ghost?: { take: Take; shift: number; beside?: boolean };
  /** Given, the edges of focused marks can be dragged (and moved by keys); called once at the end. */
  onRetime?: (mark: Mark, span: Span, stroke: number | undefined) => void;
  /** A mark was chosen by click or key. */
  onMark?: (mark: Mark) => void;
  /** Told the playhead's place in the take whenever it moves. */
  onTime?: (seconds: number) => void;
}
