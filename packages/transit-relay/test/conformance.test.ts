/** Recorded conversations with the reference relay, repeated with this one over TCP and WebSocket. */
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTransitRelay, type TransitRelay } from "../src/index.ts";
import { open, type Received, settled, type TestClient, type Transport } from "./clients.ts";

interface Step {
  connect?: string;
  transport?: Transport;
  on?: string;
  send?: string;
  websocket_frame?: string;
  half_close?: string;
  close?: string;
  seen: Record<string, Received>;
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

describe("the answers of the reference relay", () => {
  it("are recorded for 25 cases", () => expect(cases.length).toBe(25));

  it.each(cases)("$name", async ({ steps }) => {
    const clients = new Map<string, TestClient>();
    for (const step of steps) {
      await take(step, clients);
      for (const [name, { closed_by_relay_or_done }] of Object.entries(step.seen)) {
        if (closed_by_relay_or_done) await clients.get(name)?.untilClosed();
      }
      await settled(relay);
      expect(receivedBy(clients)).toEqual(step.seen);
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

function receivedBy(clients: Map<string, TestClient>): Record<string, Received> {
  const all = [...clients].map(([name, client]) => [name, client.take()] as const);
  return Object.fromEntries(all.filter(([, received]) => Object.keys(received).length > 0));
}
