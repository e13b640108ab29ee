/** Server-sent events out of a stream of text, as far as the service uses them. */

export interface ServerEvent {
  id: string;
  event: string;
  data: string;
}

/** Takes text as it comes, in pieces of any size, and gives whole events. */
export class EventReader {
  private rest = "";

  read(piece: string): ServerEvent[] {
    const blocks = (this.rest + piece).replaceAll("\r\n", "\n").split("\n\n");
    this.rest = blocks.pop() ?? "";
    return blocks.map(eventOf).filter((each) => each !== undefined);
  }
}

function eventOf(block: string): ServerEvent | undefined {
  const found: ServerEvent = { id: "", event: "message", data: "" };
  const lines: string[] = [];
  for (const line of block.split("\n")) {
    const [, name = "", value = ""] = /^([a-z]+): ?(.*)$/.exec(line) ?? [];
    if (name === "data") lines.push(value);
    else if (name === "id") found.id = value;
    else if (name === "event") found.event = value;
  }
  // a comment that keeps the line open has no data
  return lines.length ? { ...found, data: lines.join("\n") } : undefined;
}
