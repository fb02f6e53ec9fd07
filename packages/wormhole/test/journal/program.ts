/** A program that lives on a wormhole, keeps both in one checkpoint, and dies where the test says. */
import {
  CheckpointJournal,
  createWormhole,
  type DelegatedWormhole,
  restoreWormhole,
  type SerializedWormhole,
  type WormholeDelegate,
} from "../../src/index.ts";
import { MemoryMailboxServer, VirtualClock } from "../../src/testing.ts";

export class World {
  readonly server = new MemoryMailboxServer();
  readonly clock = new VirtualClock();
  readonly platform = { openMessageSocket: this.server.openMessageSocket, clock: this.clock };
  readonly relayUrl = "ws://memory/v1";
}

export type Moment = "before the save" | "during the save" | "after the save" | "after the effects";

/** The place of a death: at which checkpoint, counted from 0 through all the program's lives, and when. */
export interface Death {
  readonly checkpoint: number;
  readonly moment: Moment;
}

/** What the program remembers of its own. */
interface Memory {
  begun: boolean;
  seen: string[];
}

/** What is on the disk. */
export interface Checkpoint {
  readonly wormhole: SerializedWormhole;
  readonly memory: Memory;
}

export const WORDS = ["first", "second", "third"];
/** For how long a dead program stays so, in virtual milliseconds. */
const PAUSE = 100;
const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");

export interface ProgramOptions {
  readonly death?: Death | undefined;
  /** Virtual milliseconds that each save takes; by default it is over at once. */
  readonly saving?: number;
}

/** Says its three words, one by one as it hears something; closes when it has heard three. */
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
  /** Checkpoints that were begun. */
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

  /** From the last checkpoint, if there is one. */
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

  /** Saves to our disk, and asks at three moments of each checkpoint whether the program is to die there. */
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

  /** Nothing of what is under way happens any more; a little later another process starts from the checkpoint. */
  #dies(moment: Moment): boolean {
    const { death } = this.#options;
    if (moment === "before the save") this.#count++;
    if (this.#count - 1 !== death?.checkpoint || moment !== death.moment || this.deaths > 0) return false;
    this.deaths++;
    this.wormhole?.abandon();
    this.wormhole = undefined;
    this.#world.clock.after(PAUSE, () => this.start());
    return true;
  }
}

/** Says when it has released its effects. */
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
