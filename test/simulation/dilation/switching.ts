/**
 * A model of two managers: the real tables of both, two queues of control messages, and a simple model of connections,
 * called links here. Each end of a link learns of its loss by itself, at any time.
 */
import {
  type ManagerEffect,
  type ManagerEvent,
  type ManagerState,
  manager,
} from "../../../packages/wormhole/src/dilation/manager.ts";

/** How often links may be lost, at any time. */
const LOSSES = 2;
/** How often one side may leave, and how often the leader may be stuck. */
const LEAVES = 1;
const STUCKS = 1;
/** More messages on their way are a fault: one side repeats itself. */
const MAX_QUEUE = 6;

/** Largest difference between the generations of the two sides. */
const MAX_DRIFT = 1;

type Name = "leader" | "follower";

/** A connection. The leader has chosen it; the follower learns of that later, or never. */
interface Link {
  readonly kind: "relayed" | "direct";
  /** `retired`: replaced by a better one, and open until the follower has learned of that. */
  readonly leader: "up" | "retired" | "gone";
  readonly follower: "chosen" | "up" | "gone";
  /** Whether nothing goes over it any more. Each end learns of that at its own time. */
  readonly broken: boolean;
}

/** One side: its manager, the state of its search for connections, and its messages on their way. */
interface End {
  readonly manager: ManagerState;
  readonly connector: "none" | "unlinked" | "relayed" | "direct";
  readonly said: readonly string[];
}

export interface State {
  readonly leader: End;
  readonly follower: End;
  readonly links: readonly Link[];
  readonly losses: number;
  /** How often a side may still leave, and the leader may still be stuck. */
  readonly leaves: number;
  readonly stucks: number;
  /** The fault, if there is one. No further steps are explored from there. */
  readonly wrong: string | null;
}

/** A possible step. `fault` is set if it must never be possible. */
export interface Move {
  readonly how: string;
  readonly to: State;
  readonly fault?: string;
}

/** Whether a step needs no event that may never come: a loss, a side that leaves, or a leader that is stuck. */
export function isFree(from: State, to: State): boolean {
  return from.losses === to.losses && from.leaves === to.leaves && from.stucks === to.stucks;
}

/** Whether both sides share a connection and all messages have arrived, or one side has left and the other one knows. */
export function isGood({ leader, follower, links, wrong }: State): boolean {
  if (wrong !== null) return false;
  if (leader.said.length + follower.said.length > 0) return false;
  const states = [leader.manager.at, follower.manager.at];
  if (states.includes("stopped"))
    return states.every((at) => at === "stopped") || !saysGoodbye(leader) || !saysGoodbye(follower);
  const whole = links.some((link) => link.leader === "up" && link.follower === "up" && !link.broken);
  return whole && states.every((at) => at === "connected");
}

function saysGoodbye({ manager: state }: End): boolean {
  return "extensions" in state ? state.extensions.includes("goodbye") : state.at === "stopped";
}

export function begin(extensions: readonly string[]): State {
  const end = (manager: ManagerState): End => ({ manager, connector: "none", said: [] });
  const agree = (ours: string, theirs: string): ManagerState => {
    const wanting = { at: "wanting", side: ours } as const;
    return manager.step(wanting, { on: "please", side: theirs, extensions }, random)[0];
  };
  const ends = { leader: end(agree("f", "0")), follower: end(agree("0", "f")) };
  return {
    leader: { ...ends.leader, connector: "unlinked" },
    follower: { ...ends.follower, connector: "unlinked" },
    links: [],
    losses: LOSSES,
    leaves: LEAVES,
    stucks: STUCKS,
    wrong: null,
  };
}

const random = () => new Uint8Array();

/** Generations are counted from the lower one, because only their difference matters. */
export function keyOf(state: State): string {
  const least = Math.min(...[state.leader, state.follower].map(generationOf).filter((generation) => generation > 0));
  return JSON.stringify(state, (name, value) => (name === "generation" ? value - least : value));
}

export function moves(state: State): Move[] {
  if (state.wrong !== null) return [];
  return [...choices(state), ...arrivals(state), ...losses(state), ...news(state), ...messages(state), ...whims(state)];
}

/** The leader chooses a connection, whose other end may be gone already. */
function choices(state: State): Move[] {
  const { leader, follower, losses } = state;
  if (!["connecting", "connected"].includes(leader.manager.at)) return [];
  return (["relayed", "direct"] as const).flatMap((kind) => {
    if (!wants(leader, kind)) return [];
    const link: Link = { kind, leader: "up", follower: "chosen", broken: false };
    const alive = choose(state, link);
    const fault = differ(leader, follower) ? "a link between different generations" : undefined;
    const moved = wants(follower, kind)
      ? [{ how: `the leader chooses a ${kind} link`, to: alive, ...(fault && { fault }) }]
      : [];
    if (losses === 0) return moved;
    const dead = choose({ ...state, losses: losses - 1 }, { ...link, follower: "gone" });
    return [...moved, { how: `the leader chooses a ${kind} link that is dead`, to: dead }];
  });
}

function wants({ connector }: End, kind: Link["kind"]): boolean {
  return connector === "unlinked" || (connector === "relayed" && kind === "direct");
}

function differ(a: End, b: End): boolean {
  return generationOf(a) !== generationOf(b);
}

function choose(state: State, link: Link): State {
  const links = [...state.links.map(retired).filter(isThere), link];
  const leader = { ...state.leader, connector: link.kind };
  return happen({ ...state, leader, links }, "leader", { on: "linked" });
}

function retired(link: Link): Link {
  return link.leader === "up" ? { ...link, leader: "retired" } : link;
}

/** The follower learns that a connection was chosen, or never does. */
function arrivals(state: State): Move[] {
  return state.links.flatMap((link, n) => {
    if (link.follower !== "chosen") return [];
    const links = state.links.map((old, i): Link => {
      if (i === n) return { ...old, follower: "up" };
      return old.follower === "up" ? { ...old, follower: "gone" } : old;
    });
    const linked = happen(
      { ...state, links: links.filter(isThere), follower: { ...state.follower, connector: link.kind } },
      "follower",
      {
        on: "linked",
      },
    );
    const fault =
      differ(state.leader, state.follower) && link.leader === "up" ? "a link that is out of date" : undefined;
    const heard = wants(state.follower, link.kind)
      ? [{ how: `the follower learns of the ${link.kind} link`, to: linked, ...(fault && { fault }) }]
      : [];
    if (!link.broken && link.leader === "up") return heard;
    return [
      ...heard,
      { how: `the follower never learns of the ${link.kind} link`, to: changed(state, n, { follower: "gone" }) },
    ];
  });
}

function changed(state: State, n: number, change: Partial<Link>): State {
  return { ...state, links: state.links.map((link, i) => (i === n ? { ...link, ...change } : link)).filter(isThere) };
}

function losses(state: State): Move[] {
  if (state.losses === 0) return [];
  return state.links.flatMap((link, n) =>
    link.broken || link.leader === "gone" || link.follower === "gone"
      ? []
      : [
          {
            how: `the ${link.kind} link breaks`,
            to: changed({ ...state, losses: state.losses - 1 }, n, { broken: true }),
          },
        ],
  );
}

/** One end learns that its link is lost. */
function news(state: State): Move[] {
  return state.links.flatMap((link, n) => [
    ...(link.leader === "up" && (link.broken || link.follower === "gone") ? [lose(state, n, "leader")] : []),
    ...(link.follower === "up" && (link.broken || link.leader === "gone") ? [lose(state, n, "follower")] : []),
  ]);
}

function lose(state: State, n: number, name: Name): Move {
  const gone = changed(state, n, { [name]: "gone" });
  const end = gone[name];
  const connector = end.connector === "relayed" ? "unlinked" : end.connector;
  const to = happen({ ...gone, [name]: { ...end, connector } }, name, { on: "lost" });
  return { how: `the ${name} learns that the ${state.links[n]?.kind} link is lost`, to };
}

/** A control message arrives. */
function messages(state: State): Move[] {
  return (["leader", "follower"] as const).flatMap((name) => {
    const from = name === "leader" ? "follower" : "leader";
    const [message, ...rest] = state[from].said;
    if (message === undefined) return [];
    const event = { on: message === "ask-reconnect" ? "askReconnect" : message } as ManagerEvent;
    return [
      {
        how: `the ${name} receives ${message}`,
        to: happen({ ...state, [from]: { ...state[from], said: rest } }, name, event),
      },
    ];
  });
}

/** One side leaves, or the leader is stuck. */
function whims(state: State): Move[] {
  const leaving = (["leader", "follower"] as const).flatMap((name) =>
    state.leaves === 0
      ? []
      : [{ how: `the ${name} leaves`, to: happen({ ...state, leaves: 0 }, name, { on: "leave" }) }],
  );
  if (state.stucks === 0) return leaving;
  const to = happen({ ...state, stucks: 0 }, "leader", { on: "stuck" });
  return [...leaving, { how: "the leader is stuck", to }];
}

/** Takes a step of one manager and performs its effects. */
function happen(state: State, name: Name, event: ManagerEvent): State {
  const [next, ...effects] = manager.step(state[name].manager, event, random);
  const to = effects.reduce((so, effect) => perform(so, name, effect), {
    ...state,
    [name]: { ...state[name], manager: next },
  });
  const generations = [to.leader, to.follower].map(generationOf).filter((generation) => generation > 0);
  const drift = Math.max(...generations) - Math.min(...generations);
  return drift > MAX_DRIFT ? { ...to, wrong: "the generations drift apart" } : to;
}

function generationOf({ manager: state }: End): number {
  return "generation" in state ? state.generation : 0;
}

function perform(state: State, name: Name, effect: ManagerEffect): State {
  const end = state[name];
  switch (effect.do) {
    case "say":
      if (end.said.length >= MAX_QUEUE) return { ...state, wrong: `the ${name} sends more and more` };
      if (effect.message.type === "reconnect" && isUntroubled(state))
        return { ...state, wrong: "a good link is given up" };
      return { ...state, [name]: { ...end, said: [...end.said, effect.message.type] } };
    case "connect":
      return { ...state, [name]: { ...end, connector: "unlinked" } };
    case "disconnect":
      return {
        ...state,
        [name]: { ...end, connector: "none" },
        links: state.links.map((link) => ({ ...link, [name]: "gone" })).filter(isThere),
      };
    case "useHints":
    case "retry":
    case "fail":
      return state;
  }
}

/** Whether nothing was lost, so that no side should want another connection. */
function isUntroubled({ losses, stucks, leaves }: State): boolean {
  return losses === LOSSES && stucks === STUCKS && leaves === LEAVES;
}

function isThere({ leader, follower }: Link): boolean {
  return leader === "up" || follower !== "gone";
}
