/** One simulated world: two dilations, their applications, the networks between them, and a seed of trouble. */
import type { BulkCrypto } from "../../../packages/wormhole/src/crypto/bulk.ts";
import type { DilateOptions } from "../../../packages/wormhole/src/dilation/api.ts";
import {
  BATCH,
  MAX_UNREAD,
  MAX_UNREAD_CREDITED,
  MAX_WRITE,
  WINDOW,
} from "../../../packages/wormhole/src/dilation/limits.ts";
import { WormholeError } from "../../../packages/wormhole/src/errors.ts";
import type { JsonObject } from "../../../packages/wormhole/src/json.ts";
import { Chance } from "../chance.ts";
import type { Course } from "./application.ts";
import { Flow } from "./flow.ts";
import { CHUNK } from "./line.ts";
import { Machine } from "./machine.ts";
import { Post } from "./mailbox.ts";
import { Network } from "./network.ts";
import { Party } from "./party.ts";
import { Relay } from "./relay.ts";
import { drawTalks, type Side } from "./script.ts";
import { Stranger } from "./stranger.ts";
import { drawSwarm, type Kind, type Swarm } from "./swarm.ts";
import type { Tally } from "./tally.ts";
import { Timeline } from "./timeline.ts";
import { heal, trouble, Weather } from "./trouble.ts";
import { NonceWatch } from "./watch.ts";

/** After the trouble, everything is done within so many virtual milliseconds, */
const SOON = 120_000;
/** or so many, if nobody can ask for a new connection but the leader; */
const LATER = 240_000;
/** what is still broken then is found out within so many; */
const QUIET = 90_000;
/** somebody who leaves has left within so many, */
const LEFT = 5_000;
/** and the other side knows it within so many: the way to the mailbox may be dead for a minute, and down for another; */
const KNOWN = 150_000;
/** and nothing is left of both after so many more. */
const SETTLED = 1_000;
/** Seconds after which a dead side is given up, in worlds where one dies. */
const SHORT_PATIENCE = 60;

/** Bytes that one program has got rid of and the other does not have: what is not acknowledged, and what is not read. */
const BETWEEN = WINDOW + MAX_WRITE + MAX_WRITE + 2 * CHUNK;
/** Bytes that may wait to be handed over to the network, of one connection: two batches, of a long record each. */
const UNSENT = 2 * (MAX_WRITE + BATCH);

export interface Outcome {
  readonly kind: Kind;
  readonly faults: string[];
  /** Tells whether two runs were the same. */
  readonly trace: number;
  readonly events: number;
}

export interface WorldOptions {
  readonly crypto: BulkCrypto;
  readonly log: (line: string) => void;
  /** Counts what happens. */
  readonly tally: Tally;
}

export class World {
  readonly #chance: Chance;
  readonly #swarm: Swarm;
  readonly #tally: Tally;
  readonly #time = new Timeline();
  readonly #faults: string[] = [];
  readonly #log: (line: string) => void;
  readonly #network: Network;
  readonly #weather: Weather;
  readonly #post: Post;
  readonly #relays: readonly Relay[];
  readonly #stranger: Stranger;
  readonly #parties: readonly [Party, Party];
  readonly #courses: readonly Course[];
  readonly #opened = new Map<string, Course[]>();
  /** Things that are not done. */
  #busy = 2;
  /** Somebody leaves, or is dead: from now on everything may fail. */
  #parting = false;

  constructor(seed: number, { crypto, log, tally }: WorldOptions) {
    const time = this.#time;
    this.#log = (line) => log(`${(time.now / 1000).toFixed(3).padStart(8)} ${line}`);
    const chance = new Chance(seed);
    const swarm = drawSwarm(chance);
    this.#log(JSON.stringify(swarm));
    this.#chance = chance;
    this.#swarm = swarm;
    this.#tally = tally;
    this.#weather = new Weather(time, chance, swarm);
    this.#network = new Network({ time, chance, rules: this.#weather, log: this.#log, tally });
    const machines = [this.#machine("a", personal(1, swarm)), this.#machine("b", personal(2, swarm))] as const;
    this.#relays = [3, 4].map((n) => new Relay(this.#machine(`relay ${n}`, [`203.0.113.${n}`])));
    for (const relay of this.#relays) relay.start();
    this.#stranger = new Stranger(this.#machine("stranger", ["198.51.100.7"]), time, chance);
    this.#post = new Post({ time, chance, delay: swarm.postDelay, log: this.#log }, machines, ["a", "b"]);
    this.#courses = this.#drawCourses();
    const watched = new NonceWatch(this.complain).over(crypto);
    this.#parties = [this.#party(0, machines[0], watched), this.#party(1, machines[1], watched)];
  }

  get outcome(): Outcome {
    const { trace, events } = this.#time;
    return { kind: this.#swarm.kind, faults: this.#faults, trace, events };
  }

  readonly complain = (fault: string): void => {
    this.#log(`FAULT ${fault}`);
    this.#faults.push(`at ${(this.#time.now / 1000).toFixed(3)}: ${fault}`);
  };

  /** Called after every event. */
  get #isBad(): boolean {
    for (const { watch } of this.#parties) watch.check();
    return this.#faults.length > 0;
  }

  async play(): Promise<void> {
    const { healed, kind } = this.#swarm;
    for (const party of this.#parties) this.#time.after(this.#chance.number(2_000), () => party.appear());
    const [leaver, other] = this.#chance.once(2) ? this.#parties : ([this.#parties[1], this.#parties[0]] as const);
    const afflicted = {
      time: this.#time,
      chance: this.#chance,
      swarm: this.#swarm,
      network: this.#network,
      machines: [this.#parties[0].machine, this.#parties[1].machine],
      relays: this.#relays,
      post: this.#post,
      stranger: this.#stranger,
      log: this.#log,
    } as const;
    trouble(afflicted);
    if (kind === "honest") {
      await this.#run(healed);
      heal(afflicted, this.#weather);
      await this.#complete();
      if (this.#chance.once(4)) await this.#rest();
      await this.#goodbye(leaver, other);
    } else {
      // Patience may end before its time.
      this.#parting = kind === "death";
      this.#time.after(this.#chance.number(healed), () => this.#part(leaver));
      await this.#run(healed);
      heal(afflicted, this.#weather);
      if (kind === "leaver") await this.#goodbye(leaver, other);
      else await this.#giveUp(leaver, other);
      await this.#settle(leaver.side);
    }
    await this.#end();
  }

  /** Runs so long, unless something goes wrong. */
  async #run(milliseconds: number, finished: () => boolean = () => false): Promise<void> {
    if (!this.#isBad) await this.#time.run(this.#time.now + milliseconds, () => finished() || this.#isBad);
  }

  /** Runs until something holds, or complains. */
  async #await(milliseconds: number, holds: () => boolean, fault: () => string): Promise<void> {
    await this.#run(milliseconds, holds);
    if (!this.#isBad && !holds()) this.complain(fault());
  }

  #machine(name: string, addresses: string[]): Machine {
    const machine = new Machine(name, addresses, { time: this.#time, network: this.#network, firstPort: 40_000 });
    this.#network.add(machine);
    return machine;
  }

  #party(side: Side, machine: Machine, crypto: BulkCrypto): Party {
    const way = this.#post.sides[side];
    if (this.#swarm.plain) way.censor = withoutExtensions;
    return new Party({
      side,
      machine,
      way,
      crypto,
      time: this.#time,
      chance: this.#chance,
      log: this.#log,
      tally: this.#tally,
      dilation: this.#options(side),
      dilated: () => this.#busy--,
      application: {
        courses: this.#courses,
        opened: this.#opened,
        pause: (milliseconds) => this.#pause(milliseconds, machine),
        failed: (where, error) => this.#failed(where, error),
        complain: this.complain,
        busy: (change) => this.#count(change),
        listensAfter: this.#chance.once(2) ? 0 : this.#chance.number(this.#swarm.healed),
      },
    });
  }

  #options(side: Side): DilateOptions {
    const { relays, pingInterval, kind, direct } = this.#swarm;
    const relay = relays[side] === null ? undefined : this.#relays[relays[side]];
    return {
      relays: relay ? [relay.url] : [],
      listen: direct !== "none" || this.#chance.once(2),
      expectedSubprotocols: ["control", "subchannel", "fowl", "transfer"],
      pingInterval,
      ...(kind === "death" && { patience: SHORT_PATIENCE }),
    };
  }

  #drawCourses(): Course[] {
    const { healed, slow, bulky } = this.#swarm;
    const talks = drawTalks(this.#chance, { span: healed, slow, bulky, tidy: this.#chance.once(2) });
    return talks.map((talk, n) => {
      const flow = (side: Side) =>
        new Flow(`${talk.name} ${n} from ${"ab"[side]}`, {
          hasEnd: talk.parts[side].ending !== "open",
          mayBeCut: () => this.#parting,
          complain: this.complain,
          settled: () => this.#count(-1),
          tally: this.#tally,
        });
      this.#busy += 2;
      return { ...talk, flows: [flow(0), flow(1)] };
    });
  }

  #count(change: 1 | -1): void {
    this.#busy += change;
    this.#checkMemory();
  }

  /** Nobody dawdles once the trouble is over. */
  #pause(milliseconds: number, machine: Machine): Promise<void> {
    const left = Math.max(0, this.#swarm.healed - this.#time.now);
    return new Promise((resolve) => this.#time.after(Math.min(milliseconds, left), resolve, machine));
  }

  #failed(where: string, error: unknown): void {
    // Streams of other platforms' making say so themselves when they are written to after their end.
    const expected = error instanceof WormholeError || error instanceof TypeError || isNodesOwn(error);
    if (!this.#parting || !expected) this.complain(`${where}: ${error instanceof Error ? error.stack : error}`);
  }

  /** Until everything that was to happen has happened, and the two are connected. */
  async #complete(): Promise<void> {
    await this.#await(
      this.#swarm.plain ? LATER : SOON,
      () => this.#busy === 0,
      () => this.#unfinished(),
    );
    this.#log("*** everything has arrived");
    const [a, b] = this.#parties;
    await this.#await(
      this.#swarm.plain ? LATER : SOON,
      () => a.state === "connected" && b.state === "connected",
      () => `the two are ${a.state} and ${b.state}`,
    );
    const [ours, theirs] = [a.watch.last.generation, b.watch.last.generation];
    if (!this.#isBad && ours !== theirs) this.complain(`generations ${ours} and ${theirs} are connected`);
  }

  /** When there is no trouble, a connection lasts. */
  async #rest(): Promise<void> {
    await this.#run(QUIET);
    const before = this.#parties[0].watch.last.generation;
    await this.#run(QUIET);
    const after = this.#parties[0].watch.last.generation;
    if (after !== before) this.complain(`out of the blue, generation ${before} became ${after}`);
  }

  /** What one side was told to have arrived is read by the other one, even if the first is gone. */
  async #settle(gone: Side): Promise<void> {
    const owed = () => this.#courses.map(({ flows }) => flows[gone]).filter(({ isOwed }) => isOwed);
    await this.#await(
      SOON,
      () => owed().length === 0,
      () => `not delivered, although it was said so: ${owed().map(({ story }) => story)}`,
    );
  }

  #unfinished(): string {
    const states = this.#parties.map(({ watch }) => JSON.stringify(watch.last));
    const flows = this.#courses.flatMap(({ flows }) => flows).filter(({ isSettled }) => !isSettled);
    return `not done: ${this.#busy} things (${flows.map(({ story }) => story).join("; ")}); ${states.join(", ")}`;
  }

  /** In the midst of it all, one side goes, politely or not. */
  #part(leaver: Party): void {
    this.#parting = true;
    if (this.#swarm.kind === "leaver") return leaver.leave();
    this.#log(`*** ${leaver.machine.name} dies`);
    leaver.machine.die();
  }

  /** One side leaves, and the other one learns of it, if it has heard of the first at all. */
  async #goodbye(leaver: Party, other: Party): Promise<void> {
    this.#parting = true;
    leaver.leave();
    await this.#await(
      LEFT,
      () => leaver.left,
      () => `${leaver.machine.name} has not left`,
    );
    if (this.#swarm.plain || !leaver.saidGoodbye) return;
    await this.#await(
      KNOWN,
      () => other.state === "stopped",
      () => `${other.machine.name} does not know that it is alone`,
    );
    await this.#checkReason(other, "wormhole-closed");
  }

  /** One side is dead, and the other one gives it up, if there has been a connection. */
  async #giveUp(leaver: Party, other: Party): Promise<void> {
    if (!other.isDilated) return;
    await this.#await(
      (2 * this.#swarm.pingInterval + SHORT_PATIENCE) * 1000 + SETTLED,
      () => other.state === "stopped",
      () => `${other.machine.name} does not give up`,
    );
    // The dead one may have given up before, politely.
    if (leaver.state !== "stopped") await this.#checkReason(other, "peer-gone");
  }

  async #checkReason(party: Party, code: string): Promise<void> {
    const reason = this.#isBad ? code : await party.reason();
    if (reason !== undefined && reason !== code) this.complain(`${party.machine.name} has ended for ${reason}`);
  }

  /** Who is left leaves, and nothing is left behind. */
  async #end(): Promise<void> {
    const present = this.#parties.filter(({ machine }) => !machine.dead);
    this.#parting = true;
    for (const party of present) party.leave();
    await this.#await(
      LEFT,
      () => present.every(({ left }) => left),
      () => "somebody has not left",
    );
    await this.#run(SETTLED);
    if (!this.#isBad) for (const party of present) this.#checkLeftovers(party);
  }

  #checkLeftovers({ machine, state }: Party): void {
    const { leftovers, mostUnsent } = machine;
    if (mostUnsent > UNSENT) this.complain(`${machine.name} had ${mostUnsent} bytes wait for the network`);
    if (leftovers.length > 0) this.complain(`${machine.name} has left behind ${leftovers.join(", ")}`);
    if (state !== "stopped" && state !== "waiting")
      this.complain(`${machine.name} has left, and says that it is ${state}`);
  }

  #checkMemory(): void {
    // Whoever leaves does not read what still comes.
    if (this.#parting) return;
    for (const side of [0, 1] as const) {
      const between = this.#courses.reduce((sum, { flows }) => sum + flows[side].between, 0);
      if (between > BETWEEN + (this.#swarm.plain ? MAX_UNREAD : MAX_UNREAD_CREDITED))
        this.complain(`${between} bytes of one side are nowhere`);
    }
  }
}

/** Node 24 says so where a stream is written to that is being closed. */
function isNodesOwn(error: unknown): boolean {
  return (error as { code?: unknown }).code === "ERR_INTERNAL_ASSERTION";
}

/** A machine of people; some have two addresses, some one that every such machine has. */
function personal(n: number, { addresses, shadowed }: Swarm): string[] {
  return [`10.0.0.${n}`, ...(addresses === 2 ? [`2001:67c:${n}::1`] : []), ...(shadowed ? ["172.17.0.1"] : [])];
}

function withoutExtensions(message: JsonObject): JsonObject {
  return message.type === "please" ? { ...message, extensions: [] } : message;
}
