/**
 * One side of a conversation, which takes several short lives. Each life receives the waiting messages, answers, waits until
 * the mailbox server has the answer, and ends. Between two lives, the whole state is in one file.
 */
import {
  CheckpointJournal,
  createWormhole,
  type DelegatedWormhole,
  restoreWormhole,
  type SerializedWormhole,
  type WormholeDelegate,
  type WormholeError,
  type WormholeStatus,
} from "@wormhole-ts/wormhole";
import { Store } from "../store.ts";

/** The part of one side in the conversation. */
export interface Part {
  readonly name: string;
  /** The messages of this side, one for each turn. */
  readonly lines: readonly string[];
  /** Whether this side sends the first message. */
  readonly opens: boolean;
  /** How this side gets the code. */
  readonly getCode: (wormhole: DelegatedWormhole) => void;
}

/** The program's own state. */
interface Memory {
  begun: boolean;
  said: number;
  heard: string[];
  end: string;
}

/** The content of the file: both states, which are always saved together. */
export interface Kept {
  readonly wormhole: SerializedWormhole;
  readonly memory: Memory;
}

/** If nothing arrives for this time, the life ends, because the other side has not answered yet. */
const PATIENCE_MS = 10_000;

/** One life. It begins with the constructor and ends by itself. */
export class Speaker implements WormholeDelegate {
  readonly #part: Part;
  readonly #store: Store<Kept>;
  readonly #memory: Memory;
  readonly #journal = new CheckpointJournal(() => this.#save());
  readonly #wormhole: DelegatedWormhole;
  readonly #patience = setTimeout(() => this.#rest(), PATIENCE_MS);
  #spoke = false;
  #leaving = false;

  /**
   * @param file the path of the state
   * @param server the URL of the mailbox server
   */
  constructor(part: Part, file: string, server: string) {
    this.#part = part;
    this.#store = new Store(file);
    const kept = this.#store.read();
    this.#memory = kept?.memory ?? { begun: false, said: 0, heard: [], end: "" };
    const options = {
      delegate: this,
      journal: this.#journal,
      onStatus: (status: WormholeStatus) => this.#watch(status),
    };
    this.#wormhole = kept
      ? restoreWormhole(kept.wormhole, options)
      : createWormhole({ ...options, appId: "example.com/never-alive-together", relayUrl: server });
    this.#journal.process(() => this.#begin());
  }

  wormholeGotCode(code: string): void {
    this.#print(`knows the code: ${code}`);
  }

  wormholeGotVersions(): void {
    if (this.#part.opens) this.#speak();
  }

  wormholeGotMessage(message: Uint8Array): void {
    const line = new TextDecoder().decode(message);
    this.#memory.heard.push(line);
    this.#print(`hears: ${line}`);
    this.#speak();
    const { said, heard } = this.#memory;
    this.#leaving = said === this.#part.lines.length && heard.length === this.#part.lines.length;
    if (this.#leaving) this.#wormhole.close();
  }

  wormholeClosed(result: "happy" | WormholeError): void {
    this.#memory.end = String(result);
    this.#print(`is done: ${this.#memory.end}`);
    this.#journal.queueOutbound(() => this.#forget());
  }

  #begin(): void {
    // The last life finished the conversation, but died before it could erase its file.
    if (this.#memory.end) this.#journal.queueOutbound(() => this.#forget());
    if (this.#memory.begun) return;
    this.#memory.begun = true;
    this.#part.getCode(this.#wormhole);
  }

  #speak(): void {
    const line = this.#part.lines[this.#memory.said];
    if (line === undefined) return;
    this.#memory.said++;
    this.#wormhole.sendMessage(new TextEncoder().encode(line));
    this.#print(`says: ${line}`);
  }

  /** Prints a line as an effect, so that nothing unsaved is ever shown. */
  #print(line: string): void {
    this.#journal.queueOutbound(() => console.log(`${this.#part.name} ${line}`));
  }

  /**
   * Ends this life once it has sent a message and the server has confirmed it. By then, it has also received all messages
   * that were waiting at the server, because they arrive first.
   */
  #watch({ connection, unsent }: WormholeStatus): void {
    if (unsent > 0) this.#spoke = true;
    else if (this.#spoke && !this.#leaving && connection === "connected") {
      this.#journal.queueOutbound(() => this.#rest());
    }
  }

  #save(): void {
    this.#store.write({ wormhole: this.#wormhole.serialize(), memory: this.#memory });
  }

  #rest(): void {
    clearTimeout(this.#patience);
    this.#wormhole.abandon();
  }

  #forget(): void {
    this.#store.erase();
    this.#rest();
  }
}
