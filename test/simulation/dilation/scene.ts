/** The parts of a world: machines, relays, the mailbox, two programs, and the data that these send each other. */
import type { JsonObject } from "../../../packages/wormhole/src/base/json.ts";
import type { BulkCipher } from "../../../packages/wormhole/src/crypto/bulk.ts";
import type { DilateOptions } from "../../../packages/wormhole/src/dilation/api.ts";
import {
  MAX_UNREAD_BYTES,
  MAX_UNREAD_CREDITED_BYTES,
  MAX_WRITE_BYTES,
  RELAYED_WINDOW_BYTES,
} from "../../../packages/wormhole/src/dilation/limits.ts";
import { WormholeError } from "../../../packages/wormhole/src/errors.ts";
import { Chance } from "../chance.ts";
import type { Course } from "./application.ts";
import { CHUNK } from "./end.ts";
import { Flow } from "./flow.ts";
import { Machine } from "./machine.ts";
import { Mailbox } from "./mailbox.ts";
import { Network } from "./network.ts";
import { Party } from "./party.ts";
import { Relay } from "./relay.ts";
import { drawTalks, type Side } from "./script.ts";
import { Stranger } from "./stranger.ts";
import { drawSwarm, type Swarm } from "./swarm.ts";
import type { Tally } from "./tally.ts";
import { Timeline } from "./timeline.ts";
import { type Afflicted, Conditions } from "./trouble.ts";
import { NonceWatch } from "./watch.ts";

/** The option `patience` in worlds where one side dies. */
export const SHORT_PATIENCE_SECONDS = 60;
/** The most unacknowledged bytes between the two programs. */
const MAX_BETWEEN_BYTES = RELAYED_WINDOW_BYTES + MAX_WRITE_BYTES + MAX_WRITE_BYTES + 2 * CHUNK;

export interface SceneOptions {
  readonly cipher: BulkCipher;
  readonly log: (line: string) => void;
  /** Counts events. */
  readonly tally: Tally;
}

export class Scene {
  readonly chance: Chance;
  readonly swarm: Swarm;
  readonly time = new Timeline();
  readonly faults: string[] = [];
  readonly log: (line: string) => void;
  readonly conditions: Conditions;
  readonly parties: readonly [Party, Party];
  /** Everything that the two sides send each other. */
  readonly courses: readonly Course[];
  readonly #tally: Tally;
  readonly #network: Network;
  readonly #mailbox: Mailbox;
  readonly #relays: readonly Relay[];
  readonly #stranger: Stranger;
  readonly #opened = new Map<string, Course[]>();
  /** Number of tasks that are not done. */
  busy = 2;
  /** Whether one side is leaving or dead. From then on, every operation may fail. */
  parting = false;

  constructor(seed: number, { cipher, log, tally }: SceneOptions) {
    const time = this.time;
    this.log = (line) => log(`${(time.now / 1000).toFixed(3).padStart(8)} ${line}`);
    const chance = new Chance(seed);
    const swarm = drawSwarm(chance);
    this.log(JSON.stringify(swarm));
    this.chance = chance;
    this.swarm = swarm;
    this.#tally = tally;
    this.conditions = new Conditions(time, chance, swarm);
    this.#network = new Network({ time, chance, rules: this.conditions, log: this.log, tally });
    const machines = [this.#machine("a", personal(1, swarm)), this.#machine("b", personal(2, swarm))] as const;
    this.#relays = [3, 4].map((n) => new Relay(this.#machine(`relay ${n}`, [`203.0.113.${n}`])));
    for (const relay of this.#relays) relay.start();
    this.#stranger = new Stranger(this.#machine("stranger", ["198.51.100.7"]), time, chance);
    this.#mailbox = new Mailbox({ time, chance, delay: swarm.mailboxDelay, log: this.log }, machines, ["a", "b"]);
    this.courses = this.#drawCourses();
    const watched = new NonceWatch(this.complain).over(cipher);
    this.parties = [this.#party(0, machines[0], watched), this.#party(1, machines[1], watched)];
  }

  readonly complain = (fault: string): void => {
    this.log(`FAULT ${fault}`);
    this.faults.push(`at ${(this.time.now / 1000).toFixed(3)}: ${fault}`);
  };

  /** The parts that trouble affects. */
  get afflicted(): Afflicted {
    return {
      time: this.time,
      chance: this.chance,
      swarm: this.swarm,
      network: this.#network,
      machines: [this.parties[0].machine, this.parties[1].machine],
      relays: this.#relays,
      mailbox: this.#mailbox,
      stranger: this.#stranger,
      log: this.log,
    };
  }

  /** Whether there are faults. Called after every event. */
  get isBad(): boolean {
    for (const { watch } of this.parties) watch.check();
    return this.faults.length > 0;
  }

  /** Runs this long, unless there is a fault. */
  async run(milliseconds: number, finished: () => boolean = () => false): Promise<void> {
    if (!this.isBad) await this.time.run(this.time.now + milliseconds, () => finished() || this.isBad);
  }

  /** Runs until a condition holds. It is a fault if it does not hold in time. */
  async until(milliseconds: number, holds: () => boolean, fault: () => string): Promise<void> {
    await this.run(milliseconds, holds);
    if (!this.isBad && !holds()) this.complain(fault());
  }

  #machine(name: string, addresses: string[]): Machine {
    const machine = new Machine(name, addresses, { time: this.time, network: this.#network, firstPort: 40_000 });
    this.#network.add(machine);
    return machine;
  }

  #party(side: Side, machine: Machine, cipher: BulkCipher): Party {
    const session = this.#mailbox.sides[side];
    if (this.swarm.plain) session.censor = withoutExtensions;
    return new Party({
      side,
      machine,
      session,
      cipher,
      time: this.time,
      chance: this.chance,
      log: this.log,
      tally: this.#tally,
      dilation: this.#options(side),
      dilated: () => this.busy--,
      application: {
        courses: this.courses,
        opened: this.#opened,
        pause: (milliseconds) => this.#pause(milliseconds, machine),
        failed: (where, error) => this.#failed(where, error),
        complain: this.complain,
        busy: (change) => this.#count(change),
        listensAfter: this.chance.once(2) ? 0 : this.chance.number(this.swarm.healed),
      },
    });
  }

  #options(side: Side): DilateOptions {
    const { relays, pingInterval, kind, direct } = this.swarm;
    const relay = relays[side] === null ? undefined : this.#relays[relays[side]];
    return {
      relays: relay ? [relay.url] : [],
      listen: direct !== "none" || this.chance.once(2),
      expectedSubprotocols: ["control", "subchannel", "fowl", "transfer"],
      pingInterval,
      ...(kind === "death" && { patience: SHORT_PATIENCE_SECONDS }),
    };
  }

  #drawCourses(): Course[] {
    const { healed, slow, bulky } = this.swarm;
    const talks = drawTalks(this.chance, { span: healed, slow, bulky, tidy: this.chance.once(2) });
    return talks.map((talk, n) => {
      const flow = (side: Side) =>
        new Flow(`${talk.name} ${n} from ${"ab"[side]}`, {
          hasEnd: talk.parts[side].ending !== "open",
          mayBeCut: () => this.parting,
          inParts: !this.swarm.plain,
          complain: this.complain,
          settled: () => this.#count(-1),
          tally: this.#tally,
        });
      this.busy += 2;
      return { ...talk, flows: [flow(0), flow(1)] };
    });
  }

  #count(change: 1 | -1): void {
    this.busy += change;
    this.#checkMemory();
  }

  /** Ends pauses once the trouble is over. */
  #pause(milliseconds: number, machine: Machine): Promise<void> {
    const left = Math.max(0, this.swarm.healed - this.time.now);
    return new Promise((resolve) => this.time.after(Math.min(milliseconds, left), resolve, machine));
  }

  #failed(where: string, error: unknown): void {
    // The platform's streams throw errors of their own when they are written to after their end.
    const expected = error instanceof WormholeError || error instanceof TypeError || isNodesOwn(error);
    if (!this.parting || !expected) this.complain(`${where}: ${error instanceof Error ? error.stack : error}`);
  }

  #checkMemory(): void {
    // A side that leaves does not read data that still comes.
    if (this.parting) return;
    for (const side of [0, 1] as const) {
      const between = this.courses.reduce((sum, { flows }) => sum + flows[side].between, 0);
      if (between > MAX_BETWEEN_BYTES + (this.swarm.plain ? MAX_UNREAD_BYTES : MAX_UNREAD_CREDITED_BYTES))
        this.complain(`${between} bytes of one side have not reached the other application`);
    }
  }
}

/** Node 24 throws this when a stream is written to that is being closed. */
function isNodesOwn(error: unknown): boolean {
  return (error as { code?: unknown }).code === "ERR_INTERNAL_ASSERTION";
}

/** The addresses of a personal machine: some have two, and some share one with every such machine. */
function personal(n: number, { addresses, shadowed }: Swarm): string[] {
  return [`10.0.0.${n}`, ...(addresses === 2 ? [`2001:67c:${n}::1`] : []), ...(shadowed ? ["172.17.0.1"] : [])];
}

function withoutExtensions(message: JsonObject): JsonObject {
  return message.type === "please" ? { ...message, extensions: [] } : message;
}
