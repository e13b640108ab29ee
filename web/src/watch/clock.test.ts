import { describe, expect, it } from "vitest";
import { type Beat, Clock, FRAME_SECONDS, type Sound } from "./clock";

/** Time that passes only when it is told to. */
class FakeBeat implements Beat {
  milliseconds = 0;
  #waiting: (() => void) | undefined;
  now = () => this.milliseconds;
  request(run: () => void) {
    this.#waiting = run;
    return 1;
  }
  cancel() {
    this.#waiting = undefined;
  }
  get idle() {
    return this.#waiting === undefined;
  }
  wake() {
    const run = this.#waiting;
    this.#waiting = undefined;
    run?.();
  }
}

/** A sound that runs by its own, slightly wrong, clock and tells its time in coarse steps. */
class FakeSound implements Sound {
  playbackRate = 1;
  paused = true;
  skew = 1;
  grain = 0;
  seeks = 0;
  refuses: Error | undefined;
  #at = 0;
  constructor(readonly duration: number) {}
  get ended() {
    return this.#at >= this.duration;
  }
  get currentTime() {
    return this.grain ? Math.floor(this.#at / this.grain) * this.grain : this.#at;
  }
  set currentTime(at: number) {
    this.seeks += 1;
    this.#at = Math.min(at, this.duration);
  }
  play() {
    if (this.refuses) return Promise.reject(this.refuses);
    this.paused = false;
    return Promise.resolve();
  }
  pause() {
    this.paused = true;
  }
  run(milliseconds: number) {
    if (this.paused) return;
    this.#at = Math.min(
      this.#at + (milliseconds / 1000) * this.playbackRate * this.skew,
      this.duration,
    );
    if (this.ended) this.paused = true;
  }
}

function made(seconds: number, sound?: FakeSound, loop?: { start: number; end: number }) {
  const beat = new FakeBeat();
  const clock = new Clock(seconds, loop, { beat });
  if (sound) clock.attach(sound);
  const run = async (milliseconds: number, each = 16) => {
    await Promise.resolve();
    for (let passed = 0; passed < milliseconds; passed += each) {
      beat.milliseconds += each;
      sound?.run(each);
      beat.wake();
    }
  };
  return { clock, beat, run };
}

describe("with a sound", () => {
  it("shows the sound's time although its clock runs another speed than the page's", async () => {
    const sound = new FakeSound(600);
    sound.skew = 1.003;
    const { clock, run } = made(600, sound);
    clock.play();
    let worst = 0;
    for (let minute = 0; minute < 5; minute += 1) {
      await run(60_000);
      worst = Math.max(worst, Math.abs(clock.time.value - sound.currentTime));
    }
    expect(clock.time.value).toBeGreaterThan(300.5);
    expect(worst).toBeLessThan(1e-9);
  });

  it("moves evenly where the sound tells its time in coarse steps, and never back", async () => {
    const sound = new FakeSound(20);
    sound.grain = 0.04;
    const { clock, run } = made(20, sound);
    clock.play();
    await run(1000);
    let before = clock.time.value;
    let stood = 0;
    for (let picture = 0; picture < 200; picture += 1) {
      await run(16);
      expect(clock.time.value).toBeGreaterThanOrEqual(before);
      stood += Number(clock.time.value === before);
      before = clock.time.value;
      expect(Math.abs(clock.time.value - sound.currentTime)).toBeLessThan(0.05);
    }
    expect(stood).toBeLessThan(40);
  });

  it("waits for a sound that starts late, and stops where it is stopped by others", async () => {
    const sound = new FakeSound(10);
    const { clock, beat, run } = made(10, sound);
    let begun = () => {};
    sound.play = () =>
      new Promise((resolve) => {
        begun = () => {
          sound.paused = false;
          resolve();
        };
      });
    clock.play();
    await run(500);
    expect(clock.time.value).toBe(0);
    begun();
    await run(500);
    expect(clock.time.value).toBeCloseTo(sound.currentTime, 6);
    sound.pause();
    await run(16);
    expect(clock.playing.value).toBe(false);
    expect(beat.idle).toBe(true);
  });

  it("stands still and tells why where the sound may not play", async () => {
    const sound = new FakeSound(10);
    sound.refuses = new Error("not allowed");
    const beat = new FakeBeat();
    const told: unknown[] = [];
    const clock = new Clock(10, undefined, { beat, onProblem: (error) => told.push(error) });
    clock.attach(sound);
    clock.play();
    await Promise.resolve();
    await Promise.resolve();
    expect(clock.playing.value).toBe(false);
    expect(told).toEqual([sound.refuses]);
  });

  it("plays at a tenth of the speed and at twice", async () => {
    for (const rate of [0.1, 2]) {
      const sound = new FakeSound(10);
      const { clock, run } = made(10, sound);
      clock.setRate(rate);
      clock.play();
      await run(3200);
      expect(sound.playbackRate).toBe(rate);
      expect(clock.time.value).toBeCloseTo(3.2 * rate, 6);
    }
  });

  it("goes on by itself where the sound is shorter than the motion, and back into the sound", async () => {
    const sound = new FakeSound(1);
    const { clock, run } = made(3, sound);
    clock.play();
    await run(2000);
    expect(clock.time.value).toBeCloseTo(2, 1);
    expect(clock.playing.value).toBe(true);
    clock.seek(0.5);
    await run(160);
    expect(sound.paused).toBe(false);
    expect(clock.time.value).toBeCloseTo(sound.currentTime, 6);
  });

  it("takes over from the page's clock when the sound comes late", async () => {
    const { clock, run } = made(10);
    clock.play();
    await run(320);
    const sound = new FakeSound(10);
    clock.attach(sound);
    expect(sound.currentTime).toBeCloseTo(0.32, 6);
    expect(sound.paused).toBe(false);
  });

  it("does not move a paused sound while scrubbing", () => {
    const sound = new FakeSound(10);
    const { clock } = made(10, sound);
    for (let at = 0; at < 9; at += 0.1) clock.seek(at);
    expect(sound.seeks).toBe(0);
    clock.play();
    expect(sound.currentTime).toBeCloseTo(clock.time.value, 9);
  });
});

describe("with or without", () => {
  it("repeats the loop from its start", async () => {
    for (const sound of [undefined, new FakeSound(10)]) {
      const { clock, run } = made(10, sound, { start: 2, end: 2.6 });
      clock.setLooping(true);
      expect(clock.time.value).toBe(2);
      clock.play();
      for (let picture = 0; picture < 300; picture += 1) {
        await run(16);
        expect(clock.time.value).toBeGreaterThanOrEqual(2);
        expect(clock.time.value).toBeLessThan(2.6);
      }
    }
  });

  it("repeats another part once the stroke was moved", async () => {
    const { clock, run } = made(10, undefined, { start: 2, end: 3 });
    clock.setLooping(true);
    clock.setLoop({ start: 6, end: 7 });
    expect(clock.time.value).toBe(6);
    clock.play();
    await run(1500);
    expect(clock.time.value).toBeGreaterThan(6);
    expect(clock.time.value).toBeLessThan(7);
  });

  it("ends the loop when somebody goes elsewhere", () => {
    const { clock } = made(10, undefined, { start: 2, end: 2.6 });
    clock.setLooping(true);
    clock.seek(2.5);
    expect(clock.looping.value).toBe(true);
    clock.seek(5);
    expect(clock.looping.value).toBe(false);
    expect(clock.time.value).toBe(5);
  });

  it("stops at the end, wakes no more, and begins again from the start", async () => {
    const { clock, beat, run } = made(1, new FakeSound(1));
    clock.play();
    await run(1500);
    expect(clock.time.value).toBe(1);
    expect(clock.playing.value).toBe(false);
    expect(beat.idle).toBe(true);
    clock.play();
    expect(clock.time.value).toBe(0);
  });

  it("steps whole frames both ways and not beyond the ends", () => {
    const { clock } = made(1);
    clock.seek(0.51);
    clock.step(1);
    expect(clock.time.value / FRAME_SECONDS).toBeCloseTo(16, 9);
    clock.step(-1);
    clock.step(-1);
    expect(clock.time.value / FRAME_SECONDS).toBeCloseTo(14, 9);
    clock.step(-100);
    expect(clock.time.value).toBe(0);
    clock.step(100);
    expect(clock.time.value).toBe(1);
  });

  it("keeps to the speeds that can be chosen", () => {
    const { clock } = made(1);
    for (let press = 0; press < 9; press += 1) clock.changeRate(-1);
    expect(clock.rate.value).toBe(0.1);
    for (let press = 0; press < 9; press += 1) clock.changeRate(1);
    expect(clock.rate.value).toBe(2);
  });
});

describe("while something is missing", () => {
  it("stands still with its sound, and goes on from its place when that has come", async () => {
    const sound = new FakeSound(100);
    const { clock, run } = made(100, sound);
    clock.play();
    await run(1000);
    clock.seek(50);
    clock.hold("motion", true);
    await run(5000);
    expect([clock.time.value, clock.playing.value, clock.held.value]).toEqual([50, true, true]);
    expect(sound.paused).toBe(true);
    clock.hold("motion", false);
    await run(1000);
    expect(clock.time.value).toBeCloseTo(51, 1);
    expect(clock.time.value).toBeCloseTo(sound.currentTime, 1);
  });

  it("waits for all of it, also where play is pressed meanwhile", async () => {
    const sound = new FakeSound(100);
    const { clock, run } = made(100, sound);
    clock.hold("motion", true);
    clock.hold("sound", true);
    clock.play();
    clock.hold("motion", false);
    await run(500);
    expect([clock.time.value, sound.paused]).toEqual([0, true]);
    clock.hold("sound", false);
    await run(500);
    expect(clock.time.value).toBeCloseTo(0.5, 1);
  });

  it("does not begin to play by itself", async () => {
    const sound = new FakeSound(100);
    const { clock, run } = made(100, sound);
    clock.hold("motion", true);
    clock.hold("motion", false);
    await run(500);
    expect([clock.time.value, clock.playing.value, sound.paused]).toEqual([0, false, true]);
  });

  it("goes on with the sound that comes in the place of a lost one", async () => {
    const [lost, next] = [new FakeSound(100), new FakeSound(100)];
    const { clock, run } = made(100, lost);
    clock.play();
    await run(1000);
    clock.hold("sound", true);
    clock.attach(next);
    clock.hold("sound", false);
    await Promise.resolve();
    next.run(500);
    await run(16);
    expect(clock.time.value).toBeCloseTo(1.5, 1);
    expect(clock.time.value).toBeCloseTo(next.currentTime, 1);
  });
});
