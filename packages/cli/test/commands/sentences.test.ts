/** The sentences about every wait, notice, warning and class of failure. */
import type { TransferError } from "@wormhole-ts/wormhole";
import type { NameWarning, Notice, WaitingFor } from "@wormhole-ts/wormhole/node";
import { describe, expect, it } from "vitest";
import {
  adviceFor,
  asSentence,
  firstWords,
  noticeSentence,
  skippedSentence,
  stillWaiting,
  stillWaitingShort,
  type WaitFacts,
  warningSentence,
  withFlags,
} from "../../src/commands/sentences.ts";

const sender: WaitFacts = { role: "sender", joins: false };
const receiver: WaitFacts = { role: "receiver", joins: true, number: "7" };

/** Every wait at each side: a part of the first words, and a part of the words about a long wait. */
const WAITS: { readonly [W in WaitingFor]: readonly (readonly [WaitFacts, RegExp | undefined, RegExp])[] } = {
  server: [
    [receiver, /^Connecting to the server/, /^No connection to the mailbox server for 2 minutes/],
    [{ ...sender, kind: "folder" }, /^Scanning the folder/, /mailbox server/],
  ],
  peer: [
    [sender, undefined, /^Still waiting for the other side to join \(2 minutes\)\.$/],
    [receiver, /^Waiting for sender\.\.\.$/, /^No sender waits at number 7 \(any more\)\. Check the number/],
    [{ ...receiver, joins: false }, /^Waiting for sender/, /^Still waiting for the other side to join/],
  ],
  proof: [[sender, /^The other side has joined/, /not proved for 2 minutes .* start again with a new code/]],
  offer: [[receiver, /^The other side is connected/, /has offered nothing for 2 minutes\. Is it receiving, too/]],
  answer: [[sender, undefined, /^Still waiting for the other side to answer \(2 minutes\)\. .*verifier\.$/]],
  connection: [[receiver, /^Connecting to the other computer/, /^Still connecting to the other computer/]],
  bytes: [
    [sender, undefined, /^The other side has taken no data for 2 minutes/],
    [receiver, undefined, /^No data has arrived for 2 minutes/],
  ],
  storage: [
    [{ ...receiver, kind: "folder" }, /^Unpacking/, /^Still unpacking \(2 minutes\)/],
    [{ ...receiver, kind: "file" }, /^Storing/, /the disk of this computer/],
  ],
  confirmation: [[sender, undefined, /^Everything is sent\. The other side is still storing it \(2 minutes\)/]],
};

const rows = Object.entries(WAITS).flatMap(([name, waits]) =>
  waits.map((wait) => [name as WaitingFor, ...wait] as const),
);

/** Matches one sentence or several: a capital at the start, one full stop at the end, no line break. */
const SENTENCES = /^[A-Z'][^\n]*[^.]\.$/;

describe("a wait", () => {
  it.each(rows)(
    "for %s is explained after a second, and named again when it is long: %j",
    (waitingFor, facts, first, long) => {
      if (first === undefined) expect(firstWords(waitingFor, facts)).toBeUndefined();
      else expect(firstWords(waitingFor, facts)).toMatch(first);
      const sentence = stillWaiting({ waitingFor, seconds: 125 }, facts);
      expect(sentence).toMatch(long);
      expect(sentence).toMatch(SENTENCES);
    },
  );

  it("has short words that fit into 40 columns, however long it is", () => {
    for (const seconds of [59, 3_599, 100_000, 1_000_000]) {
      expect(stillWaitingShort({ waitingFor: "peer", seconds }).length).toBeLessThan(40);
    }
  });

  it("shows a number that a terminal would obey as text", () => {
    expect(stillWaiting({ waitingFor: "peer", seconds: 60 }, { ...receiver, number: "\u001b[2J" })).toContain(
      "\\x1b[2J",
    );
  });
});

const NOTICES: { readonly [N in Notice["notice"]]: readonly (readonly [Extract<Notice, { notice: N }>, RegExp])[] } = {
  renamed: [
    [{ notice: "renamed", path: "d/aux.c", storedAs: "d/aux_.c" }, /^'d\/aux\.c' is stored as 'd\/aux_\.c'\.$/],
  ],
  grown: [[{ notice: "grown", path: "log" }, /^'log' has grown .*Only the offered bytes were sent\.$/]],
  repeated: [[{ notice: "repeated", files: 13_699, bytes: 897_800_000 }, /13699 files and 897\.8 MB\.$/]],
  unportable: [
    [{ notice: "unportable", count: 1, paths: ["d/a:b"] }, /keep this name .*: 'd\/a:b'\.$/],
    [{ notice: "unportable", count: 9, paths: ["a:b", "b:c", "c:d", "d:e"] }, /9 of the names .*'c:d', …\.$/],
  ],
  "not-kept": [
    [{ notice: "not-kept", path: "f", what: "mode" }, /permissions of 'f'/],
    [{ notice: "not-kept", path: "f", what: "sync" }, /'f' is on the disk/],
  ],
  leftover: [
    [{ notice: "leftover", path: ".x.wormhole-part", bytes: 48_000_000 }, /'\.x\.wormhole-part' \(48\.0 MB\)/],
  ],
  unverified: [[{ notice: "unverified" }, /no checksum/]],
};

describe("a notice", () => {
  it.each(Object.values(NOTICES).flatMap((list): [Notice, RegExp][] => list.map(([notice, words]) => [notice, words])))(
    "%j has a sentence",
    (notice, words) => {
      expect(noticeSentence(notice)).toMatch(words);
      expect(noticeSentence(notice)).toMatch(SENTENCES);
    },
  );

  it("shows the names of the peer as text, and whole", () => {
    const path = `${"x".repeat(400)}\u202eend`;
    expect(noticeSentence({ notice: "renamed", path, storedAs: "y" })).toContain(`'${"x".repeat(400)}\\u{202e}end'`);
  });
});

it("a member that is left out is named with its reason, which ends with one full stop", () => {
  expect(skippedSentence("d/x", "it is a link that leads nowhere.")).toBe(
    "Skipping 'd/x': it is a link that leads nowhere.",
  );
  expect(skippedSentence("d/x", "it is unreadable")).toBe("Skipping 'd/x': it is unreadable.");
});

const WARNINGS: { readonly [W in NameWarning]: RegExp } = {
  hidden: /begins with a dot/,
  executable: /start a program/,
  misleading: /hide or imitate/,
};

it.each(Object.entries(WARNINGS))("the warning %s says why the name deserves a second look", (warning, words) => {
  expect(warningSentence(warning as NameWarning)).toMatch(words);
});

/** The flags that help at each side. */
const ADVICE: { readonly [C in TransferError["code"]]: { sender?: RegExp; receiver?: RegExp } } = {
  transfer: {},
  cancelled: {},
  "cannot-store": { receiver: /-o PATH/ },
  damaged: {},
  "name-refused": { receiver: /-o NAME.*--allow-hidden/ },
  "no-space": { receiver: /-o PATH.*--ignore-space/ },
  rejected: {},
  "source-changed": {},
  stalled: {},
  undecided: {},
  "verifier-rejected": {},
  "wrong-role": {},
};

it.each(Object.entries(ADVICE))(
  "a failure of the class %s names the flags that help, at the side that can use them",
  (code, words) => {
    for (const role of ["sender", "receiver"] as const) {
      const advice = adviceFor(code, role);
      if (words[role] === undefined) expect(advice).toBeUndefined();
      else expect(advice).toMatch(words[role]);
    }
  },
);

it("a failure that is no class of transfers needs no advice", () => {
  expect(adviceFor("server-error", "sender")).toBeUndefined();
});

it.each([
  ["The option `ignoreUnsendable` leaves it out.", "The option --ignore-unsendable-files leaves it out."],
  ["Use `followLinks` or `overwrite`.", "Use --follow-links or --overwrite."],
  ["Set `output`, `allowHidden` or `ignoreSpace`.", "Set -o, --allow-hidden or --ignore-space."],
  ["One of you must run `wormhole send`, not `toString`.", "One of you must run `wormhole send`, not `toString`."],
])("the library's %j is said as %j", (sentence, said) => {
  expect(withFlags(sentence)).toBe(said);
});

it.each([
  ["it is gone", "it is gone."],
  ["it is gone..", "it is gone."],
  ["what?", "what?"],
])("the text %j ends as %j", (text, sentence) => {
  expect(asSentence(text)).toBe(sentence);
});
