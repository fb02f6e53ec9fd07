/** The surroundings of the interop tests: a pair of servers, and new folders for every test. */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, type TestContext } from "vitest";
import { listedNameplates } from "../support/nameplates.ts";
import { ownNetwork, setAddress } from "../support/network.ts";
import type { Found } from "../support/peers.ts";
import { go } from "../support/programs.ts";
import type { ServerKind, Servers } from "../support/servers.ts";
import { type Listing, listing, type Material } from "./materials.ts";
import { type Outcome, runTransfer, type Transfer } from "./transfer.ts";

/** How long a mailbox server may take to notice that a program has gone. */
const SETTLE_MS = 3000;

/** Starts servers for the tests of `body`. After each test, expects that no nameplate is left on them. */
export function onServers(kind: ServerKind, body: (stage: Stage) => void): void {
  describe(`on ${kind.title}`, () => {
    const stage = new Stage(kind);
    beforeAll(() => stage.open());
    afterAll(() => stage.close());
    beforeEach(() => stage.clear());
    afterEach(() => stage.expectNothingListed());
    body(stage);
  });
}

/** Servers of one kind, with a folder to send from and one to receive into. */
export class Stage {
  readonly #kind: ServerKind;
  #servers: Servers | undefined;
  #folder = "";
  /** Nameplates that a program is known to leave behind. */
  #ignored: readonly string[] = [];

  constructor(kind: ServerKind) {
    this.#kind = kind;
  }

  async open(): Promise<void> {
    this.#folder = mkdtempSync(join(tmpdir(), "interop-"));
    if ("program" in this.#kind.found) this.#servers = await this.#kind.start();
  }

  async close(): Promise<void> {
    await this.#servers?.stop();
    rmSync(this.#folder, { recursive: true });
  }

  clear(): void {
    for (const folder of [this.#from, this.into]) {
      rmSync(folder, { recursive: true, force: true });
      mkdirSync(folder);
    }
  }

  /** Makes something to send, and returns its path. */
  make(material: Material): string {
    const path = join(this.#from, material.name);
    material.make(path);
    return path;
  }

  /** The content of the folder to send from. */
  sent = (): Listing => listing(this.#from);
  /** The content of the folder to receive into. */
  arrived = (): Listing => listing(this.into);

  /** Runs a transfer. Skips the test with the reason if a program or the servers are missing on this machine. */
  async transfer(context: TestContext, transfer: Omit<Transfer, "servers" | "into">): Promise<Outcome> {
    const obstacle = obstacleTo(transfer, this.#kind.found);
    context.skip(obstacle !== undefined, obstacle);
    if (!this.#servers) throw new Error(`${this.#kind.title} are not running`);
    setAddress(transfer.way !== "relay");
    return runTransfer({ ...transfer, servers: this.#servers, into: this.into });
  }

  /** Expects that the mailbox server soon lists no nameplates. */
  async expectNothingListed(): Promise<void> {
    const { mailbox } = this.#servers ?? {};
    const left = async () => (await listedNameplates(mailbox ?? "")).filter((name) => !this.#ignored.includes(name));
    if (mailbox) await expect.poll(left, { timeout: SETTLE_MS }).toEqual([]);
  }

  /** Ignores the nameplates that are listed now, for a program that does not release its own. */
  async ignoreNameplates(): Promise<void> {
    if (this.#servers) this.#ignored = await listedNameplates(this.#servers.mailbox);
  }

  get #from(): string {
    return join(this.#folder, "from");
  }

  /** The folder to receive into. */
  get into(): string {
    return join(this.#folder, "into");
  }
}

function obstacleTo({ sender, receiver, content }: Omit<Transfer, "servers" | "into">, servers: Found) {
  const missing = [sender.found, receiver.found, servers].find((found) => "missing" in found);
  if (missing && "missing" in missing) return missing.missing;
  const needsRelay = sender === go && "path" in content;
  return needsRelay && !ownNetwork
    ? "the Go program's relay can be replaced by ours only in a network namespace"
    : undefined;
}
