/** The page that shows recordings: its drawings, its sums, and its safety against hostile files. */
import { describe, expect, it } from "vitest";
import { decodeTiming } from "../../src/timing/decode.ts";
import { duration } from "../../src/timing/markup.ts";
import { page } from "../../src/timing/page.ts";

const EVIL = `</title><script>alert(1)</script>"' onload='x`;

const file = (...events: [name: string, start: number, stop: number | null, details?: object][]) =>
  decodeTiming(JSON.stringify(events.map(([name, start, stop, details = {}]) => ({ name, start, stop, details }))));
const drawn = (...events: Parameters<typeof file>) => page([{ title: "sent.json", spans: file(...events) }]);
/** The class of each bar, and its place and width in percent. */
const bars = (html: string) =>
  [...html.matchAll(/class="bar ([a-z ]+)" style="left:([\d.]+)%;width:([\d.]+)%"/g)].map(([, kind, left, width]) => ({
    kind,
    left: Number(left),
    width: Number(width),
  }));

describe("the page", () => {
  it("has a row for each span, in order, with a bar as long as it took", () => {
    const html = drawn(
      ["connect", 1, 1.1],
      ["wait for peer", 1.1, 1.3],
      ["send bytes", 1.3, 1.4, { bytes: 5_000_000 }],
    );
    expect(bars(html)).toEqual([
      { kind: "net", left: 0, width: 25 },
      { kind: "wait", left: 25, width: 50 },
      { kind: "data", left: 75, width: 25 },
    ]);
    for (const text of ["100 ms", "200 ms", "5.0 MB", "50.0 MB/s", "400 ms"]) expect(html).toContain(text);
  });

  it("shows messages as ticks in one row, and counts them", () => {
    const html = drawn(["send", 1, 1, { type: "bind", bytes: 100 }], ["receive", 1.1, 1.1], ["ws_send", 1.2, null]);
    expect(html.match(/class="tick sent"/g)).toHaveLength(2);
    expect(html.match(/class="tick received"/g)).toHaveLength(1);
    expect(html).toContain("↑ 2 sent ↓ 1 received");
    expect(html).toContain('type: bind\nbytes: 100">');
    expect(bars(html)).toEqual([]);
  });

  it("marks moments, failures, and spans without an end", () => {
    const html = drawn(["code", 1, 1], ["attempt", 1, 1.1, { outcome: "failed" }], ["wait for answer", 1, null]);
    expect(html.match(/class="moment" style/g)).toHaveLength(1);
    expect(bars(html).map(({ kind }) => kind)).toEqual(["net failed", "wait endless"]);
    expect(html).toContain("no end");
  });

  it("shows sender and receiver over one axis", () => {
    const html = page([
      { title: "sent.json", spans: file(["send bytes", 1, 1.2]) },
      { title: "received.json", spans: file(["receive bytes", 1.1, 1.2]) },
    ]);
    expect(bars(html).map(({ left, width }) => left + width)).toEqual([100, 100]);
    expect(html).toContain("Timing: sent.json and received.json");
    expect(html).toContain("its own clock");
    expect(drawn(["connect", 1, 1.1])).not.toContain("its own clock");
  });

  it("counts simultaneous waits once", () => {
    const html = drawn(
      ["start", 0, 1],
      ["wait for peer", 1, 4],
      ["input code", 3, 5],
      ["wait for offer", 5, 6],
      ["x", 6, 7],
    );
    expect(html).toMatch(/of that, waiting[^<]*<\/th><td>5,000 ms/);
  });

  it("has no script and loads nothing", () => {
    const html = drawn(["connect", 1, 1.1]);
    expect(html).toContain(`content="default-src 'none'; style-src 'unsafe-inline'"`);
    expect(html).not.toMatch(/<script|<link|<img|@import|https?:|src=|href=/);
    expect(html).toContain("color-scheme: light dark");
  });

  it("contains no markup from a file or its name", () => {
    const spans = file([EVIL, 1, 2, { type: EVIL, outcome: "\u202eabc\u0000" }], ["send", 1, 1, { type: EVIL }]);
    const html = page([{ title: EVIL, spans }]);
    expect(html).not.toMatch(/<script|onload='|\u202e|\0/);
    const plain = page([
      { title: "x", spans: file(["y", 1, 2, { type: "z", outcome: "abc" }], ["send", 1, 1, { type: "z" }]) },
    ]);
    const tags = (text: string) => text.match(/<\/?[a-z]+/g);
    expect(tags(html)).toEqual(tags(plain));
  });

  it("has at most 500 rows for each file", () => {
    const many = Array.from({ length: 3000 }, (_, index) => ["connect", index, index + 0.5] as const);
    const html = drawn(...many.map(([name, start, stop]): [string, number, number] => [name, start, stop]));
    expect(bars(html)).toHaveLength(500);
    expect(html).toContain("… and 2500 more");
  });

  it("can show a single moment, and times that are years apart", () => {
    expect(drawn(["exit", 1, 1])).not.toMatch(/NaN|Infinity/);
    expect(drawn(["start", 1, 2], ["connect", 1e10, 1e10 + 1], ["exit", 9e10, 9e10])).not.toMatch(/NaN|Infinity/);
  });
});

it.each([
  [0, "0 ms"],
  [0.4567, "0.46 ms"],
  [12.345, "12.3 ms"],
  [123.4, "123 ms"],
  [9_999, "9,999 ms"],
  [95_300, "95.3 s"],
])("%d milliseconds are %s", (milliseconds, text) => {
  expect(duration(milliseconds)).toBe(text);
});
