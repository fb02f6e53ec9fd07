/** How each program is told to send and to receive: ours and its peers, behind one interface. */
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Found, found, type PeerName, peers } from "./peers.ts";

/** One end of a transfer. */
export interface Errand {
  /** The mailbox server, `ws://HOST:PORT/v1`. */
  readonly mailbox: string;
  /** The transit relay, `HOST:PORT`. */
  readonly relay: string;
  readonly way: Way;
  /** A sender without one has it allocated. */
  readonly code?: string;
}

/** How the data is to go. */
export type Way = "direct" | "relay";
export type Cargo = { readonly text: string } | { readonly path: string };

export interface Program {
  readonly title: string;
  readonly found: Found;
  /** The command that sends. */
  send(errand: Errand, cargo: Cargo): string[];
  /** The command that receives into its working directory; without `accept`, it asks first. */
  receive(errand: Errand & { readonly code: string }, accept: boolean): string[];
  /** What it writes to its standard output when it has received a text. */
  prints(text: string): string;
}

/** The checkout. */
export const root = fileURLToPath(new URL("../..", import.meta.url));

const option = (name: string, value: string | undefined) => (value === undefined ? [] : [name, value]);
const flag = (name: string, on: boolean) => (on ? [name] : []);
const pathOf = (found: Found) => ("program" in found ? found.program : "");
const asLine = (text: string) => `${text}\n`;
/** As a Python literal: what would not be seen on a terminal is spelled out. */
const escaped = (text: string) => asLine(JSON.stringify(text).slice(1, -1));
const untouched = (text: string) => text;

/** A program with the options of the Python program. */
function pythonic(title: string, found: Found, prints: Program["prints"], runner: readonly string[] = []): Program {
  const head = ({ mailbox, relay }: Errand) => [
    ...[...runner, pathOf(found), "--relay-url", mailbox, "--transit-helper", `tcp:${relay}`],
  ];
  const tail = ({ way }: Errand) => ["--hide-progress", ...flag("--no-listen", way === "relay")];
  return {
    title,
    found,
    prints,
    send: (errand, cargo) => [
      ...[...head(errand), "send", ...tail(errand), ...option("--code", errand.code)],
      ...("text" in cargo ? ["--text", cargo.text] : [cargo.path]),
    ],
    receive: (errand, accept) => [
      ...[...head(errand), "receive", ...tail(errand), ...flag("--accept-file", accept), errand.code],
    ],
  };
}

const peer = (name: PeerName) => ({ title: peers[name].title, found: found(name) });

export const python = pythonic(peers.python.title, found("python"), escaped);
export const pythonOld = pythonic(peers["python-old"].title, found("python-old"), asLine);

const goHead = ({ mailbox }: Errand) => [pathOf(go.found), "--relay-url", mailbox];

/** It always asks, and can name no relay: its own, built in, is led to ours by the hosts file that `run.ts` makes. */
export const go: Program = {
  ...peer("go"),
  prints: asLine,
  send: (errand, cargo) => [
    ...[...goHead(errand), "send", "--hide-progress", ...option("--code", errand.code)],
    ...("text" in cargo ? ["--text", cargo.text] : [cargo.path]),
  ],
  receive: (errand) => [...goHead(errand), "receive", "--hide-progress", errand.code],
};

const rustServers = ({ mailbox, relay, way }: Errand) => [
  ...["--rendezvous-server", mailbox, "--relay-server", `tcp://${relay}`],
  way === "relay" ? "--force-relay" : "--force-direct",
];

/** Its command line sends no text. */
export const rust: Program = {
  ...peer("rust"),
  prints: asLine,
  send: (errand, cargo) => [
    ...[pathOf(rust.found), "send", ...rustServers(errand), "--no-qr", ...option("--code", errand.code)],
    "path" in cargo ? cargo.path : "",
  ],
  receive: (errand, accept) => [
    ...[pathOf(rust.found), "receive", ...rustServers(errand), ...flag("--noconfirm", accept), errand.code],
  ],
};

const script = join(root, "packages/cli/bin/wormhole.js");
const built: Found = existsSync(script)
  ? { program: script }
  : { missing: "not built; `npm run build` builds it", excused: false };

/** Our program as it was built, on the checkout's own Node. */
export const ours = pythonic("ours", built, untouched, [process.execPath]);

/** The same on the Node that the machine has outside the checkout: an older one, most likely. */
export function oursOnSystemNode(): Program {
  const folders = (process.env.PATH ?? "").split(delimiter).filter((folder) => !folder.includes("node_modules"));
  const node = folders.map((folder) => join(folder, "node")).find((file) => existsSync(file));
  const title = "ours on the system's Node";
  if (!node) return pythonic(title, { missing: "there is no other Node on the PATH", excused: true }, untouched);
  return pythonic(title, built, untouched, [node]);
}
