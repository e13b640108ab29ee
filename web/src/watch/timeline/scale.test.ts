import { describe, expect, it } from "vitest";
import { clockText, Scale } from "./scale";

describe("a scale", () => {
  it("goes from seconds to pixels and back", () => {
    const scale = Scale.whole(10, 1000).zoomed(4, 5);
    for (const time of [4, 5, 5.5]) expect(scale.time(scale.x(time))).toBeCloseTo(time, 9);
    expect(scale.time(-1e6)).toBe(0);
    expect(scale.time(1e6)).toBe(10);
  });

  it("keeps the time that it is zoomed around in its place", () => {
    const scale = Scale.whole(10, 1000).zoomed(3, 5);
    const nearer = scale.zoomed(1.7, 4.2);
    expect(nearer.x(4.2)).toBeCloseTo(scale.x(4.2), 9);
  });

  it("never shows anything before the start or behind the end", () => {
    let scale = Scale.whole(3600, 900).zoomed(50, 3599);
    expect(scale.end).toBeLessThanOrEqual(3600 + 1e-9);
    scale = scale.startingAt(-5);
    expect(scale.start).toBe(0);
    expect(scale.zoomed(0.0001, 0)).toMatchObject({ start: 0, perSecond: 0.25 });
    expect(scale.zoomed(1e9, 7).perSecond).toBe(2400);
  });

  it("turns a page when a time is not on it", () => {
    const scale = Scale.whole(100, 1000).zoomed(10, 0);
    expect(scale.showing(5)).toBe(scale);
    expect(scale.showing(10.5).x(10.5)).toBeCloseTo(100, 6);
    expect(scale.showing(99.9).end).toBeCloseTo(100, 9);
  });

  it("stays whole when a whole one is resized, and keeps its zoom otherwise", () => {
    expect(Scale.whole(10, 500).resized(800).perSecond).toBe(80);
    expect(Scale.whole(10, 500).zoomed(4, 0).resized(800).perSecond).toBe(200);
  });

  it("labels what is shown, far enough apart", () => {
    for (const perSecond of [0.3, 4, 90, 700, 2400]) {
      const scale = Scale.whole(3600, 900).centred(perSecond, 1234.5);
      const { ticks, step } = scale;
      expect(step * scale.perSecond).toBeGreaterThanOrEqual(64);
      expect(ticks.length).toBeGreaterThan(0);
      expect(ticks.length).toBeLessThan(16);
      for (const tick of ticks) expect(scale.shows(tick)).toBe(true);
    }
  });
});

it("says times shortly", () => {
  expect(clockText(1.5, 0.5)).toBe("1.5");
  expect(clockText(12, 1)).toBe("12");
  expect(clockText(65.25, 0.05)).toBe("1:05.25");
  expect(clockText(3725, 60)).toBe("1:02:05");
});
