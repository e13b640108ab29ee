/** Seconds to pixels and back: which part of the take is shown, and how large. */

/** Nobody needs a hundredth of a second to be wider than this. */
const MOST_PER_SECOND = 2400;
const STEPS = [
  ...[0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30],
  ...[60, 120, 300, 600, 900, 1800, 3600, 7200],
];
const LABEL_PIXELS = 64;

/** One part of a take on a strip of pixels; a change gives another scale. */
export class Scale {
  private constructor(
    /** The take's length. */
    readonly seconds: number,
    /** Pixels of the strip. */
    readonly width: number,
    /** The time at its left end. */
    readonly start: number,
    /** Pixels for one second. */
    readonly perSecond: number,
  ) {}

  /** The whole take on the strip. */
  static whole(seconds: number, width: number): Scale {
    return Scale.clamped(seconds, width, 0, 0);
  }

  /** The time at the right end. */
  get end(): number {
    return this.start + this.width / this.perSecond;
  }

  x(time: number): number {
    return (time - this.start) * this.perSecond;
  }

  time(x: number): number {
    return Math.min(Math.max(this.start + x / this.perSecond, 0), this.seconds);
  }

  shows(time: number): boolean {
    return time >= this.start && time <= this.end;
  }

  /** Larger by a factor; the time `around` stays where it is. */
  zoomed(factor: number, around: number): Scale {
    const perSecond = limited(this.perSecond * factor, this.seconds, this.width);
    const start = around - this.x(around) / perSecond;
    return Scale.clamped(this.seconds, this.width, start, perSecond);
  }

  /** So many pixels for a second, with a time in the middle. */
  centred(perSecond: number, middle: number): Scale {
    const taken = limited(perSecond, this.seconds, this.width);
    return Scale.clamped(this.seconds, this.width, middle - this.width / taken / 2, taken);
  }

  startingAt(start: number): Scale {
    return Scale.clamped(this.seconds, this.width, start, this.perSecond);
  }

  /** The same, moved on by a page where it does not show the time. */
  showing(time: number): Scale {
    return this.shows(time) ? this : this.startingAt(time - 0.1 * (this.end - this.start));
  }

  resized(width: number): Scale {
    if (width === this.width) return this;
    const wasWhole = this.perSecond <= this.width / this.seconds + 1e-9;
    return Scale.clamped(this.seconds, width, this.start, wasWhole ? 0 : this.perSecond);
  }

  /** Seconds between two labels of the ruler, so that they do not touch. */
  get step(): number {
    return STEPS.find((step) => step * this.perSecond >= LABEL_PIXELS) ?? 7200;
  }

  /** The labelled times that are shown. */
  get ticks(): number[] {
    const { step } = this;
    const first = Math.ceil(this.start / step - 1e-9);
    const last = Math.floor(Math.min(this.end, this.seconds) / step + 1e-9);
    return Array.from({ length: Math.max(0, last - first + 1) }, (_, place) => {
      return (first + place) * step;
    });
  }

  private static clamped(seconds: number, width: number, start: number, wanted: number): Scale {
    const perSecond = limited(wanted, seconds, width);
    const most = Math.max(0, seconds - width / perSecond);
    return new Scale(seconds, width, Math.min(Math.max(start, 0), most), perSecond);
  }
}

/** A time as the ruler says it: 1.5, 12, 3:20, 1:02:05. */
export function clockText(seconds: number, step: number): string {
  const digits = step < 0.1 ? 2 : step < 1 ? 1 : 0;
  if (seconds < 60) return seconds.toFixed(digits);
  const rest = (seconds % 60).toFixed(digits).padStart(digits ? digits + 3 : 2, "0");
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}:${rest}`;
  return `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, "0")}:${rest}`;
}

function limited(perSecond: number, seconds: number, width: number): number {
  const least = width / Math.max(seconds, 1e-3);
  return Math.min(Math.max(perSecond, least), Math.max(MOST_PER_SECOND, least));
}
