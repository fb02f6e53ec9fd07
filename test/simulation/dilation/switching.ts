/**
 * A model of two managers: the real tables of both, two queues of control messages, and simplified connections. Each end of
 * a connection learns of its loss independently, at any time.
 */
import {
  type ManagerEffect,
  type ManagerEvent,
  type ManagerState,
  manager,
} from "../../../packages/wormhole/src/dilation/manager.ts";

/** How often connections may be lost, at any time. */
const LOSSES = 2;
/** How often one side may leave, and how often the leader may be stuck. */
const LEAVES = 1;
const STUCKS = 1;
/** The most messages on their way from one side. More of them mean that it repeats itself, which is a fault. */
const MAX_QUEUE = 6;

/** Largest difference between the generations of the two sides. */
const MAX_DRIFT = 1;

type Name = "leader" | "follower";

/** A connection. The leader has chosen it; the follower learns of that later, or never. */
interface Connection {
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
  readonly connector: "none" | "looking" | "relayed" | "direct";
  readonly sent: readonly string[];
}

export interface State {
  readonly leader: End;
  readonly follower: End;
  readonly connections: readonly Connection[];
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

/** Whether both sides share a connection and all messages have arrived, or one side has left and the other one has learned of it. */
export function isGood({ leader, follower, connections, wrong }: State): boolean {
  if (wrong !== null) return false;
  if (leader.sent.length + follower.sent.length > 0) return false;
  const states = [leader.manager.at, follower.manager.at];
  if (states.includes("stopped"))
    return states.every((at) => at === "stopped") || !saysGoodbye(leader) || !saysGoodbye(follower);
  const whole = connections.some(
    (connection) => connection.leader === "up" && connection.follower === "up" && !connection.broken,
  );
  return whole && states.every((at) => at === "connected");
}

function saysGoodbye({ manager: state }: End): boolean {
  return "extensions" in state ? state.extensions.includes("goodbye") : state.at === "stopped";
}

export function begin(extensions: readonly string[]): State {
  const end = (manager: ManagerState): End => ({ manager, connector: "none", sent: [] });
  const agree = (ours: string, theirs: string): ManagerState => {
    const wanting = { at: "wanting", side: ours } as const;
    return manager.step(wanting, { on: "please", side: theirs, extensions }, random)[0];
  };
  const ends = { leader: end(agree("f", "0")), follower: end(agree("0", "f")) };
  return {
    leader: { ...ends.leader, connector: "looking" },
    follower: { ...ends.follower, connector: "looking" },
    connections: [],
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
    const connection: Connection = { kind, leader: "up", follower: "chosen", broken: false };
    const alive = choose(state, connection);
    const fault = differ(leader, follower) ? "a connection between different generations" : undefined;
    const moved = wants(follower, kind)
      ? [{ how: `the leader chooses a ${kind} connection`, to: alive, ...(fault && { fault }) }]
      : [];
    if (losses === 0) return moved;
    const dead = choose({ ...state, losses: losses - 1 }, { ...connection, follower: "gone" });
    return [...moved, { how: `the leader chooses a ${kind} connection that is dead`, to: dead }];
  });
}

function wants({ connector }: End, kind: Connection["kind"]): boolean {
  return connector === "looking" || (connector === "relayed" && kind === "direct");
}

function differ(a: End, b: End): boolean {
  return generationOf(a) !== generationOf(b);
}

function choose(state: State, connection: Connection): State {
  const connections = [...state.connections.map(retired).filter(isThere), connection];
  const leader = { ...state.leader, connector: connection.kind };
  return happen({ ...state, leader, connections }, "leader", { on: "connected" });
}

function retired(connection: Connection): Connection {
  return connection.leader === "up" ? { ...connection, leader: "retired" } : connection;
}

/** The follower learns that a connection was chosen, or never does. */
function arrivals(state: State): Move[] {
  return state.connections.flatMap((connection, n) => {
    if (connection.follower !== "chosen") return [];
    const connections = state.connections.map((old, i): Connection => {
      if (i === n) return { ...old, follower: "up" };
      return old.follower === "up" ? { ...old, follower: "gone" } : old;
    });
    const connected = happen(
      {
        ...state,
        connections: connections.filter(isThere),
        follower: { ...state.follower, connector: connection.kind },
      },
      "follower",
      {
        on: "connected",
      },
    );
    const fault =
      differ(state.leader, state.follower) && connection.leader === "up"
        ? "a connection that is out of date"
        : undefined;
    const heard = wants(state.follower, connection.kind)
      ? [{ how: `the follower learns of the ${connection.kind} connection`, to: connected, ...(fault && { fault }) }]
      : [];
    if (!connection.broken && connection.leader === "up") return heard;
    return [
      ...heard,
      {
        how: `the follower never learns of the ${connection.kind} connection`,
        to: changed(state, n, { follower: "gone" }),
      },
    ];
  });
}

function changed(state: State, n: number, change: Partial<Connection>): State {
  return {
    ...state,
    connections: state.connections
      .map((connection, i) => (i === n ? { ...connection, ...change } : connection))
      .filter(isThere),
  };
}

function losses(state: State): Move[] {
  if (state.losses === 0) return [];
  return state.connections.flatMap((connection, n) =>
    connection.broken || connection.leader === "gone" || connection.follower === "gone"
      ? []
      : [
          {
            how: `the ${connection.kind} connection breaks`,
            to: changed({ ...state, losses: state.losses - 1 }, n, { broken: true }),
          },
        ],
  );
}

/** One end learns that its connection is lost. */
function news(state: State): Move[] {
  return state.connections.flatMap((connection, n) => [
    ...(connection.leader === "up" && (connection.broken || connection.follower === "gone")
      ? [lose(state, n, "leader")]
      : []),
    ...(connection.follower === "up" && (connection.broken || connection.leader === "gone")
      ? [lose(state, n, "follower")]
      : []),
  ]);
}

function lose(state: State, n: number, name: Name): Move {
  const gone = changed(state, n, { [name]: "gone" });
  const end = gone[name];
  const connector = end.connector === "relayed" ? "looking" : end.connector;
  const to = happen({ ...gone, [name]: { ...end, connector } }, name, { on: "lost" });
  return { how: `the ${name} learns that the ${state.connections[n]?.kind} connection is lost`, to };
}

/** A control message arrives. */
function messages(state: State): Move[] {
  return (["leader", "follower"] as const).flatMap((name) => {
    const from = name === "leader" ? "follower" : "leader";
    const [message, ...rest] = state[from].sent;
    if (message === undefined) return [];
    const event = { on: message === "ask-reconnect" ? "askReconnect" : message } as ManagerEvent;
    return [
      {
        how: `the ${name} receives ${message}`,
        to: happen({ ...state, [from]: { ...state[from], sent: rest } }, name, event),
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

/** Takes a step of one manager, and performs its effects. */
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
    case "send":
      if (end.sent.length >= MAX_QUEUE) return { ...state, wrong: `the ${name} sends more and more` };
      if (effect.message.type === "reconnect" && isUntroubled(state))
        return { ...state, wrong: "a good connection is given up" };
      return { ...state, [name]: { ...end, sent: [...end.sent, effect.message.type] } };
    case "connect":
      return { ...state, [name]: { ...end, connector: "looking" } };
    case "disconnect":
      return {
        ...state,
        [name]: { ...end, connector: "none" },
        connections: state.connections.map((connection) => ({ ...connection, [name]: "gone" })).filter(isThere),
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

function isThere({ leader, follower }: Connection): boolean {
  return leader === "up" || follower !== "gone";
}
