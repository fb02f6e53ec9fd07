/** Where our dilated wormholes meet the reference library's: servers, a valve before the relay, and one process of theirs. */
import { dirname, join } from "node:path";
import { type MailboxServer, startMailboxServer } from "@wormhole-ts/mailbox-server";
import { startTransitRelay, type TransitRelay } from "@wormhole-ts/transit-relay";
import type { DilateOptions } from "@wormhole-ts/wormhole";
import { afterAll, beforeAll, describe, expect, vi } from "vitest";
import { python } from "../../support/programs.ts";
import type { Role } from "./end.ts";
import { createOurs, Ours } from "./ours.ts";
import { PythonProcess, type Theirs } from "./theirs.ts";
import { Valve } from "./valve.ts";

/** The installed Python, if there is one. */
const pythonProgram = "program" in python.found ? join(dirname(python.found.program), "python") : undefined;

export const ROLES: readonly Role[] = ["leader", "follower"];

const CODE = "7-guitarist-revenge";
const LOOPBACK = "127.0.0.1";

export interface Meeting {
  readonly ours: Ours;
  readonly theirs: Theirs;
  /** The only way between them, unless they are connected directly. */
  readonly valve: Valve;
}

/** Direct: both listen and dial. Relay: neither listens. */
export type Way = "direct" | "relay";

export interface MeetingOptions {
  /** Who we are. */
  readonly role: Role;
  /** Default: direct. */
  readonly way?: Way;
  /** Of both sides, seconds. Default: longer than any test. */
  readonly pingInterval?: number;
  /** Theirs alone. */
  readonly theirPingInterval?: number;
  readonly ours?: Pick<DilateOptions, "expectedSubprotocols" | "patience">;
}

export interface Pairing {
  readonly role?: Role;
  readonly url?: string | undefined;
  readonly ourDilation?: boolean;
  readonly theirDilation?: boolean;
}

/** Other servers than ours, which run already. */
export interface Elsewhere {
  readonly mailbox: string;
  readonly relayPort: number;
}

/** Tests that wait for a keep-alive do so together. */
const AT_ONCE = 20;

/** Closing all wormholes of a file, milliseconds: each may wait for its server for some seconds. */
const CLOSING = 60_000;

let apps = 0;

/** Registers the tests of `body`. They are skipped where Python is not installed. */
export function onStage(body: (stage: Stage) => void): void {
  vi.setConfig({ maxConcurrency: AT_ONCE });
  describe.skipIf(pythonProgram === undefined)("dilated with Python", () => {
    const stage = new Stage();
    beforeAll(() => stage.open());
    afterAll(() => stage.close(), CLOSING);
    body(stage);
  });
}

export class Stage {
  readonly #meetings: Meeting[] = [];
  #python: PythonProcess | undefined;
  #mailbox: MailboxServer | undefined;
  #relay: TransitRelay | undefined;

  async open(): Promise<void> {
    this.#python = new PythonProcess(pythonProgram ?? "");
    this.#mailbox = await startMailboxServer({});
    this.#relay = await startTransitRelay({ host: LOOPBACK, port: 0 });
  }

  /** Ends everything that was started here, however the tests went. */
  async close(): Promise<void> {
    await Promise.all(this.#meetings.map((meeting) => part(meeting)));
    await this.#python?.stop();
    await Promise.all([this.#mailbox?.close(), this.#relay?.close()]);
    expect(this.#python?.troubles).toEqual([]);
  }

  get python(): PythonProcess {
    if (!this.#python) throw new Error("Python is not running");
    return this.#python;
  }

  /** Both ends of a wormhole, not dilated; and whether each announces that it can be. */
  async pair({ role = "leader", url = this.#mailbox?.url ?? "", ourDilation = true, theirDilation = true }: Pairing) {
    const rendezvous = { url, appId: `interop.example.com/dilation/${apps++}`, code: CODE };
    const ours = new Ours(createOurs({ ...rendezvous, role, dilation: ourDilation }));
    const theirs = await this.python.open({ ...rendezvous, dilation: theirDilation });
    return { ours, theirs };
  }

  /** Both ends of a dilated wormhole. */
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

/** Closes both ends, ours first: theirs says nothing when it goes. */
async function part({ ours, theirs, valve }: Meeting): Promise<void> {
  await ours.close().catch(() => {});
  await theirs.close().catch(() => {});
  await valve.close();
}
