/** The environment of these tests: servers, the process of the reference library, and pairs of wormholes. */
import { type MailboxServer, startMailboxServer } from "@wormhole-ts/mailbox-server";
import { startTransitRelay, type TransitRelay } from "@wormhole-ts/transit-relay";
import type { DilateOptions } from "@wormhole-ts/wormhole";
import { afterAll, beforeAll, describe, expect, vi } from "vitest";
import { pythonProgram } from "../reference/process.ts";
import type { Role } from "./end.ts";
import { createOurs, Ours } from "./ours.ts";
import { PythonLibrary, type Theirs } from "./theirs.ts";
import { Valve } from "./valve.ts";

export const ROLES: readonly Role[] = ["leader", "follower"];

const CODE = "7-guitarist-revenge";
const LOOPBACK = "127.0.0.1";

export interface Meeting {
  readonly ours: Ours;
  readonly theirs: Theirs;
  /** The only way to the relay. */
  readonly valve: Valve;
}

/** With `direct`, both sides listen and dial. With `relay`, neither listens. */
export type Way = "direct" | "relay";

export interface MeetingOptions {
  /** Our role. */
  readonly role: Role;
  /** Default: direct. */
  readonly way?: Way;
  /** Seconds, for both sides. The default is longer than any test. */
  readonly pingInterval?: number;
  /** Seconds, for the Python side alone. */
  readonly theirPingInterval?: number;
  readonly ours?: Pick<DilateOptions, "expectedSubprotocols" | "patience">;
}

export interface Pairing {
  readonly role?: Role;
  readonly url?: string | undefined;
  readonly ourDilation?: boolean;
  readonly theirDilation?: boolean;
}

/** Servers to use in place of the stage's own. */
export interface Elsewhere {
  readonly mailbox: string;
  readonly relayPort: number;
}

/** The number of tests that run at once. They mostly wait for keep-alives. */
const AT_ONCE = 20;

/** The longest time to close all wormholes of a file. Each may wait for its server for some seconds. */
const CLOSE_DEADLINE_MS = 60_000;

let apps = 0;

/** Registers the tests of `body`. They are skipped if Python is not installed. */
export function onStage(body: (stage: Stage) => void): void {
  vi.setConfig({ maxConcurrency: AT_ONCE });
  describe.skipIf(pythonProgram === undefined)("dilated with Python", () => {
    const stage = new Stage();
    beforeAll(() => stage.open());
    afterAll(() => stage.close(), CLOSE_DEADLINE_MS);
    body(stage);
  });
}

export class Stage {
  readonly #meetings: Meeting[] = [];
  #python: PythonLibrary | undefined;
  #mailbox: MailboxServer | undefined;
  #relay: TransitRelay | undefined;

  async open(): Promise<void> {
    this.#python = new PythonLibrary();
    this.#mailbox = await startMailboxServer({});
    this.#relay = await startTransitRelay({ host: LOOPBACK, port: 0 });
  }

  /** Ends everything that was started here, whatever the result of the tests. */
  async close(): Promise<void> {
    await Promise.all(this.#meetings.map((meeting) => part(meeting)));
    await this.#python?.stop();
    await Promise.all([this.#mailbox?.close(), this.#relay?.close()]);
    expect(this.#python?.loggedErrors).toEqual([]);
  }

  get python(): PythonLibrary {
    if (!this.#python) throw new Error("Python is not running");
    return this.#python;
  }

  /** Makes both ends of a wormhole without dilating it. The options say which of them announces dilation. */
  async pair({ role = "leader", url = this.#mailbox?.url ?? "", ourDilation = true, theirDilation = true }: Pairing) {
    const rendezvous = { url, appId: `interop.example.com/dilation/${apps++}`, code: CODE };
    const ours = new Ours(createOurs({ ...rendezvous, role, dilation: ourDilation }));
    const theirs = await this.python.open({ ...rendezvous, dilation: theirDilation });
    return { ours, theirs };
  }

  /** Makes both ends of a dilated wormhole. */
  async meet(options: MeetingOptions, elsewhere?: Elsewhere): Promise<Meeting> {
    const { role, way = "direct", pingInterval = 60 } = options;
    const ends = await this.pair({ role, url: elsewhere?.mailbox });
    const valve = await Valve.open({ host: LOOPBACK, port: elsewhere?.relayPort ?? this.#relay?.port ?? 0 });
    const meeting = { ...ends, valve };
    this.#meetings.push(meeting);
    const listen = way === "direct";
    const relay = way === "relay" ? `tcp:${LOOPBACK}:${valve.port}` : undefined;
    await Promise.all([
      ends.ours.dilate({ ...options.ours, listen, pingInterval, relays: relay ? [relay] : [] }),
      ends.theirs.dilate({ listen, pingInterval: options.theirPingInterval ?? pingInterval, relay }),
    ]);
    expect(await ends.theirs.role()).toBe(role === "leader" ? "follower" : "leader");
    return meeting;
  }
}

/** Closes both ends, ours first: the Python side does not announce its end. */
async function part({ ours, theirs, valve }: Meeting): Promise<void> {
  await ours.close().catch(() => {});
  await theirs.close().catch(() => {});
  await valve.close();
}
