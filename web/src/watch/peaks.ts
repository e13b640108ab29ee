/** The waveform at every zoom: least and most of each stretch, coarser from level to level. */

const FINEST_HZ = 400;
const FACTOR = 8;
/** Stretches of the finest level that are worked out at a time. */
const PIECE = 100_000;

/** What full scale is in a service's peaks. */
const FULL = 127;

/** What `GET /v1/jobs/{id}/sound/peaks` answers. */
export interface ToldPeaks {
  seconds: number;
  per_second: number;
  least: readonly number[];
  most: readonly number[];
}

interface Level {
  perSecond: number;
  least: Float32Array;
  most: Float32Array;
}

/** Least and greatest sample of any stretch of a sound, in time that does not depend on its length. */
export class Peaks {
  private constructor(
    readonly seconds: number,
    /** The largest absolute sample. */
    readonly loudest: number,
    private readonly levels: readonly Level[],
  ) {}

  static of(samples: Float32Array, hz: number): Peaks {
    return Peaks.above(finest(samples, hz), samples.length / hz);
  }

  /** The same in pieces, with `rest` between them: an hour in one piece would hold the page up. */
  static async gently(
    samples: Float32Array,
    hz: number,
    rest: () => Promise<void>,
  ): Promise<Peaks> {
    const step = stepOf(hz);
    const pieces: Level[] = [];
    for (let first = 0; first < samples.length; first += PIECE * step) {
      if (first) await rest();
      pieces.push(finest(samples.subarray(first, first + PIECE * step), hz));
    }
    return Peaks.above(joined(pieces, hz / step), samples.length / hz);
  }

  /** The same as a service tells it: least and most of equal stretches, in parts of full scale. */
  static told({ seconds, per_second, least, most }: ToldPeaks): Peaks {
    const parts = (values: readonly number[]) => Float32Array.from(values, (each) => each / FULL);
    return Peaks.above({ perSecond: per_second, least: parts(least), most: parts(most) }, seconds);
  }

  private static above(finest: Level, seconds: number): Peaks {
    const levels = [finest];
    for (let last = levels[0]; last && last.most.length > FACTOR; last = levels.at(-1)) {
      levels.push(coarser(last));
    }
    const top = levels.at(-1);
    let loudest = 0;
    for (const side of [top?.least, top?.most]) {
      for (const value of side ?? []) loudest = Math.max(loudest, Math.abs(value));
    }
    return new Peaks(seconds, loudest, levels);
  }

  /** Least and most between two times in seconds; zeros outside the sound. */
  between(start: number, end: number): [number, number] {
    const wanted = 2 / Math.max(end - start, 1e-9);
    const level = this.levels.findLast((each) => each.perSecond >= wanted) ?? this.levels[0];
    if (!level) return [0, 0];
    const first = Math.max(0, Math.floor(start * level.perSecond));
    const last = Math.min(level.most.length, Math.max(first + 1, Math.ceil(end * level.perSecond)));
    if (first >= last) return [0, 0];
    return extremes(level.least, level.most, first, last);
  }
}

function finest(samples: Float32Array, hz: number): Level {
  const step = stepOf(hz);
  return reduced(samples, samples, step, hz / step);
}

/** Samples that one stretch of the finest level stands for. */
function stepOf(hz: number): number {
  return Math.max(1, Math.round(hz / FINEST_HZ));
}

function joined(pieces: readonly Level[], perSecond: number): Level {
  const count = pieces.reduce((sum, piece) => sum + piece.most.length, 0);
  const [least, most] = [new Float32Array(count), new Float32Array(count)];
  let place = 0;
  for (const piece of pieces) {
    least.set(piece.least, place);
    most.set(piece.most, place);
    place += piece.most.length;
  }
  return { perSecond, least, most };
}

function coarser(level: Level): Level {
  return reduced(level.least, level.most, FACTOR, level.perSecond / FACTOR);
}

function reduced(low: Float32Array, high: Float32Array, step: number, perSecond: number): Level {
  const count = Math.ceil(low.length / step);
  const [least, most] = [new Float32Array(count), new Float32Array(count)];
  for (let place = 0; place < count; place += 1) {
    const end = Math.min(low.length, (place + 1) * step);
    [least[place], most[place]] = extremes(low, high, place * step, end);
  }
  return { perSecond, least, most };
}

function extremes(
  low: Float32Array,
  high: Float32Array,
  first: number,
  end: number,
): [number, number] {
  let least = Number.POSITIVE_INFINITY;
  let most = Number.NEGATIVE_INFINITY;
  for (let place = first; place < end; place += 1) {
    least = Math.min(least, low[place] ?? 0);
    most = Math.max(most, high[place] ?? 0);
  }
  return [least, most];
}
