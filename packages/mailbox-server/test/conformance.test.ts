/** Recorded conversations with the reference server, repeated with this one over real WebSockets. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { isObject } from "../../internal/src/json.ts";
import type { JsonObject, JsonValue } from "../src/index.ts";
import { deviations } from "./deviations.ts";
import { type Frame, Peer, textIn } from "./peer.ts";
import { database, kinds, started } from "./started.ts";

interface ConformanceStep {
  connect?: string;
  headers?: Record<string, string>;
  disconnect?: string;
  on?: string;
  send?: JsonObject;
  websocket_frame?: "binary";
  replies?: Record<string, Frame[]>;
}
interface ConformanceCase {
  name: string;
  steps: ConformanceStep[];
}

const file = new URL("../../../test/vectors/mailbox_server_cases.json", import.meta.url);
const { cases } = JSON.parse(readFileSync(file, "utf8")) as { cases: ConformanceCase[] };

it("every deviation belongs to a recorded case", () => {
  expect(cases.map(({ name }) => name)).toEqual(expect.arrayContaining(Object.keys(deviations)));
});

describe.each(kinds)("with mailboxes in %s", (kind) => {
  it.each(cases)("$name", async ({ name, steps }) => {
    const trustProxy = steps.some((step) => step.headers !== undefined);
    const conversation = new Conversation((await started({ db: database(kind), motd: "hello", trustProxy })).url);
    for (const [number, step] of steps.entries()) {
      const expected = deviations[name]?.answers[number] ?? step.replies ?? {};
      expect(await conversation.take(step, expected), `step ${number}: ${JSON.stringify(step)}`).toEqual(expected);
    }
    await conversation.end();
  });
});

/** The connections of one case, and the recorded names of its random values. */
class Conversation {
  readonly #url: string;
  readonly #peers = new Map<string, Peer>();
  readonly #mailboxes = new Map<string, string>();
  #mailbox = "";
  #nameplate = { ours: "", recorded: "" };

  constructor(url: string) {
    this.#url = url;
  }

  /** Takes a step, and returns what arrived on each connection. */
  async take(step: ConformanceStep, expected: Record<string, Frame[]>): Promise<Record<string, Frame[]>> {
    const { connect, disconnect, on = "" } = step;
    if (connect !== undefined) this.#peers.set(connect, await Peer.connect(this.#url, { headers: step.headers ?? {} }));
    if (disconnect !== undefined) return { [disconnect]: [await this.#leave(disconnect)] };
    if (step.send !== undefined) this.#send(on, step.send, step.websocket_frame === "binary");
    return await this.#arrived(connect ?? on, expected);
  }

  async end(): Promise<void> {
    for (const peer of this.#peers.values()) await peer.close();
  }

  async #leave(name: string): Promise<Frame> {
    const peer = this.#peers.get(name);
    peer?.websocket.close(1000);
    this.#peers.delete(name);
    return { closed: true, code: (await peer?.closed) ?? 0, reason: "" };
  }

  #send(name: string, { raw_text: raw, ...message }: JsonObject, binary: boolean): void {
    const text = typeof raw === "string" ? raw : JSON.stringify(message);
    const filled = text.replace("$nameplate", this.#nameplate.ours).replace("$mailbox", this.#mailbox);
    this.#peers.get(name)?.websocket.send(binary ? Buffer.from(filled) : filled);
  }

  /** The new frames of all peers, first of the sender: with its answer, the messages to the others are sent, too. */
  async #arrived(sender: string, expected: Record<string, Frame[]>): Promise<Record<string, Frame[]>> {
    const arrived: Record<string, Frame[]> = {};
    const others = [...this.#peers.keys()].filter((name) => name !== sender);
    for (const name of [sender, ...others]) {
      const frames = (await this.#peers.get(name)?.settled()) ?? [];
      if (frames.length > 0) arrived[name] = frames.map((frame, at) => this.#named(frame, expected[name]?.[at]));
    }
    return arrived;
  }

  /** A frame in which the values that differ from run to run have the names of the recording. */
  #named(frame: Frame, recorded: Frame | undefined): Frame {
    if (frame.type === "claimed") this.#noteMailbox(textIn(frame, "mailbox"));
    if (frame.type === "allocated") {
      this.#nameplate = { ours: textIn(frame, "nameplate"), recorded: textIn(recorded, "nameplate") };
    }
    return Object.fromEntries(Object.entries(frame).map(([name, value]) => [name, this.#renamed(name, value)]));
  }

  #noteMailbox(id: string): void {
    this.#mailbox = id;
    if (!this.#mailboxes.has(id)) this.#mailboxes.set(id, `<mailbox-${this.#mailboxes.size + 1}>`);
  }

  #renamed(name: string, value: JsonValue): JsonValue {
    if (Array.isArray(value)) return value.map((inner) => this.#renamed(name, inner));
    if (isObject(value)) {
      return Object.fromEntries(Object.entries(value).map(([inner, held]) => [inner, this.#renamed(inner, held)]));
    }
    if (typeof value === "number" && /^server_[tr]x$/.test(name)) return "<float seconds since epoch>";
    if (typeof value === "number" && name === "port") return "<client tcp port>";
    if (value === this.#nameplate.ours && /^(id|nameplate)$/.test(name)) return this.#nameplate.recorded;
    return typeof value === "string" ? (this.#mailboxes.get(value) ?? value) : value;
  }
}
