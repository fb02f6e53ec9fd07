/** A program with a wormhole. It saves both states in one checkpoint, and dies at the place that the test chooses. */
import {
  CheckpointJournal,
  createWormhole,
  type DelegatedWormhole,
  restoreWormhole,
  type SerializedWormhole,
  type WormholeDelegate,
} from "../../src/index.ts";
import type { World } from "../session/world.ts";

/** The moments of a checkpoint at which a program can die. */
export type Moment = "before the save" | "during the save" | "after the save" | "after the effects";

/** The place of a death: a checkpoint, counted from 0 through all lives of the program, and a moment of it. */
export interface Death {
  readonly checkpoint: number;
  readonly moment: Moment;
}

/** The program's own state. */
interface Memory {
  begun: boolean;
  seen: string[];
}

/** The content of the disk: both states. */
export interface Checkpoint {
  readonly wormhole: SerializedWormhole;
  readonly memory: Memory;
}

/** The messages of each program. */
export const WORDS = ["first", "second", "third"];
/** Virtual milliseconds from a death to the next life. */
const PAUSE_MS = 100;
const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");

/** When a program dies, and how long its saves take. */
export interface ProgramOptions {
  readonly death?: Death | undefined;
  /** Virtual milliseconds that each save takes. Default: a save is synchronous. */
  readonly saving?: number;
}

/** Sends the first word, and the next one after each message from the peer. Closes after the third message. */
export class Program {
  readonly name: string;
  /** Every checkpoint that was written, as JSON. */
  readonly checkpoints: string[] = [];
  memory: Memory = { begun: false, seen: [] };
  deaths = 0;
  wormhole: DelegatedWormhole | undefined;
  readonly #world: World;
  readonly #getCode: (wormhole: DelegatedWormhole) => void;
  readonly #options: ProgramOptions;
  /** Checkpoints that have been started. */
  #count = 0;

  constructor(
    name: string,
    world: World,
    getCode: (wormhole: DelegatedWormhole) => void,
    options: ProgramOptions = {},
  ) {
    this.name = name;
    this.#world = world;
    this.#getCode = getCode;
    this.#options = options;
    this.start();
  }

  get over(): boolean {
    return this.memory.seen.some((event) => event.startsWith("closed"));
  }

  /** Starts a life from the last checkpoint, if there is one. */
  start(): void {
    const { clock, relayUrl, platform } = this.#world;
    const last = this.checkpoints.at(-1);
    const { memory, wormhole }: Partial<Checkpoint> = last === undefined ? {} : JSON.parse(last);
    this.memory = memory ?? { begun: false, seen: [] };
    const journal = this.#journal();
    const options = { delegate: this.#delegate(), journal, platform };
    const live = wormhole
      ? restoreWormhole(wormhole, options)
      : createWormhole({ ...options, appId: "example.com/test", relayUrl, versions: { from: this.name } });
    this.wormhole = live;
    if (this.memory.begun) return;
    clock.after(1, () => {
      if (this.wormhole !== live) return;
      journal.process(() => {
        this.memory.begun = true;
        this.#getCode(live);
        this.#say(0);
      });
    });
  }

  #say(word: number): void {
    this.wormhole?.sendMessage(new TextEncoder().encode(`${this.name} ${WORDS[word]}`));
  }

  #delegate(): WormholeDelegate {
    const { seen } = this.memory;
    let heard = seen.filter((event) => event.startsWith("message")).length;
    return {
      wormholeGotWelcome: () => seen.push("welcome"),
      wormholeGotCode: (code) => seen.push(`code ${code}`),
      wormholeGotUnverifiedKey: (key) => seen.push(`key ${hex(key)}`),
      wormholeGotVerifier: (verifier) => seen.push(`verifier ${hex(verifier)}`),
      wormholeGotVersions: (versions) => seen.push(`versions of ${String(versions.from)}`),
      wormholeGotMessage: (message) => {
        seen.push(`message ${text(message)}`);
        heard++;
        if (heard < WORDS.length) this.#say(heard);
        else this.wormhole?.close();
      },
      wormholeClosed: (result) => seen.push(`closed ${String(result)}`),
    };
  }

  /** Saves to the disk, and dies at one moment of one checkpoint. */
  #journal(): CheckpointJournal {
    const life = this.deaths;
    const alive = () => this.deaths === life;
    const save = () => {
      if (!alive() || this.#dies("before the save")) return;
      const checkpoint = JSON.stringify({ wormhole: this.wormhole?.serialize(), memory: this.memory });
      const write = () => {
        this.checkpoints.push(checkpoint);
        this.#dies("after the save");
      };
      const { saving } = this.#options;
      if (saving === undefined) return write();
      return new Promise<void>((resolve) => {
        this.#world.clock.after(saving / 2, () => alive() && this.#dies("during the save"));
        this.#world.clock.after(saving, () => {
          if (alive()) write();
          if (alive()) resolve();
        });
      });
    };
    return new MortalJournal(save, () => alive() && this.#dies("after the effects"));
  }

  /** Kills the program if this is the place of its death. After a pause, another process starts from the checkpoint. */
  #dies(moment: Moment): boolean {
    const { death } = this.#options;
    if (moment === "before the save") this.#count++;
    if (this.#count - 1 !== death?.checkpoint || moment !== death.moment || this.deaths > 0) return false;
    this.deaths++;
    this.wormhole?.abandon();
    this.wormhole = undefined;
    this.#world.clock.after(PAUSE_MS, () => this.start());
    return true;
  }
}

/** Calls `released` after the effects of each checkpoint. */
class MortalJournal extends CheckpointJournal {
  readonly #released: () => void;
  #depth = 0;

  constructor(save: () => void | Promise<void>, released: () => void) {
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
