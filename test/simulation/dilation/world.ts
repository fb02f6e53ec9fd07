/** One simulated world, from its beginning to its end. */
import { BATCH_BYTES, MAX_WRITE_BYTES } from "../../../packages/wormhole/src/dilation/limits.ts";
import type { Party } from "./party.ts";
import { Scene, type SceneOptions, SHORT_PATIENCE_SECONDS } from "./scene.ts";
import type { Side } from "./script.ts";
import type { Kind } from "./swarm.ts";
import { heal, trouble } from "./trouble.ts";

/** After the trouble, everything must be done within this virtual time. */
const SOON_MS = 120_000;
/** The same if only the leader can ask for a new connection. */
const LATER_MS = 240_000;
/** After that, the time within which a broken connection must be noticed. */
const QUIET_MS = 90_000;
/** The longest duration of a polite end. */
const LEFT_MS = 5_000;
/** Time within which the other side must learn of it. The link to the mailbox may be dead for a minute, and down for another. */
const KNOWN_MS = 150_000;
/** Time after which no resource of either side may be in use. */
const SETTLED_MS = 1_000;
/** Bytes of one connection that may wait for the network: four batches, the last of them a long record. */
const MAX_UNSENT_BYTES = MAX_WRITE_BYTES + 4 * BATCH_BYTES;

export interface Outcome {
  readonly kind: Kind;
  readonly faults: string[];
  /** A number that is equal for equal runs. */
  readonly trace: number;
}

/** A world to be played. */
export class World {
  readonly #scene: Scene;

  constructor(seed: number, options: SceneOptions) {
    this.#scene = new Scene(seed, options);
  }

  get complain(): (fault: string) => void {
    return this.#scene.complain;
  }

  get outcome(): Outcome {
    const { swarm, faults, time } = this.#scene;
    return { kind: swarm.kind, faults, trace: time.trace };
  }

  async play(): Promise<void> {
    const scene = this.#scene;
    const { time, chance, parties, swarm } = scene;
    for (const party of parties) time.after(chance.number(2_000), () => party.appear());
    const [leaver, other] = chance.once(2) ? parties : ([parties[1], parties[0]] as const);
    trouble(scene.afflicted);
    // The patience may end before the trouble does.
    scene.parting = swarm.kind === "death";
    if (swarm.kind !== "honest") time.after(chance.number(swarm.healed), () => part(scene, leaver));
    await scene.run(swarm.healed);
    heal(scene.afflicted, scene.conditions);
    if (swarm.kind === "honest") await complete(scene);
    if (swarm.kind === "honest" && chance.once(4)) await rest(scene);
    if (swarm.kind === "death") await giveUp(scene, leaver, other);
    else await goodbye(scene, leaver, other);
    if (swarm.kind !== "honest") await settle(scene, leaver.side);
    await end(scene);
  }
}

/** Runs until everything has happened and the two sides are connected. */
async function complete(scene: Scene): Promise<void> {
  await scene.until(
    scene.swarm.plain ? LATER_MS : SOON_MS,
    () => scene.busy === 0,
    () => unfinished(scene),
  );
  scene.log("*** everything has arrived");
  const [a, b] = scene.parties;
  await scene.until(
    scene.swarm.plain ? LATER_MS : SOON_MS,
    () => a.state === "connected" && b.state === "connected",
    () => `the two are ${a.state} and ${b.state}`,
  );
  const [ours, theirs] = [a.watch.last.generation, b.watch.last.generation];
  if (!scene.isBad && ours !== theirs) scene.complain(`generations ${ours} and ${theirs} are connected`);
}

/** Without trouble, a connection must last. */
async function rest(scene: Scene): Promise<void> {
  await scene.run(QUIET_MS);
  const before = scene.parties[0].watch.last.generation;
  await scene.run(QUIET_MS);
  const after = scene.parties[0].watch.last.generation;
  if (after !== before) scene.complain(`without a cause, generation ${before} became ${after}`);
}

/** Data that was reported as delivered must be read by the other side, even if the first side is gone. */
async function settle(scene: Scene, gone: Side): Promise<void> {
  const owed = () => scene.courses.map(({ flows }) => flows[gone]).filter(({ isOwed }) => isOwed);
  await scene.until(
    SOON_MS,
    () => owed().length === 0,
    () => `not delivered, although the delivery was confirmed: ${owed().map(({ story }) => story)}`,
  );
}

function unfinished(scene: Scene): string {
  const states = scene.parties.map(({ watch }) => JSON.stringify(watch.last));
  const flows = scene.courses.flatMap(({ flows }) => flows).filter(({ isSettled }) => !isSettled);
  return `not done: ${scene.busy} things (${flows.map(({ story }) => story).join("; ")}); ${states.join(", ")}`;
}

/** One side goes during the trouble, politely or not. */
function part(scene: Scene, leaver: Party): void {
  scene.parting = true;
  if (scene.swarm.kind === "leaver") return leaver.leave();
  scene.log(`*** ${leaver.machine.name} dies`);
  leaver.machine.die();
}

/** One side leaves. The other one must learn of it, if a goodbye could be sent. */
async function goodbye(scene: Scene, leaver: Party, other: Party): Promise<void> {
  scene.parting = true;
  leaver.leave();
  await scene.until(
    LEFT_MS,
    () => leaver.left,
    () => `${leaver.machine.name} has not left`,
  );
  if (scene.swarm.plain || !leaver.saidGoodbye) return;
  await scene.until(
    KNOWN_MS,
    () => other.state === "stopped",
    () => `${other.machine.name} has not learned that the other side has left`,
  );
  await checkReason(scene, other, "wormhole-closed");
}

/** One side is dead, and the other one must give it up, if there was a connection. */
async function giveUp(scene: Scene, leaver: Party, other: Party): Promise<void> {
  if (!other.isDilated) return;
  await scene.until(
    (2 * scene.swarm.pingInterval + SHORT_PATIENCE_SECONDS) * 1000 + SETTLED_MS,
    () => other.state === "stopped",
    () => `${other.machine.name} does not give up`,
  );
  // The dead side may have given up politely before.
  if (leaver.state !== "stopped") await checkReason(scene, other, "peer-gone");
}

async function checkReason(scene: Scene, party: Party, code: string): Promise<void> {
  const reason = scene.isBad ? code : await party.reason();
  if (reason !== undefined && reason !== code) scene.complain(`${party.machine.name} has ended for ${reason}`);
}

/** The remaining side leaves, and nothing must be left behind. */
async function end(scene: Scene): Promise<void> {
  const present = scene.parties.filter(({ machine }) => !machine.dead);
  scene.parting = true;
  for (const party of present) party.leave();
  await scene.until(
    LEFT_MS,
    () => present.every(({ left }) => left),
    () => "one side has not left",
  );
  await scene.run(SETTLED_MS);
  if (!scene.isBad) for (const party of present) checkLeftovers(scene, party);
}

function checkLeftovers({ complain }: Scene, { machine, state }: Party): void {
  const { leftovers, mostUnsent } = machine;
  if (mostUnsent > MAX_UNSENT_BYTES) complain(`${machine.name} had ${mostUnsent} bytes wait for the network`);
  if (leftovers.length > 0) complain(`${machine.name} has left behind ${leftovers.join(", ")}`);
  if (state !== "stopped" && state !== "waiting") complain(`${machine.name} has left, but reports the state ${state}`);
}
