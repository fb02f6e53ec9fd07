/**
 * A program that kills itself with SIGKILL at every step of its session and resumes from its checkpoint. run.ts starts it
 * again and again:
 *
 *     node examples/killed-at-every-step/mortal.ts FOLDER MAILBOX-SERVER-URL
 *
 * Another process could not hit the moment exactly, and SIGKILL leaves no chance to react. The folder holds a list of the
 * places where the program has died. At each place, it dies once.
 */
import { appendFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import {
  CheckpointJournal,
  createWormhole,
  type DelegatedWormhole,
  restoreWormhole,
  type SerializedWormhole,
  type WormholeDelegate,
  type WormholeError,
} from "@wormhole-ts/wormhole";
import { Store } from "../store.ts";

/** The application's state: every event that it has seen, in order. */
export interface Memory {
  begun: boolean;
  seen: string[];
}

/** The content of the file: both states, which are always saved together. */
export interface Kept {
  readonly wormhole: SerializedWormhole;
  readonly memory: Memory;
}

/** The moments of a step at which the program dies. */
export type Moment = "before the save" | "after the save" | "after the effects";

const WORDS = ["I", "do not", "die"];

class Mortal implements WormholeDelegate {
  readonly #deaths: Deaths;
  readonly #store: Store<Kept>;
  readonly #memory: Memory;
  readonly #journal: CheckpointJournal;
  readonly #wormhole: DelegatedWormhole;

  constructor(folder: string, relayUrl: string) {
    this.#deaths = new Deaths(join(folder, "deaths"));
    this.#store = new Store(join(folder, "state.json"));
    const kept = this.#store.read();
    this.#memory = kept?.memory ?? { begun: false, seen: [] };
    this.#journal = new MortalJournal(
      () => this.#save(),
      () => this.#maybeDie("after the effects"),
    );
    const options = { delegate: this, journal: this.#journal };
    this.#wormhole = kept
      ? restoreWormhole(kept.wormhole, options)
      : createWormhole({ ...options, appId: "example.com/killed-at-every-step", relayUrl });
    this.#journal.process(() => this.#begin());
  }

  wormholeGotWelcome(): void {
    this.#see("welcome");
  }

  wormholeGotCode(code: string): void {
    this.#see(`code ${code}`);
    this.#tellCode();
  }

  wormholeGotUnverifiedKey(key: Uint8Array): void {
    this.#see(`key ${hex(key)}`);
  }

  wormholeGotVerifier(verifier: Uint8Array): void {
    this.#see(`verifier ${hex(verifier)}`);
  }

  wormholeGotVersions(): void {
    this.#see("versions");
  }

  wormholeGotMessage(message: Uint8Array): void {
    this.#see(`message ${new TextDecoder().decode(message)}`);
    const heard = this.#memory.seen.filter((event) => event.startsWith("message")).length;
    if (heard < WORDS.length) this.#say(heard);
    else this.#wormhole.close();
  }

  wormholeClosed(result: "happy" | WormholeError): void {
    this.#see(`closed ${String(result)}`);
  }

  #see(event: string): void {
    this.#memory.seen.push(event);
  }

  #begin(): void {
    // An effect can be lost with the process, so every life prints the code.
    if (this.#memory.begun) return this.#tellCode();
    this.#memory.begun = true;
    this.#wormhole.allocateCode();
    this.#say(0);
  }

  #say(word: number): void {
    this.#wormhole.sendMessage(new TextEncoder().encode(WORDS[word]));
  }

  #tellCode(): void {
    const code = this.#memory.seen.find((event) => event.startsWith("code "));
    if (code) this.#journal.queueOutbound(() => console.log(code));
  }

  #save(): void {
    this.#maybeDie("before the save");
    this.#store.write({ wormhole: this.#wormhole.serialize(), memory: this.#memory });
    this.#maybeDie("after the save");
  }

  #maybeDie(moment: Moment): void {
    this.#deaths.dieOnce(`${moment}, ${place(this.#wormhole.serialize(), this.#memory)}`);
  }
}

/** Calls `released` after the effects of each checkpoint. */
class MortalJournal extends CheckpointJournal {
  readonly #released: () => void;
  #depth = 0;

  constructor(save: () => void, released: () => void) {
    super(save);
    this.#released = released;
  }

  override process<T>(body: () => T): T {
    this.#depth++;
    const result = super.process(body);
    if (--this.#depth === 0) this.#released();
    return result;
  }
}

/** The places where this program has died. */
class Deaths {
  readonly #path: string;
  readonly #places: Set<string>;

  constructor(path: string) {
    this.#path = path;
    appendFileSync(path, "");
    this.#places = new Set(readFileSync(path, "utf8").split("\n"));
  }

  dieOnce(place: string): void {
    if (this.#places.has(place)) return;
    appendFileSync(this.#path, `${place}\n`);
    process.kill(process.pid, "SIGKILL");
  }
}

/**
 * Names the progress of the session: the state of each machine, the number of messages that the server has not confirmed, and
 * the number of events seen.
 *
 * After each death, the program takes the same steps to reconnect. While the link is down, only the link, the permission and
 * the outcome count, so that the program dies at these steps once for each outcome.
 */
function place({ session }: SerializedWormhole, { seen }: Memory): string {
  const machines = Object.entries(session as Record<string, { at: string; outbox?: unknown[] }>);
  const linked = session.link as { at: string };
  const counted = machines.filter(([name]) => linked.at === "up" || ["link", "permission", "outcome"].includes(name));
  const states = counted.map(([name, { at, outbox = [] }]) => `${name} ${at} ${outbox.length}`);
  return linked.at === "up" ? `${states.join(", ")}; ${seen.length} seen` : states.join(", ");
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

const [folder, server] = process.argv.slice(2);
if (folder === undefined || server === undefined) throw new Error("usage: mortal.ts FOLDER MAILBOX-SERVER-URL");
new Mortal(folder, server);
