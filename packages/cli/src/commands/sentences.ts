/**
 * The sentences about everything that can happen in a transfer: each wait, notice, warning and class of failure has its
 * own. A new member of one of these types does not compile without a sentence.
 */
import { printable, type TransferError } from "@wormhole-ts/wormhole";
import type { NameWarning, Notice, TransferEvent, WaitingFor } from "@wormhole-ts/wormhole/node";
import { count, size } from "../terminal/size.ts";
import { quoted, spanInWords } from "../terminal/words.ts";

/** The part that this side has in a transfer. */
export type Role = "sender" | "receiver";

/** What the sentences about a wait have to know. */
export interface WaitFacts {
  readonly role: Role;
  /** Whether the peer made the code, so that it should be waiting already. */
  readonly joins: boolean;
  /** The number of the code, once it is known. */
  readonly number?: string | undefined;
  /** What is sent or received, once it is known. */
  readonly kind?: "text" | "file" | "folder" | undefined;
}

/** A wait: what is said once it has lasted a second, if anything, and what is said about a long one. */
interface Wait {
  readonly first: (facts: WaitFacts) => string | undefined;
  readonly long: (facts: WaitFacts, span: string) => string;
}

const WAITS: { readonly [W in WaitingFor]: Wait } = {
  server: {
    first: ({ kind }) =>
      kind === "folder" ? "Scanning the folder, and connecting to the server..." : "Connecting to the server...",
    long: (_, span) => `No connection to the mailbox server for ${span}. Still trying.`,
  },
  peer: {
    first: ({ role }) => (role === "receiver" ? "Waiting for sender..." : undefined),
    long: ({ joins, number }, span) =>
      joins
        ? `No sender waits at number ${printable(number ?? "?")} (any more). Check the number with the other person. Still waiting (${span}).`
        : `Still waiting for the other side to join (${span}).`,
  },
  proof: {
    first: () => "The other side has joined. Waiting until it has proved that it has the same code...",
    long: (_, span) =>
      `The other side has joined, but has not proved for ${span} that it has the same code. If it has stopped, start again with a new code.`,
  },
  offer: {
    first: () => "The other side is connected. Waiting for its offer...",
    long: (_, span) =>
      `The other side is connected, but has offered nothing for ${span}. Is it receiving, too? It may also still compare the verifier.`,
  },
  answer: {
    first: () => undefined,
    long: (_, span) => `Still waiting for the other side to answer (${span}). It may also still compare the verifier.`,
  },
  connection: {
    first: () => "Connecting to the other computer...",
    long: (_, span) => `Still connecting to the other computer (${span}).`,
  },
  bytes: {
    first: () => undefined,
    long: ({ role }, span) =>
      role === "sender"
        ? `The other side has taken no data for ${span}. Still waiting.`
        : `No data has arrived for ${span}. Still waiting.`,
  },
  storage: {
    first: ({ kind }) => (kind === "folder" ? "Unpacking..." : "Storing..."),
    long: ({ kind }, span) =>
      kind === "folder" ? `Still unpacking (${span}).` : `Still waiting for the disk of this computer (${span}).`,
  },
  confirmation: {
    first: () => undefined,
    long: (_, span) => `Everything is sent. The other side is still storing it (${span}).`,
  },
};

/** The sentence for a wait that has lasted a second. Undefined if another sentence has explained it already. */
export const firstWords = (waitingFor: WaitingFor, facts: WaitFacts): string | undefined =>
  WAITS[waitingFor].first(facts);

/** The part of an event `stalled` that its sentences are about. */
type Stalled = Pick<Extract<TransferEvent<never>, { type: "stalled" }>, "waitingFor" | "seconds">;

/** The sentence for an event `stalled`. */
export const stillWaiting = ({ waitingFor, seconds }: Stalled, facts: WaitFacts): string =>
  WAITS[waitingFor].long(facts, spanInWords(seconds));

/** The sentence for an event `stalled` that ends a wait for the server. */
export const SERVER_IS_BACK = "The mailbox server can be reached again.";

/** The sentence for an event `stalled` whose reason is on the screen already. It fits into 40 columns. */
export const stillWaitingShort = ({ seconds }: Stalled): string => `Still waiting (${spanInWords(seconds)}).`;

/** Columns of a path as the peer has it. Those of a system fit; a peer can make longer ones. */
const OFFERED_WIDTH = 4096;
const offered = (path: string): string => `'${printable(path, { width: OFFERED_WIDTH })}'`;

type NoticeSentences = { readonly [N in Notice["notice"]]: (notice: Extract<Notice, { notice: N }>) => string };

const NOTICES: NoticeSentences = {
  renamed: ({ path, storedAs }) => `${offered(path)} is stored as ${quoted(storedAs)}.`,
  grown: ({ path }) => `${quoted(path)} has grown since it was offered. Only the offered bytes were sent.`,
  repeated: ({ files, bytes }) =>
    `Links reach files a second time, so the folder becomes larger than it is on this disk, by ${count(files, "file")} and ${size(bytes)}.`,
  unportable: ({ count: names, paths }) =>
    `Windows or macOS cannot keep ${names === 1 ? "this name" : `${names} of the names`} and would store something else: ${someOf(paths, names)}.`,
  "not-kept": ({ path, what }) =>
    what === "mode"
      ? `The permissions of ${quoted(path)} could not be kept here.`
      : `The system does not confirm that ${quoted(path)} is on the disk already.`,
  leftover: ({ path, bytes }) =>
    `An earlier, interrupted transfer has left ${quoted(path)} (${size(bytes)}). It can be removed.`,
  unverified: () => "The other side sent no checksum, so its copy was not compared.",
};

/** The first three of `total` paths, with a sign if there are more. */
const someOf = (paths: readonly string[], total: number): string =>
  paths.slice(0, 3).map(quoted).join(", ") + (total > 3 ? ", …" : "");

/** The sentence for a notice. */
export function noticeSentence(notice: Notice): string {
  // The compiler cannot see that the sentence under a name takes the notices of that name.
  const sentence = NOTICES[notice.notice] as (notice: Notice) => string;
  return sentence(notice);
}

/** The sentence for a member of a folder that is left out. */
export const skippedSentence = (path: string, reason: string): string =>
  `Skipping ${offered(path)}: ${asSentence(printable(reason))}`;

/** What an event tells that may come thousands of times, once for each member of a folder. */
export type Listed = Notice["notice"] | "skipped";

/** The sentence about those that are not listed one by one. */
export function moreSentence(listed: Listed, more: number): string {
  if (listed === "skipped") return `And ${more} more ${more === 1 ? "was" : "were"} skipped.`;
  if (listed === "renamed") return `And ${more} more ${more === 1 ? "is" : "are"} stored under another name.`;
  return `And ${more} more of these.`;
}

const WARNINGS: { readonly [W in NameWarning]: string } = {
  hidden: "The name begins with a dot: listings do not show it, and programs may read it as their settings.",
  executable: "Opening it can start a program, or programs obey a file of this name.",
  misleading: "The name has characters that hide or imitate a part of it.",
};

/** The sentence for a warning about an offered name. */
export const warningSentence = (warning: NameWarning): string => `Caution: ${WARNINGS[warning]}`;

/** What the flags of this command can do about a failure on this side. */
const ADVICE: { readonly [C in TransferError["code"]]: Partial<Readonly<Record<Role, string>>> } = {
  transfer: {},
  cancelled: {},
  "cannot-store": { receiver: "-o PATH chooses another place, and --overwrite replaces a file that is there." },
  damaged: {},
  "name-refused": { receiver: "Choose another name with -o NAME, or take such names with --allow-hidden." },
  "no-space": { receiver: "Choose another place with -o PATH, or try it anyway with --ignore-space." },
  rejected: {},
  "source-changed": {},
  stalled: {},
  undecided: {},
  "verifier-rejected": {},
  "wrong-role": {},
};

/** A sentence about the flags that help after this failure; undefined if no flag helps. */
export function adviceFor(code: string, role: Role): string | undefined {
  return Object.hasOwn(ADVICE, code) ? ADVICE[code as keyof typeof ADVICE][role] : undefined;
}

/** The flags of this command for the options of the library, as its sentences name them. */
const FLAGS: Readonly<Record<string, string>> = {
  allowHidden: "--allow-hidden",
  followLinks: "--follow-links",
  ignoreSpace: "--ignore-space",
  ignoreUnsendable: "--ignore-unsendable-files",
  output: "-o",
  overwrite: "--overwrite",
};

/** A sentence of the library, with this command's flags in place of the library's options. */
export const withFlags = (sentence: string): string =>
  sentence.replace(/`(\w+)`/g, (named, option: string) =>
    Object.hasOwn(FLAGS, option) ? (FLAGS[option] ?? named) : named,
  );

/** Ends a text with one full stop, however many it has. */
export function asSentence(text: string): string {
  return /[!?…]$/.test(text) ? text : `${text.replace(/[.\s]+$/, "")}.`;
}
