/**
 * One side of a conversation, in as many short lives as it takes: each life hears what has come, answers, waits until
 * the mailbox server has the answer, and ends. All that it is lies in one file between its lives.
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

export interface Part {
  readonly name: string;
  /** What is said, one line in each turn. */
  readonly lines: readonly string[];
  /** Whether this side says the first line. */
  readonly opens: boolean;
  /** How this side comes to the code. */
  readonly getCode: (wormhole: DelegatedWormhole) => void;
}

/** What the program itself remembers. */
interface Memory {
  begun: boolean;
  said: number;
  heard: string[];
  end: string;
}

/** Both in one file: what the wormhole knows and what the program knows are never apart. */
export interface Kept {
  readonly wormhole: SerializedWormhole;
  readonly memory: Memory;
}

/** A life in which nothing comes ends after so many milliseconds: the other side has not been here yet. */
const PATIENCE = 10_000;

/** One life. It begins when it is made, and ends by itself. */
export class Speaker implements WormholeDelegate {
  readonly #part: Part;
  readonly #store: Store<Kept>;
  readonly #memory: Memory;
  readonly #journal = new CheckpointJournal(() => this.#save());
  readonly #wormhole: DelegatedWormhole;
  readonly #patience = setTimeout(() => this.#rest(), PATIENCE);
  #spoke = false;
  #leaving = false;

  /** `file` is where the state lies, `server` the mailbox server's URL. */
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
    // The last life was over, but ended before it could erase its file.
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

  /** An effect: nobody is to see what might be forgotten. */
  #print(line: string): void {
    this.#journal.queueOutbound(() => console.log(`${this.#part.name} ${line}`));
  }

  /**
   * The life is over once it has said something and the server has it all. By then it has also heard all that lay at
   * the server, because that comes first.
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
