/** The question about an offer: what it says, and how it is answered, once or until an answer can be carried out. */
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { describe, expect, it, onTestFinished } from "vitest";
import type { OfferChoice, OfferQuestion, ReceiveOptions, Transfer, TransferEvent } from "../../src/transfer/api.ts";
import { follow, Pair } from "./pair.ts";
import { sandbox } from "./sandbox.ts";

type OfferEvent<R> = TransferEvent<R> & { type: "offer" };

/** A file that is sent as `a.txt`, and a folder to receive into, which has a file `taken`. */
function setUp(name = "a.txt") {
  const root = sandbox();
  const inbox = join(root, "inbox");
  mkdirSync(inbox);
  writeFileSync(join(root, name), "hello");
  writeFileSync(join(inbox, "taken"), "old");
  const pair = new Pair();
  const sender = pair.sendPath(join(root, name));
  const sent = follow(sender).catch(() => []);
  const begin = async (options: Partial<ReceiveOptions> = {}) =>
    pair.receive(await sender.code, { directory: inbox, ...options });
  return { root, inbox, pair, sender, sent, begin };
}

/** Gives one answer to each question, in order. Returns the questions. */
async function answer<R>(transfer: Transfer<R>, ...answers: ((event: OfferEvent<R>) => void)[]) {
  const questions: OfferQuestion[] = [];
  await (async () => {
    for await (const event of transfer) {
      if (event.type !== "offer") continue;
      questions.push(event);
      answers[questions.length - 1]?.(event);
    }
  })().catch(() => {});
  return questions;
}

const choose = (choice?: OfferChoice) => (event: { accept(choice?: OfferChoice): void }) => event.accept(choice);

describe("the question", () => {
  it("has the name as the sender gave it, the name under which it is stored, and the path", async () => {
    const { inbox, pair } = setUp();
    const stranger = pair.stranger("7-a-b", "sender");
    const receiver = pair.receive("7-a-b", { directory: inbox });
    stranger.send({ offer: { file: { filename: "../../x.txt", filesize: 5 } } });
    const [question] = await answer(receiver, (event) => event.reject());
    expect(question).toMatchObject({
      offer: { kind: "file", name: "x.txt", size: 5 },
      offeredName: "../../x.txt",
      path: join(inbox, "x.txt"),
      replaces: false,
    });
    expect(question?.problem).toBeUndefined();
  });

  it("has the offered name also if the option output names another one", async () => {
    const { inbox, begin } = setUp();
    const [question] = await answer(await begin({ output: "other.txt" }), (event) => event.reject());
    expect(question).toMatchObject({
      offeredName: "a.txt",
      offer: { name: "other.txt" },
      path: join(inbox, "other.txt"),
    });
  });

  it("says that a file is replaced", async () => {
    const { begin } = setUp("taken");
    const [question] = await answer(await begin({ overwrite: true }), (event) => event.reject());
    expect(question).toMatchObject({ replaces: true });
  });

  it.each<[string, string, Partial<ReceiveOptions>, readonly string[]]>([
    ["warns about a hidden name", ".bashrc", {}, ["hidden"]],
    ["does not warn about a name that this side has chosen", ".bashrc", { output: "b" }, []],
    ["does not warn about a plain name", "b.txt", {}, []],
  ])("%s", async (_, name, options, warnings) => {
    const { begin } = setUp(name);
    const [question] = await answer(await begin(options), (event) => event.reject());
    expect(question?.warnings).toEqual(warnings);
  });
});

describe("a problem", () => {
  it("that a choice solves goes on with the choice", async () => {
    const { inbox, begin, sender } = setUp("taken");
    const receiver = await begin();
    const questions = await answer(receiver, choose({ output: "free" }));
    expect(questions.map(({ problem }) => problem?.code)).toEqual(["cannot-store"]);
    await expect(receiver.done).resolves.toMatchObject({ path: join(inbox, "free") });
    await expect(sender.done).resolves.toMatchObject({ kind: "file" });
    expect(readFileSync(join(inbox, "taken"), "utf8")).toBe("old");
  });

  it("is asked about again until a choice solves it", async () => {
    const { inbox, begin } = setUp("taken");
    mkdirSync(join(inbox, "folder"));
    const receiver = await begin();
    const questions = await answer(receiver, choose({}), choose({ output: "missing/x" }), choose({ output: "folder" }));
    expect(questions.map(({ problem }) => problem?.message)).toEqual([
      expect.stringMatching(/already exists/),
      expect.stringMatching(/already exists/),
      expect.stringMatching(/There is no folder/),
    ]);
    await expect(receiver.done).resolves.toMatchObject({ path: join(inbox, "folder", "taken") });
  });

  it("ends the transfer after a plain yes, and the sender learns its class", async () => {
    const { inbox, begin, sender } = setUp("taken");
    const receiver = await begin();
    await answer(receiver, choose());
    await expect(receiver.done).rejects.toMatchObject({ code: "cannot-store" });
    await expect(sender.done).rejects.toMatchObject({ code: "cannot-store" });
    expect(readFileSync(join(inbox, "taken"), "utf8")).toBe("old");
  });

  it.each<[string, (inbox: string) => OfferChoice, string]>([
    ["overwriting", () => ({ overwrite: true }), "taken"],
    ["another name", () => ({ output: "b" }), "b"],
    ["an absolute path", (inbox) => ({ output: join(inbox, "c") }), "c"],
    ["another file, which may be overwritten", () => ({ output: "other", overwrite: true }), "other"],
  ])("is solved by %s", async (_, choice, path) => {
    const { inbox, begin } = setUp("taken");
    writeFileSync(join(inbox, "other"), "old");
    const receiver = await begin();
    await answer(receiver, choose(choice(inbox)));
    await expect(receiver.done).resolves.toMatchObject({ path: join(inbox, path) });
    expect(readFileSync(join(inbox, path), "utf8")).toBe("hello");
  });

  // proves: transfer/nothing-replaced
  it("with another path is not solved by the permission that belonged to the first one", async () => {
    const { inbox, begin } = setUp("a.txt");
    const receiver = await begin({ overwrite: true });
    const questions = await answer(receiver, choose({ output: "taken" }), choose());
    expect(questions.map(({ problem }) => problem?.code)).toEqual([undefined, "cannot-store"]);
    expect(readFileSync(join(inbox, "taken"), "utf8")).toBe("old");
  });

  // proves: transfer/nothing-replaced
  it.each<[string, (path: string) => void]>([
    ["was written to", (path) => writeFileSync(path, "newer")],
    ["was replaced", (path) => renameSync(path.replace("taken", "other"), path)],
    [
      "became a link",
      (path) => {
        rmSync(path);
        symlinkSync("other", path);
      },
    ],
  ])("is asked about again if the file that may be overwritten %s since the question", async (_, change) => {
    const { inbox, begin } = setUp("taken");
    writeFileSync(join(inbox, "other"), "other");
    const receiver = await begin();
    const questions = await answer(
      receiver,
      (event) => {
        change(join(inbox, "taken"));
        event.accept({ overwrite: true });
      },
      choose(),
    );
    expect(questions[1]?.problem).toMatchObject({ message: expect.stringMatching(/since the question/) });
    await expect(receiver.done).rejects.toMatchObject({ code: "cannot-store" });
  });

  // proves: transfer/nothing-replaced
  it("that comes up while the person thinks is asked about", async () => {
    const { inbox, begin } = setUp();
    const receiver = await begin();
    const questions = await answer(
      receiver,
      (event) => {
        writeFileSync(join(inbox, "a.txt"), "theirs");
        event.accept();
      },
      choose({ output: "b.txt" }),
    );
    expect(questions.map(({ problem }) => problem?.code)).toEqual([undefined, "cannot-store"]);
    expect(readFileSync(join(inbox, "a.txt"), "utf8")).toBe("theirs");
    expect(readFileSync(join(inbox, "b.txt"), "utf8")).toBe("hello");
  });

  it("of too little space is solved by ignoring it", async () => {
    const { inbox, pair } = setUp();
    const stranger = pair.stranger("7-a-b", "sender");
    const receiver = pair.receive("7-a-b", { directory: inbox });
    stranger.send({ offer: { file: { filename: "x", filesize: 2 ** 53 - 1 } } });
    const answered = answer(receiver, choose({ ignoreSpace: true }));
    expect(await stranger.receive()).toHaveProperty("transit");
    stranger.send({ error: "enough" });
    expect((await answered).map(({ problem }) => problem?.code)).toEqual(["no-space"]);
  });

  it("of an impossible name is solved by another one", async () => {
    const { inbox, pair } = setUp();
    const stranger = pair.stranger("7-a-b", "sender");
    const receiver = pair.receive("7-a-b", { directory: inbox });
    stranger.send({ offer: { file: { filename: "..", filesize: 5 } } });
    const answered = answer(receiver, choose({ output: "x" }));
    expect(await stranger.receive()).toHaveProperty("transit");
    stranger.send({ error: "enough" });
    expect(await answered).toMatchObject([
      { problem: { code: "name-refused" }, offeredName: "..", offer: { name: "file" } },
    ]);
  });

  it.each<[string, unknown]>([
    ["an empty output", { output: "" }],
    ["an output with a zero byte", { output: "a\0b" }],
    ["an output that is no text", { output: 1 }],
    ["an overwrite that is no boolean", { overwrite: "yes" }],
    ["an ignoreSpace that is no boolean", { ignoreSpace: 1 }],
  ])("is not solved by %s, which is a TypeError", async (_, choice) => {
    const { begin } = setUp("taken");
    const receiver = await begin();
    await answer(receiver, (event) => {
      expect(() => event.accept(choice as OfferChoice)).toThrow(TypeError);
      event.reject();
    });
  });
});

describe("the option accept", () => {
  // proves: transfer/consent
  it.each<[string, Partial<ReceiveOptions>, Record<string, unknown>]>([
    ["true accepts", { accept: true }, { kind: "file" }],
    ["a function that returns true accepts", { accept: () => true }, { kind: "file" }],
    ["a function may take its time", { accept: () => setTimeout(20, true) }, { kind: "file" }],
    ["a function may choose", { accept: () => ({ output: "b.txt" }) }, { path: expect.stringMatching(/b\.txt$/) }],
    ["a function that returns false rejects", { accept: () => false }, { code: "rejected" }],
    ["a function that returns nothing is wrong", { accept: (() => undefined) as never }, { name: "TypeError" }],
    [
      "a function that throws ends the transfer",
      {
        accept: () => {
          throw new RangeError("mine");
        },
      },
      { message: "mine" },
    ],
    ["true does not accept a problem", { accept: true, output: "taken" }, { code: "cannot-store" }],
  ])("%s, without a loop over the events", async (_, options, outcome) => {
    const { begin, sender } = setUp();
    const receiver = await begin(options);
    expect(await receiver.done.catch((error: unknown) => error)).toMatchObject(outcome);
    const accepted = "kind" in outcome || "path" in outcome;
    expect(
      await sender.done.then(
        () => true,
        () => false,
      ),
    ).toBe(accepted);
  });

  it("is called with the question, again if its choice does not solve the problem", async () => {
    const { begin } = setUp("taken");
    const questions: OfferQuestion[] = [];
    const accept = (question: OfferQuestion) => {
      questions.push(question);
      return { output: questions.length === 1 ? "missing/x" : "free" };
    };
    await (await begin({ accept })).done;
    expect(questions).toMatchObject([
      { offeredName: "taken" },
      { problem: { message: expect.stringMatching(/no folder/) } },
    ]);
  });

  it("is not called for ever with a useless choice", async () => {
    const { begin } = setUp("taken");
    let calls = 0;
    const accept = () => {
      calls++;
      return {};
    };
    const receiver = await begin({ accept });
    await expect(receiver.done).rejects.toMatchObject({ code: "cannot-store" });
    expect(calls).toBe(100);
  });

  it.each([
    ["a hidden name", ".profile", {}, { code: "name-refused" }],
    ["a hidden name with allowHidden", ".profile", { allowHidden: true }, { kind: "file" }],
    ["a hidden name that is stored under another one", ".profile", { output: "profile" }, { kind: "file" }],
  ])("true, and %s", async (_, name, options, outcome) => {
    const { begin } = setUp(name);
    const receiver = await begin({ accept: true, ...options });
    expect(await receiver.done.catch((error: unknown) => error)).toMatchObject(outcome);
  });

  it("accepts a text, too", async () => {
    const pair = new Pair();
    const sender = pair.sendText("hello");
    const receiver = pair.receive(await sender.code, { accept: true });
    await expect(receiver.done).resolves.toEqual({ kind: "text", text: "hello" });
    await expect(sender.done).resolves.toEqual({ kind: "text" });
  });
});

describe("an offer that nothing answers", () => {
  it("ends the transfer, and the sender learns it", async () => {
    const { inbox, begin, sender } = setUp();
    const receiver = await begin();
    await expect(receiver.done).rejects.toMatchObject({
      code: "undecided",
      message: expect.stringMatching(/option accept/),
    });
    await expect(sender.done).rejects.toMatchObject({ code: "undecided" });
    expect(readdirSync(inbox)).toEqual(["taken"]);
  });

  it("ends the transfer also if a loop was left before the offer", async () => {
    const { begin } = setUp();
    const receiver = await begin();
    for await (const event of receiver) if (event.type === "code") break;
    await expect(receiver.done).rejects.toMatchObject({ code: "undecided" });
  });

  it("may be answered by a loop that begins late", async () => {
    const { begin } = setUp();
    const receiver = await begin();
    await setTimeout(300);
    await follow(receiver);
    await expect(receiver.done).resolves.toMatchObject({ kind: "file" });
  });

  it("may be answered after the loop was left", async () => {
    const { begin } = setUp();
    const receiver = await begin();
    let accept = () => {};
    for await (const event of receiver) {
      if (event.type !== "offer") continue;
      accept = () => event.accept();
      break;
    }
    await setTimeout(1200);
    accept();
    await expect(receiver.done).resolves.toMatchObject({ kind: "file" });
  });
});

describe("a text", () => {
  // proves: transfer/text-when-taken
  it("is in the question, and counts as delivered only when it is accepted", async () => {
    const pair = new Pair();
    const sender = pair.sendText("hello");
    let delivered = false;
    void sender.done.then(() => {
      delivered = true;
    });
    const receiver = pair.receive(await sender.code);
    for await (const event of receiver) {
      if (event.type !== "offer") continue;
      expect(event.offer).toEqual({ kind: "text", text: "hello" });
      await setTimeout(50);
      expect(delivered).toBe(false);
      event.accept();
    }
    await sender.done;
  });

  // proves: transfer/text-when-taken
  it("that cannot be put out is rejected, and the sender learns it", async () => {
    const pair = new Pair();
    const sender = pair.sendText("hello");
    const receiver = pair.receive(await sender.code);
    await answer(receiver, (event) => event.reject("cannot-store"));
    await expect(sender.done).rejects.toMatchObject({ code: "cannot-store" });
    await expect(receiver.done).rejects.toMatchObject({ code: "cannot-store" });
  });
});

describe("an impossible option", () => {
  it.each<[string, object]>([
    ["an empty output", { output: "" }],
    ["an empty directory", { directory: "" }],
    ["an output with a zero byte", { output: "a\0" }],
    ["a directory that is no text", { directory: 1 }],
    ["an accept that is neither a boolean nor a function", { accept: "yes" }],
    ["an overwrite that is no boolean", { overwrite: 1 }],
    ["an allowHidden that is no boolean", { allowHidden: "no" }],
    ["an ignoreSpace that is no boolean", { ignoreSpace: null }],
  ])("is a TypeError at once: %s", (_, options) => {
    const pair = new Pair();
    expect(() => pair.receive("7-a-b", options)).toThrow(TypeError);
    expect(pair.server.received).toEqual([]);
  });
});

describe("before the code is used", () => {
  // proves: transfer/place-before-code
  it.each<[string, (root: string) => Partial<ReceiveOptions>]>([
    ["a directory that is missing", (root) => ({ directory: join(root, "typo") })],
    ["a directory that is a file", (root) => ({ directory: join(root, "a.txt") })],
    ["an output in a missing folder", () => ({ output: "a/b/c" })],
    ["an output with a separator at its end", () => ({ output: "newdir/" })],
  ])("%s ends the transfer, and nothing is claimed at the server", async (_, options) => {
    const root = sandbox();
    writeFileSync(join(root, "a.txt"), "");
    const pair = new Pair();
    const receiver = pair.receive("7-a-b", { directory: root, ...options(root) });
    await expect(receiver.done).rejects.toMatchObject({ code: "cannot-store" });
    await expect(receiver.code).rejects.toMatchObject({ code: "cannot-store" });
    expect(pair.server.received).toEqual([]);
  });
});

describe.skipIf(process.platform === "win32")("in a current folder that cannot be used", () => {
  const inDeletedFolder = () => {
    const [before, gone] = [process.cwd(), sandbox()];
    process.chdir(gone);
    onTestFinished(() => process.chdir(before));
    rmSync(gone, { recursive: true });
  };
  const file = (root: string) => {
    writeFileSync(join(root, "a.txt"), "hello");
    return join(root, "a.txt");
  };

  it("a text still arrives", async () => {
    const pair = new Pair();
    const sender = pair.sendText("hello");
    inDeletedFolder();
    const receiver = pair.receive(await sender.code, { accept: true });
    await expect(receiver.done).resolves.toEqual({ kind: "text", text: "hello" });
    await expect(sender.done).resolves.toEqual({ kind: "text" });
  });

  // proves: transfer/place-before-code
  it.each(["a plain yes", "accept: true"])("a file has a problem, with which %s ends the transfer", async (yes) => {
    const [root, pair] = [sandbox(), new Pair()];
    const sender = pair.sendPath(file(root));
    const code = await sender.code;
    inDeletedFolder();
    const accept = yes === "accept: true" || ((question: OfferQuestion) => question.problem?.code === "cannot-store");
    const receiver = pair.receive(code, { accept });
    await expect(receiver.done).rejects.toMatchObject({ code: "cannot-store" });
    await expect(sender.done).rejects.toMatchObject({ code: "cannot-store" });
  });

  it.each(["another folder", "another name"])("%s may be chosen", async (which) => {
    const [root, inbox, pair] = [sandbox(), sandbox(), new Pair()];
    const sender = pair.sendPath(file(root));
    const code = await sender.code;
    inDeletedFolder();
    const [output, path] =
      which === "another name" ? [join(inbox, "b"), join(inbox, "b")] : [inbox, join(inbox, "a.txt")];
    const receiver = pair.receive(code, { accept: ({ problem }) => (problem ? { output } : true) });
    await expect(receiver.done).resolves.toMatchObject({ path });
    expect(readFileSync(path, "utf8")).toBe("hello");
  });

  it.each<Partial<ReceiveOptions>>([{ directory: "." }, { output: "a" }, { directory: ".", output: "a" }])(
    "%j is an error before the code is used",
    async (options) => {
      inDeletedFolder();
      const pair = new Pair();
      await expect(pair.receive("7-a-b", options).done).rejects.toMatchObject({ code: "cannot-store" });
      expect(pair.server.received).toEqual([]);
    },
  );
});

describe.skipIf(process.platform !== "linux")("no handle stays open", () => {
  const handles = (inbox: string) =>
    readdirSync("/proc/self/fd").filter((fd) => {
      try {
        return readlinkSync(`/proc/self/fd/${fd}`).startsWith(inbox);
      } catch {
        return false;
      }
    });

  it.each<[string, Partial<ReceiveOptions>]>([
    ["success", { accept: true }],
    ["a rejection", { accept: () => false }],
    ["a problem", { accept: true, output: "taken" }],
    ["another choice", { accept: ({ problem }) => (problem ? { output: "free" } : true), output: "taken" }],
    ["a failed choice", { accept: () => ({ output: "missing/x" }), output: "taken" }],
    ["an option that cannot be stored to", { accept: true, output: "missing/x" }],
    ["an abort", { accept: true, signal: AbortSignal.abort() }],
  ])("after %s", async (_, options) => {
    const { inbox, begin } = setUp();
    const receiver = await begin(options);
    await receiver.done.catch(() => {});
    expect(handles(inbox)).toEqual([]);
  });
});
