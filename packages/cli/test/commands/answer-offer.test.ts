/** The answers to offers, by flags and by people, with made-up questions. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { TransferError } from "@wormhole-ts/wormhole";
import type { NameWarning, OfferChoice, ReceiveResult } from "@wormhole-ts/wormhole/node";
import { describe, expect, it, onTestFinished } from "vitest";
import { OfferAnswers } from "../../src/commands/answer-offer.ts";
import type { EventOf } from "../../src/commands/conversation.ts";
import type { FileOffer } from "../../src/commands/offer.ts";
import { placeOf } from "../../src/commands/place.ts";
import type { ReceiveFlags } from "../../src/flags.ts";
import { Lines } from "../../src/terminal/lines.ts";
import { Questions } from "../../src/terminal/questions.ts";
import { screen } from "../terminal/screen.ts";

type Problem = "cannot-store" | "no-space" | "name-refused";

interface Scene {
  readonly name?: string;
  readonly offeredName?: string;
  readonly warnings?: readonly NameWarning[];
  readonly problem?: Problem;
  /** Whether every choice leaves the problem as it is. */
  readonly isHopeless?: boolean;
  readonly flags?: Partial<ReceiveFlags>;
  readonly environment?: Readonly<Record<string, string>>;
  /** The lines that a person types. */
  readonly typed?: string;
  /** Whether the lines come from a pipe. */
  readonly isPipe?: boolean;
  readonly kind?: "file" | "directory";
}

/** Answers the questions of one offer as the library asks them. Returns what was said and decided. */
async function answered(scene: Scene) {
  const { name = "f.txt", kind = "file", flags = {}, environment = {}, typed = "" } = scene;
  const stdin = new PassThrough();
  const lines = typed.match(/.*\n/g) ?? [];
  const { output, written } = screen({
    onWrite(text) {
      // A person types when a question is on the screen. What is typed before answers nothing.
      const line = text.endsWith("\n") ? "" : lines.shift();
      if (line === undefined) stdin.end();
      else stdin.write(line);
    },
  });
  const host = { stdin, stderr: new PassThrough(), isInteractive: scene.isPipe !== true };
  const questions = new Questions(new Lines(() => stdin), output, host);
  const context = { host, output, questions, environment, signal: new AbortController().signal };
  const given = { listen: true, ...flags };
  const answers = new OfferAnswers(given, placeOf(given.outputFile, environment), context);
  const sizes = { size: 12, ...(kind === "directory" ? { unpackedSize: 12, files: 1 } : {}) };
  const offer = { kind, name, ...sizes } as FileOffer;
  const decisions: (OfferChoice | string)[] = [];
  let isOpen: boolean = true;
  let problem = scene.problem;
  for (let round = 0; isOpen && round < 5; round++) {
    isOpen = false;
    const question: EventOf<ReceiveResult, "offer"> & { offer: FileOffer } = {
      type: "offer",
      offer,
      offeredName: scene.offeredName ?? name,
      warnings: scene.warnings ?? [],
      ...(problem === undefined
        ? {}
        : { problem: new TransferError(`It is a problem: ${problem}.`, { code: problem }) }),
      accept(choice) {
        decisions.push(choice ?? "accept");
        isOpen = problem !== undefined && choice !== undefined && scene.isHopeless === true;
        if (scene.isHopeless !== true) problem = undefined;
      },
      reject: (reason) => void decisions.push(reason ?? "reject"),
    };
    await answers.answer(question, new AbortController().signal);
  }
  return { decisions, said: written.stderr, refusal: answers.refusal, problem: answers.problem };
}

const YES = ["accept"];
const NO = ["reject"];

describe("a plain offer", () => {
  it.each<[string, Scene, readonly unknown[]]>([
    ["Enter accepts", { typed: "\n" }, YES],
    ["y accepts", { typed: "y\n" }, YES],
    ["n declines", { typed: "n\n" }, NO],
    ["the end of the input declines", { typed: "" }, NO],
    ["--accept-file accepts", { flags: { acceptFile: true } }, YES],
    ["the environment accepts", { environment: { WORMHOLE_ACCEPT_FILE: "1" } }, YES],
    ["--only-text declines", { flags: { onlyText: true, acceptFile: true } }, ["this side receives text only"]],
  ])("%s", async (_, scene, expected) => {
    expect((await answered(scene)).decisions).toEqual(expected);
  });

  it("is shown with the name that the sender gave, and the place where it goes", async () => {
    const { said } = await answered({ offeredName: "../../\u001bx.txt", name: "x.txt", typed: "\n" });
    expect(said).toContain("Receiving file '../../\\x1bx.txt' (12 Bytes) into: 'x.txt'\n");
  });

  it.each([
    ["other.txt", "into: 'other.txt'"],
    ["-", "into: standard output"],
    [tmpdir(), `into: '${join(tmpdir(), "f.txt")}'`],
  ])("with -o %s is shown as: %s", async (outputFile, words) => {
    const { said } = await answered({ flags: { outputFile }, typed: "\n" });
    expect(said).toContain(`Receiving file 'f.txt' (12 Bytes) ${words}\n`);
  });

  it("shows a path of any length whole", async () => {
    const outputFile = `/tmp/${"x".repeat(240)}`;
    expect((await answered({ flags: { outputFile }, typed: "\n" })).said).toContain(`into: '${outputFile}'\n`);
  });
});

describe("a name that deserves a second look", () => {
  const hidden = { name: ".bashrc", warnings: ["hidden"] } as const;
  it.each<[string, Scene, readonly unknown[]]>([
    ["Enter is not enough", { ...hidden, typed: "\n" }, NO],
    ["y is not enough", { ...hidden, typed: "y\n" }, NO],
    ["the whole word accepts", { ...hidden, typed: "y\nyes\n" }, YES],
    ["the whole word accepts in a pipe, too", { ...hidden, typed: "yes\n", isPipe: true }, YES],
    ["no declines", { ...hidden, typed: "no\n" }, NO],
    ["--accept-file alone refuses", { ...hidden, flags: { acceptFile: true } }, ["name-refused"]],
    ["the environment alone refuses", { ...hidden, environment: { WORMHOLE_ACCEPT_FILE: "1" } }, ["name-refused"]],
    ["--allow-hidden with --accept-file accepts", { ...hidden, flags: { acceptFile: true, allowHidden: true } }, YES],
    ["--allow-hidden leaves the usual question", { ...hidden, flags: { allowHidden: true }, typed: "\n" }, YES],
    [
      "an executable name is refused unattended",
      { name: "a.desktop", warnings: ["executable"], flags: { acceptFile: true } },
      ["name-refused"],
    ],
    [
      "a misleading folder is refused unattended",
      { kind: "directory", warnings: ["misleading"], flags: { acceptFile: true } },
      ["name-refused"],
    ],
  ])("%s", async (_, scene, expected) => {
    expect((await answered(scene)).decisions).toEqual(expected);
  });

  it("is explained before the question, and a refusal names the ways out", async () => {
    expect((await answered({ ...hidden, typed: "yes\n" })).said).toMatch(
      /Caution: The name begins with a dot.*\n.*whole word yes/,
    );
    const { refusal } = await answered({ ...hidden, flags: { acceptFile: true } });
    expect(refusal?.message).toMatch(/because of its name\..*--accept-file.*--allow-hidden/);
  });
});

describe("a problem of the place", () => {
  const taken = () => {
    const folder = mkdtempSync(join(tmpdir(), "wormhole-answer-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    writeFileSync(join(folder, "f.txt"), "old");
    return { outputFile: folder };
  };
  it.each<[string, Scene, readonly unknown[]]>([
    ["r and a name stores it there", { problem: "cannot-store", typed: "r\ng.txt\n" }, [{ output: "g.txt" }]],
    ["rename is the same", { problem: "name-refused", typed: "rename\ng.txt\n" }, [{ output: "g.txt" }]],
    ["n declines", { problem: "cannot-store", typed: "n\n" }, NO],
    ["an answer that is not understood is asked again", { problem: "cannot-store", typed: "maybe\nx\n\nn\n" }, NO],
    ["the end of the input declines", { problem: "cannot-store", typed: "" }, NO],
    ["an empty name is asked again", { problem: "cannot-store", typed: "r\n\n \ng\n" }, [{ output: "g" }]],
    ["too little space can be tried", { problem: "no-space", typed: "t\n" }, [{ ignoreSpace: true }]],
    [
      "--ignore-space tries it",
      { problem: "no-space", flags: { acceptFile: true, ignoreSpace: true } },
      [{ ignoreSpace: true }],
    ],
    [
      "--ignore-space asks the usual question",
      { problem: "no-space", flags: { ignoreSpace: true }, typed: "\n" },
      [{ ignoreSpace: true }],
    ],
    ["overwriting is not offered if nothing is there", { problem: "cannot-store", typed: "o\nn\n" }, NO],
    ["unattended, the transfer ends with it", { problem: "cannot-store", flags: { acceptFile: true } }, YES],
    ["without a terminal, the transfer ends with it", { problem: "no-space", typed: "t\n", isPipe: true }, YES],
    [
      "--ignore-space does not go on for ever",
      { problem: "no-space", isHopeless: true, flags: { acceptFile: true, ignoreSpace: true } },
      [{ ignoreSpace: true }, "accept"],
    ],
    [
      "a choice that does not help is asked again",
      { problem: "cannot-store", isHopeless: true, typed: "r\na/b\nn\n" },
      [{ output: "a/b" }, "reject"],
    ],
  ])("%s", async (_, scene, expected) => {
    expect((await answered(scene)).decisions).toEqual(expected);
  });

  it("that is a file of the same name can be overwritten, and a folder cannot", async () => {
    const scene = { problem: "cannot-store", flags: taken(), typed: "o\nn\n" } as const;
    expect(await answered(scene)).toMatchObject({
      decisions: [{ overwrite: true }],
      said: expect.stringContaining("(o)verwrite"),
    });
    expect(await answered({ ...scene, kind: "directory" })).toMatchObject({
      decisions: NO,
      said: expect.not.stringContaining("(o)verwrite"),
    });
  });

  it("is told in a sentence, and is known afterwards if there was no person to ask", async () => {
    expect((await answered({ problem: "no-space", typed: "n\n" })).said).toContain("\nIt is a problem: no-space.\n");
    expect((await answered({ problem: "no-space", flags: { acceptFile: true } })).problem?.code).toBe("no-space");
  });

  it("comes after the question about the name, which is asked once", async () => {
    const scene = {
      problem: "cannot-store",
      warnings: ["hidden"],
      isHopeless: true,
      typed: "yes\nr\na\nr\nb\nn\n",
    } as const;
    const { decisions, said } = await answered(scene);
    expect(decisions).toEqual([{ output: "a" }, { output: "b" }, "reject"]);
    expect(said.match(/whole word/g)).toHaveLength(1);
  });
});
