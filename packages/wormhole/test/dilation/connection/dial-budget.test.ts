/** The dials that a peer can cause: per host, per minute, and over the life of a dilation. */
import { beforeEach, describe, expect, it } from "vitest";
import { DialBudget } from "../../../src/dilation/connection/dial-budget.ts";
import {
  DIAL_WINDOW_MS,
  MAX_DIALS,
  MAX_DIALS_PER_HOST,
  MAX_NEW_HOSTS,
  NEW_HOST_INTERVAL_MS,
} from "../../../src/dilation/limits.ts";

let now = 0;
const clock = { now: () => now, after: () => ({ cancel() {} }) };
const endpoint = (host: string, port = 1) => ({ host, port, priority: 0 });

beforeEach(() => {
  now = 0;
});

/** How many of these endpoints may be dialled, one after the other. */
function dialled(budget: DialBudget, count: number, host: (n: number) => string): number {
  return Array.from({ length: count }, (_, n) => budget.mayDial(endpoint(host(n), n + 1))).filter(Boolean).length;
}

// proves: dilation/dials-bounded
describe("the peer causes", () => {
  it.each([
    ["one host, whatever the port", () => "10.0.0.1"],
    ["one host in many spellings", (n: number) => `2001:db8:${"0:".repeat(n % 5)}:1`],
    ["one name in many spellings", (n: number) => (n % 2 ? "Victim.Example" : "victim.example")],
  ])("a few dials a minute to %s", (_, host) => {
    const budget = new DialBudget(clock);
    expect(dialled(budget, 1000, host)).toBe(MAX_DIALS_PER_HOST);
    now += DIAL_WINDOW_MS;
    expect(dialled(budget, 1000, host)).toBe(MAX_DIALS_PER_HOST);
  });

  it("a limited number of dials a minute in all", () => {
    const budget = new DialBudget(clock);
    expect(dialled(budget, 1000, (n) => `10.0.0.${n % MAX_NEW_HOSTS}`)).toBe(MAX_DIALS);
  });

  it("dials to a limited number of hosts, and to one more a minute", () => {
    const budget = new DialBudget(clock);
    expect(dialled(budget, 1000, (n) => `host-${n}.example`)).toBe(MAX_NEW_HOSTS);
    now += 10 * NEW_HOST_INTERVAL_MS;
    expect(dialled(budget, 1000, (n) => `other-${n}.example`)).toBe(10);
    now += 1000 * NEW_HOST_INTERVAL_MS;
    expect(dialled(budget, 1000, (n) => `third-${n}.example`)).toBe(MAX_NEW_HOSTS);
  });
});

it("a peer that is away is dialled again for a day, at every race", () => {
  const budget = new DialBudget(clock);
  const hosts = ["192.168.1.8", "10.0.0.1", "2001:db8::1"];
  for (; now < 86_400_000; now += 5000) for (const host of hosts) expect(budget.mayDial(endpoint(host))).toBe(true);
});

it("a peer that moves to a new network each hour is dialled", () => {
  const budget = new DialBudget(clock);
  for (let hour = 0; hour < 500; hour++, now += 3_600_000)
    for (let n = 0; n < 10; n++) expect(budget.mayDial(endpoint(`10.${hour % 256}.${hour >> 8}.${n}`))).toBe(true);
});
