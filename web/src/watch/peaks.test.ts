import { expect, it } from "vitest";
import { Peaks } from "./peaks";

const HZ = 8000;

function tone(seconds: number): Float32Array {
  return Float32Array.from({ length: seconds * HZ }, (_, place) => {
    return (place / HZ < 1 ? 0.2 : 0.8) * Math.sin(place * 0.7);
  });
}

it("tells the loudness of a stretch at every zoom", () => {
  const peaks = Peaks.of(tone(4), HZ);
  for (const width of [0.01, 0.1, 0.9]) {
    const [least, most] = peaks.between(0.02, 0.02 + width);
    expect(most).toBeCloseTo(0.2, 2);
    expect(least).toBeCloseTo(-0.2, 2);
  }
  expect(peaks.between(1.5, 3)[1]).toBeCloseTo(0.8, 2);
  expect(peaks.loudest).toBeCloseTo(0.8, 2);
});

it("is silent outside the sound", () => {
  const peaks = Peaks.of(tone(2), HZ);
  expect(peaks.seconds).toBe(2);
  expect(peaks.between(2.5, 3)).toEqual([0, 0]);
  expect(Peaks.of(new Float32Array(0), HZ).between(0, 1)).toEqual([0, 0]);
});

it("misses no single loud sample", () => {
  const samples = new Float32Array(600 * HZ);
  samples[123_456] = 1;
  const peaks = Peaks.of(samples, HZ);
  expect(peaks.between(0, 600)[1]).toBe(1);
  expect(peaks.between(15.4, 15.5)[1]).toBe(1);
  expect(peaks.between(16, 17)[1]).toBe(0);
});

it("is the same worked out in pieces, with rests between", async () => {
  const samples = new Float32Array(600 * HZ + 77);
  for (let place = 0; place < samples.length; place += 13) {
    samples[place] = Math.sin(place * 0.013) * Math.sin(place * 1e-5);
  }
  let rests = 0;
  const [whole, gentle] = [
    Peaks.of(samples, HZ),
    await Peaks.gently(samples, HZ, async () => {
      rests += 1;
    }),
  ];
  expect(rests).toBe(2);
  expect([gentle.seconds, gentle.loudest]).toEqual([whole.seconds, whole.loudest]);
  for (let start = 0; start < 601; start += 7.3) {
    for (const width of [0.002, 0.3, 40]) {
      expect(gentle.between(start, start + width)).toEqual(whole.between(start, start + width));
    }
  }
  const none = await Peaks.gently(new Float32Array(0), HZ, async () => undefined);
  expect(none.between(0, 1)).toEqual([0, 0]);
});

it("is drawn from what a service tells of a long sound", () => {
  const least = Array.from({ length: 3600 * 50 }, (_, place) => (place === 90_000 ? -127 : -13));
  const most = least.map(() => 13);
  const peaks = Peaks.told({ seconds: 3600, per_second: 50, least, most });
  expect([peaks.seconds, peaks.loudest]).toEqual([3600, 1]);
  expect(peaks.between(1799, 1801)[0]).toBe(-1);
  expect(peaks.between(1900, 2000)[0]).toBeCloseTo(-0.1, 2);
  expect(peaks.between(10, 10.001)[1]).toBeCloseTo(0.1, 2);
});
