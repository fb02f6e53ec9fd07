/** The command lines with which each program sends and receives: ours and its peers, behind one interface. */
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Found, found, type PeerName, peers } from "./peers.ts";

/** The conditions under which a program takes part in a transfer. */
export interface Conditions {
  /** The mailbox server, `ws://HOST:PORT/v1`. */
  readonly mailbox: string;
  /** The transit relay, `HOST:PORT`. */
  readonly relay: string;
  readonly way: Way;
  /** If it is missing, the sender has one allocated. */
  readonly code?: string;
}

/** Whether the data goes over a direct connection or through the relay. */
export type Way = "direct" | "relay";
/** The content of a transfer. */
export type Content = { readonly text: string } | { readonly path: string };

/** A program that can send and receive. */
export interface Program {
  readonly title: string;
  readonly found: Found;
  /** The command that sends. */
  send(conditions: Conditions, content: Content): string[];
  /** The command that receives into its working directory. Without `accept`, it asks first. */
  receive(conditions: Conditions & { readonly code: string }, accept: boolean): string[];
  /** The text that it writes to standard output if it has received this one. */
  prints(text: string): string;
}

/** The root folder of the checkout. */
export const root = fileURLToPath(new URL("../..", import.meta.url));

const option = (name: string, value: string | undefined) => (value === undefined ? [] : [name, value]);
const flag = (name: string, on: boolean) => (on ? [name] : []);
const pathOf = (found: Found) => ("program" in found ? found.program : "");
const asLine = (text: string) => `${text}\n`;
/** As a Python literal, in which invisible characters are escaped. */
const escaped = (text: string) => asLine(JSON.stringify(text).slice(1, -1));
const unchanged = (text: string) => text;

/** A program with the same options as the Python program. */
function pythonic(title: string, found: Found, prints: Program["prints"], runner: readonly string[] = []): Program {
  const head = ({ mailbox, relay }: Conditions) => [
    ...[...runner, pathOf(found), "--relay-url", mailbox, "--transit-helper", `tcp:${relay}`],
  ];
  const tail = ({ way }: Conditions) => ["--hide-progress", ...flag("--no-listen", way === "relay")];
  return {
    title,
    found,
    prints,
    send: (conditions, content) => [
      ...[...head(conditions), "send", ...tail(conditions), ...option("--code", conditions.code)],
      ...("text" in content ? ["--text", content.text] : [content.path]),
    ],
    receive: (conditions, accept) => [
      ...[...head(conditions), "receive", ...tail(conditions), ...flag("--accept-file", accept), conditions.code],
    ],
  };
}

const peer = (name: PeerName) => ({ title: peers[name].title, found: found(name) });

/** The Python program. */
export const python = pythonic(peers.python.title, found("python"), escaped);
/** An old version of the Python program. */
export const pythonOld = pythonic(peers["python-old"].title, found("python-old"), asLine);

const goHead = ({ mailbox }: Conditions) => [pathOf(go.found), "--relay-url", mailbox];

/**
 * The Go program. It always asks before it receives. Its relay is built in, so the hosts file that
 * `test/interop/run.ts` makes leads the name of that relay to ours.
 */
export const go: Program = {
  ...peer("go"),
  prints: asLine,
  send: (conditions, content) => [
    ...[...goHead(conditions), "send", "--hide-progress", ...option("--code", conditions.code)],
    ...("text" in content ? ["--text", content.text] : [content.path]),
  ],
  receive: (conditions) => [...goHead(conditions), "receive", "--hide-progress", conditions.code],
};

const rustServers = ({ mailbox, relay, way }: Conditions) => [
  ...["--rendezvous-server", mailbox, "--relay-server", `tcp://${relay}`],
  way === "relay" ? "--force-relay" : "--force-direct",
];

/** The Rust program. It cannot send a text. */
export const rust: Program = {
  ...peer("rust"),
  prints: asLine,
  send: (conditions, content) => [
    ...[pathOf(rust.found), "send", ...rustServers(conditions), "--no-qr", ...option("--code", conditions.code)],
    "path" in content ? content.path : "",
  ],
  receive: (conditions, accept) => [
    ...[pathOf(rust.found), "receive", ...rustServers(conditions), ...flag("--noconfirm", accept), conditions.code],
  ],
};

const script = join(root, "packages/cli/bin/wormhole.js");
const built: Found = existsSync(script)
  ? { program: script }
  : { missing: "not built, run `npm run build`", excused: false };

/** Our program as it was built, on the project's own Node. */
export const ours = pythonic("ours", built, unchanged, [process.execPath]);

/** Our program on the Node that is installed on this machine, which is usually older. */
export function oursOnSystemNode(): Program {
  const folders = (process.env.PATH ?? "").split(delimiter).filter((folder) => !folder.includes("node_modules"));
  const node = folders.map((folder) => join(folder, "node")).find((file) => existsSync(file));
  const title = "ours on the system's Node";
  if (!node) return pythonic(title, { missing: "no other Node is on the PATH", excused: true }, unchanged);
  return pythonic(title, built, unchanged, [node]);
}
