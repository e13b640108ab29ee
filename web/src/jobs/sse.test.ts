import { expect, test } from "vitest";
import { EventReader } from "./sse";

test("events come whole however the stream is cut", () => {
  const stream =
    'event: state\r\ndata: {"seq":1}\r\nid: 1\r\n\r\n: still here\n\ndata: {"seq":2}\nid: 2\n\n';
  for (const size of [1, 3, 7, stream.length]) {
    const reader = new EventReader();
    const found = [];
    for (let at = 0; at < stream.length; at += size)
      found.push(...reader.read(stream.slice(at, at + size)));
    expect(found).toEqual([
      { event: "state", id: "1", data: '{"seq":1}' },
      { event: "message", id: "2", data: '{"seq":2}' },
    ]);
  }
});

test("what is not whole yet waits", () => {
  const reader = new EventReader();
  expect(reader.read("data: 1\n")).toEqual([]);
  expect(reader.read("\n")).toEqual([{ event: "message", id: "", data: "1" }]);
});
