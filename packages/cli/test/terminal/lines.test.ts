/** Reading a stream line by line. */
import { PassThrough } from "node:stream";
import { describe, expect, it } from "vitest";
import { Lines } from "../../src/terminal/lines.ts";

const never = new AbortController().signal;

function linesOf(...chunks: (string | Uint8Array)[]): Lines {
  const stream = new PassThrough();
  for (const chunk of chunks) stream.write(chunk);
  stream.end();
  return new Lines(() => stream);
}

async function all(lines: Lines): Promise<string[]> {
  const found: string[] = [];
  for (;;) {
    const line = await lines.next(never);
    if (line === undefined) return found;
    found.push(line);
  }
}

describe("lines", () => {
  it("are returned one by one, wherever the chunks are cut", async () => {
    expect(await all(linesOf("on", "e\ntwo\r\n", "\nthr", "ee"))).toEqual(["one", "two", "", "three"]);
  });

  it("can contain a character that is cut in two", async () => {
    const bytes = Buffer.from("né\n");
    expect(await all(linesOf(bytes.subarray(0, 2), bytes.subarray(2)))).toEqual(["né"]);
  });

  it("end when the stream ends, at every further call", async () => {
    const lines = linesOf("");
    expect(await lines.next(never)).toBeUndefined();
    expect(await lines.next(never)).toBeUndefined();
  });

  it("are cut if they have no end", async () => {
    const lines = linesOf("x".repeat(200_000));
    expect((await lines.next(never))?.length).toBe(65_536);
  });

  it("do not open the stream before the first one is wanted", () => {
    expect(() => new Lines(() => expect.unreachable())).not.toThrow();
  });

  it("are not lost when a waiting caller gives up", async () => {
    const stream = new PassThrough();
    const lines = new Lines(() => stream);
    const impatient = new AbortController();
    const first = lines.next(impatient.signal);
    impatient.abort();
    expect(await first).toBeUndefined();
    stream.write("late\n");
    expect(await lines.next(never)).toBe("late");
  });
});
