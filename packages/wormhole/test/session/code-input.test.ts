/** The `CodeInput` of `inputCode()`: which calls are allowed at each stage. */
import { beforeEach, describe, expect, it } from "vitest";
import {
  AlreadyChoseNameplateError,
  AlreadyChoseWordsError,
  type CodeInput,
  createWormhole,
  KeyFormatError,
  LonelyError,
  MustChooseNameplateFirstError,
  type Wormhole,
  WormholeClosedError,
  type WormholeError,
} from "../../src/index.ts";
import { World } from "./world.ts";

const STAGES = [
  "before the server has answered",
  "before the nameplate",
  "after the nameplate",
  "after the words",
] as const;
type Stage = (typeof STAGES)[number];

let world: World;
let wormhole: Wormhole;

beforeEach(() => {
  world = new World();
  wormhole = createWormhole(world.options());
});

/** Makes other wormholes wait at these nameplates. */
async function occupy(...nameplates: string[]): Promise<void> {
  for (const nameplate of nameplates) createWormhole(world.options()).setCode(`${nameplate}-words`);
  await world.settle();
}

async function inputAt(stage: Stage): Promise<CodeInput> {
  await occupy("1", "12", "13", "24", "170");
  const input = wormhole.inputCode();
  if (stage === STAGES[0]) return input;
  await world.settle();
  if (stage === STAGES[1]) return input;
  input.chooseNameplate("12");
  if (stage === STAGES[3]) input.chooseWords("purple-sausages");
  return input;
}

type Answer = Set<string> | undefined | (new () => WormholeError);
const calls: { call: string; run: (input: CodeInput) => unknown; answers: Answer[] }[] = [
  {
    call: "refreshNameplates()",
    run: (input) => input.refreshNameplates(),
    answers: [undefined, undefined, AlreadyChoseNameplateError, AlreadyChoseNameplateError],
  },
  {
    call: 'getNameplateCompletions("1")',
    run: (input) => input.getNameplateCompletions("1"),
    answers: [new Set(), new Set(["1-", "12-", "13-", "170-"]), AlreadyChoseNameplateError, AlreadyChoseNameplateError],
  },
  {
    call: 'chooseNameplate("7")',
    run: (input) => input.chooseNameplate("7"),
    answers: [undefined, undefined, AlreadyChoseNameplateError, AlreadyChoseNameplateError],
  },
  {
    call: 'getWordCompletions("su")',
    run: (input) => input.getWordCompletions("su"),
    answers: [
      MustChooseNameplateFirstError,
      MustChooseNameplateFirstError,
      new Set(["supportive-", "surrender-", "suspicious-"]),
      AlreadyChoseWordsError,
    ],
  },
  {
    call: 'chooseWords("a-b")',
    run: (input) => input.chooseWords("a-b"),
    answers: [MustChooseNameplateFirstError, MustChooseNameplateFirstError, undefined, AlreadyChoseWordsError],
  },
];
const rows = calls.flatMap(({ call, run, answers }) =>
  answers.map((answer, at) => ({ call, run, answer, stage: STAGES[at] ?? STAGES[0] })),
);

describe("a CodeInput", () => {
  // proves: api/choose-words, api/nameplate-completions, api/nameplate-once, api/words-in-order
  it.each(rows)("$call $stage", async ({ run, answer, stage }) => {
    const input = await inputAt(stage);
    if (typeof answer === "function") expect(() => run(input)).toThrow(answer);
    else expect(run(input)).toEqual(answer);
  });

  // proves: api/wordlist-wait
  it.each(STAGES)("whenWordlistIsAvailable() %s", async (stage) => {
    const input = await inputAt(stage);
    let available = false;
    void input.whenWordlistIsAvailable().then(() => {
      available = true;
    });
    await world.settle();
    expect(available).toBe(stage === "after the nameplate" || stage === "after the words");
    if (available) return;
    input.chooseNameplate("7");
    await input.whenWordlistIsAvailable();
  });

  it.each(["", "one", " 7", "7 ", "7-", "+7", "\u0664"])(
    // proves: api/bad-code
    "refuses the nameplate %j, and accepts another one",
    async (bad) => {
      const input = await inputAt("before the nameplate");
      expect(() => input.chooseNameplate(bad)).toThrow(KeyFormatError);
      input.chooseNameplate("7");
    },
  );

  // proves: api/choose-words
  it.each(["", "two words", "a\tb", "a-b\n"])("refuses the words %j, and accepts others", async (bad) => {
    const input = await inputAt("after the nameplate");
    expect(() => input.chooseWords(bad)).toThrow(KeyFormatError);
    input.chooseWords("purple-sausages");
    expect(await wormhole.getCode()).toBe("12-purple-sausages");
  });

  // proves: api/refresh
  it("asks the server one question at a time", async () => {
    const input = await inputAt("before the server has answered");
    for (let i = 0; i < 5; i++) input.refreshNameplates();
    await world.settle();
    const asked = () => world.server.received.filter(({ type }) => type === "list").length;
    expect(asked()).toBe(1);
    await occupy("99");
    expect(input.getNameplateCompletions("9")).toEqual(new Set());
    input.refreshNameplates();
    input.refreshNameplates();
    await world.settle();
    expect(asked()).toBe(2);
    expect(input.getNameplateCompletions("9")).toEqual(new Set(["99-"]));
  });

  // proves: session/one-code, api/choose-nameplate
  it("claims nothing before the words are chosen", async () => {
    const input = await inputAt("before the nameplate");
    const claimed = () =>
      world.server.received.filter(({ type, nameplate }) => type === "claim" && nameplate === "7").length;
    input.chooseNameplate("7");
    await world.settle();
    expect(claimed()).toBe(0);
    input.chooseWords("a-b");
    await world.settle();
    expect(claimed()).toBe(1);
  });

  // proves: api/wordlist-wait
  it.each(["before the nameplate", "after the nameplate"] as const)("ends with its wormhole: %s", async (stage) => {
    const input = await inputAt(stage);
    const wordlist = input.whenWordlistIsAvailable();
    const closed = wormhole.close();
    if (stage === "before the nameplate") expect(() => input.chooseNameplate("7")).toThrow(WormholeClosedError);
    else expect(() => input.chooseWords("a-b")).toThrow(WormholeClosedError);
    await expect(closed).rejects.toThrow(LonelyError);
    if (stage === "before the nameplate") await expect(wordlist).rejects.toThrow(LonelyError);
    else await wordlist;
  });
});
