/** Codes that look mistyped, at every source: while the person has not decided, nothing reaches the mailbox server. */
import { describe, expect, it } from "vitest";
import { errorLine, type Run, World } from "../world.ts";

const PROMPT = /Enter receive wormhole code: $/;

/** A sender that waits with the usual code, and the number of messages that its server has received. */
async function waiting() {
  const world = new World();
  const sender = await world.wormhole(["send", "--code", "7-guitarist-revenge", "--text", "hello"]);
  await sender.code();
  return { world, sender };
}

async function stop(run: Run): Promise<void> {
  run.kill("SIGTERM");
  await run.outcome;
}

/** Texts, and what the refusal of each contains. */
const DOUBTFUL: readonly (readonly [text: string, words: RegExp])[] = [
  ["7-guitarist-revengee", /Did you mean 7-guitarist-revenge\?/],
  ["7-revenge-guitarist", /Did you mean 7-guitarist-revenge\?/],
  ["7-7-guitarist-revenge", /Did you mean 7-guitarist-revenge\?/],
  ["7-guitaristrevenge", /Did you mean 7-guitarist-revenge\?/],
  ["7-guitarist-reve", /Did you mean 7-guitarist-revenge\?/],
  ["12-7-guitarist-revenge", /Did you mean 7-guitarist-revenge or 127-guitarist-revenge\?/],
  ["7-my-own-secret.", /Did you mean 7-my-own-secret\?/],
];

describe("without a terminal, a code that looks mistyped is refused, and --exact-code uses it", () => {
  it.each(DOUBTFUL)("as an argument: %s", async (text, words) => {
    const { world, sender } = await waiting();
    const before = world.mailbox.received.length;
    const { status, stderr } = await (await world.wormhole(["receive", text])).outcome;
    expect([status, world.mailbox.received.length]).toEqual([2, before]);
    expect(stderr).toMatch(errorLine(words));
    expect(stderr).toContain("--exact-code");
    await stop(sender);
  });

  it.each(DOUBTFUL)("from a pipe, a file and a sender's --code: %s", async (text, words) => {
    const world = new World();
    const runs = [
      await world.wormhole(["receive"], { input: `${text}\n` }),
      await world.wormhole(["receive", "--code", "-"], { input: `\n${text}\n` }),
      await world.wormhole(["send", "--text", "x", "--code", text]),
    ];
    for (const run of runs) {
      expect(await run.outcome).toMatchObject({ status: 2, stderr: expect.stringMatching(errorLine(words)) });
    }
    expect(world.mailbox.received).toEqual([]);
  });

  it.each(["7-guitarist-xyzzy", "7-adroitness-guitarist"])(
    "without a proposal, a receiver refuses it, and a sender has made it up: %s",
    async (code) => {
      const world = new World();
      const { status, stderr } = await (await world.wormhole(["receive", code])).outcome;
      expect([status, world.mailbox.received]).toEqual([2, []]);
      expect(stderr).toMatch(errorLine(/programs do not choose such words/));
      const sender = await world.wormhole(["send", "--code", code, "--text", "hello"]);
      await sender.code();
      await stop(sender);
    },
  );

  it("--exact-code changes nothing at either side", async () => {
    const world = new World();
    const sender = await world.wormhole([
      "send",
      "--exact-code",
      "--code",
      "07-Guitarist-revengee.",
      "--text",
      "hello",
    ]);
    expect(await sender.code()).toBe("07-Guitarist-revengee.");
    const receiver = await world.wormhole(["receive", "--exact-code", "07-Guitarist-revengee."]);
    expect((await receiver.outcome).stdout).toBe("hello");
  });
});

describe("on a terminal, an argument that looks mistyped is asked about", () => {
  it.each([["y"], [""], ["what\nyes"]])("%j takes the proposal", async (answers) => {
    const { world } = await waiting();
    const receiver = await world.wormhole(["receive", "7-guitarist-revengee"], { isInteractive: true });
    for (const [index, answer] of answers.split("\n").entries()) {
      await receiver.says(new RegExp(`(\\(Y/n\\): [^]*){${index + 1}}$`));
      receiver.types(`${answer}\n`);
    }
    expect(await receiver.outcome).toMatchObject({
      stdout: "hello",
      stderr: expect.stringContaining("Using the code 7-guitarist-revenge\n"),
    });
  });

  it("no ends the program, and the code is not spent", async () => {
    const { world, sender } = await waiting();
    const receiver = await world.wormhole(["receive", "7-guitarist-revengee"], { isInteractive: true });
    await receiver.says(/Did you mean/);
    receiver.types("n\n");
    expect(await receiver.outcome).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(/ERROR: The code was not used/),
    });
    const second = await world.wormhole(["receive", "7-guitarist-revenge"]);
    expect((await second.outcome).stdout).toBe("hello");
    await sender.outcome;
  });

  it("Enter does not use words that programs do not choose", async () => {
    const receiver = await new World().wormhole(["receive", "7-guitarist-xyzzy"], { isInteractive: true });
    await receiver.says(/Use it\? \(y\/N\): $/);
    receiver.types("\n");
    expect((await receiver.outcome).status).toBe(2);
  });
});

describe("at the prompt, a code that looks mistyped is asked about", () => {
  /** A person at the prompt, which looks like a terminal. */
  async function prompted() {
    const { world, sender } = await waiting();
    const receiver = await world.wormhole(["receive"], { isInteractive: true });
    receiver.stdin.isTTY = true;
    receiver.stderr.isTTY = true;
    await receiver.says(/Enter receive wormhole code: /);
    return { world, sender, receiver };
  }
  const plain = (text: string) => text.replace(/\u001b\[\d*[A-Za-z]/g, "");

  it.each([["y"], [""], ["maybe", "yes"]])("%j takes the proposal", async (...answers) => {
    const { receiver } = await prompted();
    receiver.types("7-guitarist-revengee\r");
    let before = "";
    for (const answer of answers) {
      await receiver.says(new RegExp(`${before}[^]*\\(Y/n\\): `));
      receiver.types(`${answer}\r`);
      before = answer;
    }
    expect((await receiver.outcome).stdout).toContain("hello");
  });

  it("after no, it is asked for again; the same code a second time is used", async () => {
    const { receiver, sender } = await prompted();
    receiver.types("7-guitarist-revengee\r");
    await receiver.says(/\(Y\/n\): /);
    receiver.types("n\r");
    await receiver.says(/type it once more\.\s+.*code: /s);
    receiver.types("7-guitarist-revengee\r");
    const { status, stderr } = await receiver.outcome;
    expect(status).toBe(1);
    expect(plain(stderr)).toMatch(/ERROR: [^\n]*mistyped/);
    await sender.outcome;
  });

  it("the question is broken between words", async () => {
    const { receiver, sender } = await prompted();
    receiver.types("7-guitarist-revengee\r");
    await receiver.says(/7-guitarist-revenge\?\r?\n\(Y\/n\): /);
    receiver.types("y\r");
    await Promise.all([receiver.outcome, sender.outcome]);
  });

  it("after several proposals, another code can be typed", async () => {
    const { receiver } = await prompted();
    receiver.types("12-7-guitarist-revenge\r");
    await receiver.says(/Did you mean\s+7-guitarist-revenge\s+or\s+127-guitarist-revenge\?[\s\S]*code: /);
    receiver.types("7-guitarist-revenge\r");
    expect((await receiver.outcome).stdout).toContain("hello");
  });

  it("a link that is invalid is asked for again", async () => {
    const { receiver } = await prompted();
    receiver.types("wormhole-transfer:?role=x\r");
    await receiver.says(/link[\s\S]*code: /);
    receiver.types("7-guitarist-revenge\r");
    expect((await receiver.outcome).stdout).toContain("hello");
  });
});

describe("what stands behind a code is not taken as a part of it", () => {
  it.each([
    [["7-guitarist-revenge", "f.txt"], "f.txt"],
    [["7-guitarist-revenge", "my", "file"], "my file"],
    [["7-my-own-secret", "./out"], "./out"],
    [["7-my-own-secret", "photo"], "photo"],
    [["7-guitarist", "a/b"], "a/b"],
  ])("receive %j is refused, with -o", async (args, target) => {
    const world = new World();
    const { status, stderr } = await (await world.wormhole(["receive", ...args])).outcome;
    expect([status, world.mailbox.received]).toEqual([2, []]);
    expect(stderr).toContain(`-o '${target}'`);
  });

  it.each([[["7-guitarist", "revenge"]], [["7", "guitarist", "revenge"]], [["7-", "Guitarist", "-", "revenge"]]])(
    "receive %j is one code",
    async (args) => {
      const { world } = await waiting();
      expect((await (await world.wormhole(["receive", ...args])).outcome).stdout).toBe("hello");
    },
  );
});

it("the code is asked for where a person sees it", async () => {
  const receiver = await new World().wormhole(["receive"], { isInteractive: true });
  await receiver.says(PROMPT);
  await stop(receiver);
});
