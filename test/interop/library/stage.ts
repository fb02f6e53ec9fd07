/** The surroundings of the library tests: a mailbox server, and a tap on the connection of each side. */
import type { JsonObject } from "@wormhole-ts/wormhole";
import { afterAll, beforeAll, describe, expect, vi } from "vitest";
import { pythonProgram } from "../reference/process.ts";
import { type Mailbox, type MailboxKind, type MailboxOptions, mailboxKinds } from "./mailboxes.ts";
import { OursDelegated, openOurs } from "./ours.ts";
import { FLAVOURS, type Flavour, type Side } from "./side.ts";
import { Tap } from "./tap.ts";
import { PythonLibrary, type TheirOptions } from "./theirs.ts";
import type { Moment } from "./wire.ts";

/** A wormhole, and the tap on its connection to the mailbox server. */
export interface End<S extends Side = Side> {
  readonly side: S;
  readonly tap: Tap;
}

/** Both ends of a session. */
export interface Meeting<S extends Side = Side> {
  readonly ours: End<S>;
  readonly theirs: End;
}

/** Options of both ends. */
export interface MeetingOptions {
  readonly appId?: string;
  /** Default: the server of the stage. */
  readonly url?: string;
  readonly ourVersions?: JsonObject;
  readonly theirVersions?: JsonObject;
  readonly dilation?: boolean;
  /** When the connection of a side is cut. */
  readonly cuts?: { readonly ours?: Moment; readonly theirs?: Moment };
}

/** The flavours of ours and theirs. */
export type Flavours = readonly [Flavour, Flavour];
/** Every pair of flavours. */
export const PAIRS: readonly Flavours[] = FLAVOURS.flatMap((ours) =>
  FLAVOURS.map((theirs): Flavours => [ours, theirs]),
);

/** The code of most tests. */
export const CODE = "7-guitarist-revenge";

let apps = 0;
/** A new app id for every session, so that equal codes of different tests do not meet. */
export const freshAppId = () => `interop.example.com/${apps++}`;

/** Time for Python to start, which takes seconds on a busy machine. */
const START_DEADLINE_MS = 60_000;

/** Most tests wait for a reconnect, and many can wait at the same time. */
const CONCURRENT_TESTS = 20;

/**
 * Registers the tests of `body` for each kind of mailbox server. They run concurrently, and are skipped if Python is
 * not installed.
 */
export function onMailboxes(body: (stage: Stage) => void): void {
  vi.setConfig({ maxConcurrency: CONCURRENT_TESTS });
  for (const kind of mailboxKinds) {
    describe(`on ${kind.title}`, { concurrent: true, skip: pythonProgram === undefined }, () => {
      const stage = new Stage(kind);
      beforeAll(() => stage.open(), START_DEADLINE_MS);
      afterAll(() => stage.close());
      body(stage);
    });
  }
}

/** A mailbox server, and the wormholes of both libraries that use it. */
export class Stage {
  readonly kind: MailboxKind;
  readonly #taps: Tap[] = [];
  readonly #mailboxes = new Set<Mailbox>();
  #url = "";
  #python: PythonLibrary | undefined;

  constructor(kind: MailboxKind) {
    this.kind = kind;
  }

  async open(): Promise<void> {
    this.#python = new PythonLibrary();
    this.#url = (await this.server()).url;
  }

  /** Stops everything that was started here. */
  async close(): Promise<void> {
    await Promise.all(this.#taps.map((tap) => tap.close()));
    await Promise.all([this.#python?.stop(), ...[...this.#mailboxes].map((mailbox) => mailbox.stop())]);
    expect(this.#python?.loggedErrors).toEqual([]);
  }

  /** The address of the server that all tests share. */
  get url(): string {
    return this.#url;
  }

  /** Starts another server of this kind. */
  async server(options: MailboxOptions = {}): Promise<Mailbox> {
    const mailbox = await this.kind.start(options);
    this.#mailboxes.add(mailbox);
    return mailbox;
  }

  /** Opens a tap in front of a server. With `cut`, the first connection is cut at that message. */
  async tap(url = this.url, cut?: Moment): Promise<Tap> {
    const tap = await Tap.open(url);
    if (cut) void tap.cutAt(cut);
    this.#taps.push(tap);
    return tap;
  }

  /** Opens a wormhole of our library. */
  async ours(flavour: Flavour, { appId = freshAppId(), url, ourVersions, cuts }: MeetingOptions = {}): Promise<End> {
    const tap = await this.tap(url, cuts?.ours);
    return { side: openOurs(flavour, { appId, url: tap.url, versions: ourVersions }), tap };
  }

  /** Opens a wormhole of the reference library. */
  async theirs(flavour: Flavour, options: MeetingOptions = {}): Promise<End> {
    const { appId = freshAppId(), url, theirVersions, dilation = false, cuts } = options;
    const tap = await this.tap(url, cuts?.theirs);
    const theirs: TheirOptions = { appId, url: tap.url, versions: theirVersions, dilation };
    if (!this.#python) throw new Error("Python is not running");
    return { side: await this.#python.open(flavour, theirs), tap };
  }

  /** Opens both ends, without a code. */
  async meet([ours, theirs]: Flavours, options: MeetingOptions = {}): Promise<Meeting> {
    const same = { appId: freshAppId(), ...options };
    return { ours: await this.ours(ours, same), theirs: await this.theirs(theirs, same) };
  }

  /** Opens both ends, where ours can be saved. */
  async meetDelegated(theirs: Flavour, options: MeetingOptions = {}): Promise<Meeting<OursDelegated>> {
    const { appId = freshAppId(), url, ourVersions } = options;
    const tap = await this.tap(url);
    const side = new OursDelegated({ appId, url: tap.url, versions: ourVersions });
    return { ours: { side, tap }, theirs: await this.theirs(theirs, { ...options, appId }) };
  }
}

/** Sets the same code at both ends. */
export async function agree({ ours, theirs }: Meeting, code = CODE): Promise<void> {
  await Promise.all([ours.side.setCode(code), theirs.side.setCode(code)]);
}

/** Waits until each side has received the versions of the other. */
export async function introduced({ ours, theirs }: Meeting): Promise<void> {
  await Promise.all([ours, theirs].map(({ side }) => side.log.first("versions")));
}

/** Closes both ends, and expects that both end happily. */
export async function closeWell({ ours, theirs }: Meeting): Promise<void> {
  const ends = [ours, theirs];
  await Promise.all(ends.map(({ side }) => side.close()));
  const results = await Promise.all(ends.map(({ side }) => side.log.first("closed")));
  expect(results).toEqual(["happy", "happy"]);
  for (const { tap } of ends) {
    expect(new Set(tap.moods)).toEqual(new Set(["happy"]));
    expect([tap.answered("released"), tap.answered("closed")]).toEqual([true, true]);
  }
}

/** Encodes a text. */
export const utf8 = (text: string) => new TextEncoder().encode(text);
/** Writes bytes in hexadecimal digits, as the reference library's process does. */
export const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");
