/** What the reference relay answers, step by step, over real sockets of both kinds. */
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTransitRelay, type TransitRelay } from "../src/index.ts";
import { type Heard, open, settled, type TestClient, type Transport } from "./clients.ts";

interface Step {
  connect?: string;
  transport?: Transport;
  on?: string;
  send?: string;
  websocket_frame?: string;
  half_close?: string;
  close?: string;
  seen: Record<string, Heard>;
}

interface Vectors {
  cases: { name: string; steps: Step[] }[];
}

const path = new URL("../../../test/vectors/transit_relay_cases.json", import.meta.url);
const { cases } = JSON.parse(readFileSync(path, "utf8")) as Vectors;

let relay: TransitRelay;
beforeAll(async () => {
  relay = await startTransitRelay({ host: "127.0.0.1", port: 0, websocket: { host: "127.0.0.1", port: 0 } });
});
afterAll(() => relay.close());

describe("the reference's answers", () => {
  it("there are cases", () => expect(cases.length).toBe(25));

  it.each(cases)("$name", async ({ steps }) => {
    const clients = new Map<string, TestClient>();
    for (const step of steps) {
      await take(step, clients);
      for (const [name, { closed_by_relay_or_done }] of Object.entries(step.seen)) {
        if (closed_by_relay_or_done) await clients.get(name)?.untilClosed();
      }
      await settled(relay);
      expect(heardBy(clients)).toEqual(step.seen);
    }
    for (const client of clients.values()) client.close();
  });
});

async function take(step: Step, clients: Map<string, TestClient>): Promise<void> {
  if (step.connect) clients.set(step.connect, await open(relay, step.transport ?? "tcp"));
  if (step.on) await clients.get(step.on)?.send(step.send ?? "", step.websocket_frame);
  if (step.half_close) clients.get(step.half_close)?.halfClose();
  if (step.close) clients.get(step.close)?.close();
}

function heardBy(clients: Map<string, TestClient>): Record<string, Heard> {
  const all = [...clients].map(([name, client]) => [name, client.take()] as const);
  return Object.fromEntries(all.filter(([, heard]) => Object.keys(heard).length > 0));
}
