/** Every flag arrives at the library: the options that the program passes on, for each flag and without any. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Timing } from "@wormhole-ts/wormhole";
import { beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { createProgram } from "../src/program.ts";
import { Run } from "./world.ts";

/** The options of each call of the library. */
const calls: { readonly name: string; readonly options: Record<string, unknown> }[] = [];
beforeEach(() => {
  calls.length = 0;
});

/** Replaces a function of the library by one that records its last argument, and fails. */
const recorded =
  (name: string) =>
  (...args: unknown[]) => {
    calls.push({ name, options: Object.assign({}, args.at(-1), args.length > 1 ? { sent: args[0] } : {}) });
    throw new Error("recorded");
  };

vi.mock("@wormhole-ts/wormhole/node", async (original) => ({
  ...(await original<object>()),
  sendText: recorded("sendText"),
  sendPath: recorded("sendPath"),
  receive: recorded("receive"),
  getTor: async (options: object) => {
    calls.push({ name: "getTor", options: { ...options } });
    return { description: "a Tor", close: async () => {} };
  },
}));
vi.mock("@wormhole-ts/mailbox-server", () => ({
  startMailboxServer: async (options: object) => {
    calls.push({ name: "startMailboxServer", options: { ...options } });
    return { url: "ws://x", close: async () => {} };
  },
}));
vi.mock("@wormhole-ts/transit-relay", () => ({
  startTransitRelay: async (options: object) => recorded("relay")(options),
}));

/** Runs the program. Resolves with the options that it passes to each function of the library. */
async function passed(args: readonly string[], environment: Readonly<Record<string, string>> = {}) {
  await new Run(args, { environment }).outcome;
  return Object.fromEntries(calls.map(({ name, options }) => [name, options]));
}

/** The options of a transfer without any flag. Those that are missing here are left to the library. */
const DEFAULTS = {
  relayUrl: "wss://relay.magic-wormhole.io/v1",
  relays: ["tcp:transit.magic-wormhole.io:4001"],
  listen: true,
  verify: false,
  signal: expect.any(AbortSignal),
};
const SEND = { ...DEFAULTS, sent: "PATH", ignoreUnsendable: false, followLinks: false };
const RECEIVE = { ...DEFAULTS, code: "7-a-b", overwrite: false };
const TOR = { launch: false, signal: expect.any(AbortSignal), onProgress: expect.any(Function) };
const tor = expect.objectContaining({ description: "a Tor" });

interface Row {
  readonly args: readonly string[];
  /** The differences from the defaults. */
  readonly change?: Readonly<Record<string, unknown>>;
  /** The call of `getTor`. */
  readonly getTor?: object;
}

/** Flags of both sub-commands. */
const SHARED: Row[] = [
  { args: [] },
  { args: ["--relay-url", "ws://host/v1"], change: { relayUrl: "ws://host/v1" } },
  { args: ["--transit-helper", "tcp:host:1"], change: { relays: ["tcp:host:1"] } },
  { args: ["--transit-helper", ""], change: { relays: [] } },
  { args: ["--appid", "example.com/x"], change: { appId: "example.com/x" } },
  { args: ["--dump-timing", "DUMP"], change: { timing: expect.any(Timing) } },
  { args: ["--verify"], change: { verify: true } },
  { args: ["--no-listen"], change: { listen: false } },
  { args: ["--listen"] },
  { args: ["--tor"], change: { tor }, getTor: TOR },
  { args: ["--launch-tor"], change: { tor }, getTor: { ...TOR, launch: true } },
  { args: ["--tor-control-port", "unix:/tor"], change: { tor }, getTor: { ...TOR, controlPort: "unix:/tor" } },
];

const SENDING: Row[] = [
  ...SHARED,
  { args: ["--zero"], change: { code: "0-" } },
  { args: ["--code", "8-c-d"], change: { code: "8-c-d" } },
  { args: ["--code-length", "3"], change: { codeLength: 3 } },
  { args: ["--ignore-unsendable-files"], change: { ignoreUnsendable: true } },
  { args: ["--follow-links"], change: { followLinks: true } },
];

const RECEIVING: Row[] = [
  ...SHARED,
  { args: ["--output-file", "FILE"], change: { output: "FILE" } },
  { args: ["--output-file", "package.json"], change: { output: "package.json", overwrite: true } },
  { args: ["--output-file", "-"], change: { output: "/dev/stdout" } },
  { args: ["--output-file", tmpdir()], change: { output: tmpdir() } },
  { args: ["--overwrite"], change: { overwrite: true } },
];

/** Rows without a code among the arguments. */
const CODELESS: Row[] = [
  { args: ["--zero"], change: { code: "0-" } },
  { args: ["--code", "8-c-d"], change: { code: "8-c-d" } },
  { args: ["--allocate"], change: { code: undefined } },
  { args: ["--allocate", "--code-length", "3"], change: { code: undefined, codeLength: 3 } },
];

/** Flags of `serve`, and the options that both servers must get. */
const SERVING: { readonly args: readonly string[]; readonly mailbox: object; readonly relay: object }[] = [
  { args: [], mailbox: { host: "127.0.0.1", port: 4000, db: ":memory:" }, relay: { host: "127.0.0.1", port: 4001 } },
  { args: ["--memory"], mailbox: { port: 4000, db: ":memory:" }, relay: { port: 4001 } },
  { args: ["--listen", "::1"], mailbox: { host: "::1", port: 4000 }, relay: { host: "::1", port: 4001 } },
  { args: ["--mailbox-port", "1"], mailbox: { port: 1 }, relay: { port: 4001 } },
  { args: ["--relay-port", "2"], mailbox: { port: 4000 }, relay: { port: 2 } },
  { args: ["--data", tmpdir()], mailbox: { db: join(tmpdir(), "mailbox.sqlite") }, relay: {} },
];

/** Flags that are not passed to the library, and the tests of their effects. */
const TESTED_ELSEWHERE = {
  "--text": "below",
  "--code-file": "code/given-code.test.ts",
  "--exact-code": "code/doubtful-codes.test.ts",
  "--hide-progress": "commands/conversation.test.ts",
  "--accept-file": "commands/files.test.ts",
  "--allow-hidden": "commands/answer-offer.test.ts",
  "--ignore-space": "commands/answer-offer.test.ts",
  "--only-text": "commands/files.test.ts",
  "--help": "program.test.ts",
};

/** The arguments with a real path for the timing file. */
function withDump(args: readonly string[]): string[] {
  const folder = mkdtempSync(join(tmpdir(), "wormhole-flags-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return args.map((arg) => (arg === "DUMP" ? join(folder, "dump.json") : arg));
}

describe("every flag arrives at the library", () => {
  it.each(SENDING)("wormhole send $args", async ({ args, change, getTor }) => {
    const { sendPath, getTor: found } = await passed(["send", ...withDump(args), "PATH"]);
    expect([sendPath, found]).toEqual([{ ...SEND, ...change }, getTor]);
  });

  it("wormhole send --text", async () => {
    const {
      ignoreUnsendable: _,
      followLinks: _2,
      ...rest
    } = (await passed(["send", "--text", "hello", "--verify"])).sendText ?? {};
    expect(rest).toEqual({ ...DEFAULTS, sent: "hello", verify: true });
  });

  it.each(RECEIVING)("wormhole receive $args 7-a-b", async ({ args, change, getTor }) => {
    const { receive, getTor: found } = await passed(["receive", ...withDump(args), "7-a-b"]);
    expect([receive, found]).toEqual([{ ...RECEIVE, ...change }, getTor]);
  });

  it.each(CODELESS)("wormhole receive $args", async ({ args, change }) => {
    expect((await passed(["receive", ...args])).receive).toEqual({ ...RECEIVE, ...change });
  });

  it("wormhole FLAGS send", async () => {
    const globals = ["--relay-url", "ws://host/v1", "--transit-helper", "", "--appid", "x", "--dump-timing", "DUMP"];
    const { sendPath } = await passed([...withDump(globals), "send", "PATH"]);
    const change = { relayUrl: "ws://host/v1", relays: [], appId: "x", timing: expect.any(Timing) };
    expect(sendPath).toEqual({ ...SEND, ...change });
  });

  it.each(["send", "receive"])("wormhole %s takes both servers from the environment", async (name) => {
    const environment = { WORMHOLE_RELAY_URL: "ws://host/v1", WORMHOLE_TRANSIT_HELPER: "tcp:host:1" };
    const [call] = Object.values(await passed([name, "7-a-b"], environment));
    expect(call).toMatchObject({ relayUrl: "ws://host/v1", relays: ["tcp:host:1"] });
  });

  it.each(SERVING)("wormhole serve $args", async ({ args, mailbox, relay }) => {
    expect(await passed(["serve", ...args])).toMatchObject({ startMailboxServer: mailbox, relay });
  });

  it("the tables above contain every flag of these sub-commands", () => {
    const program = createProgram(
      { send: async () => {}, receive: async () => {}, serve: async () => {}, timing: async () => {} },
      { out: () => {}, error: () => {} },
    );
    const tables = { send: SENDING, receive: [...RECEIVING, ...CODELESS], serve: SERVING };
    for (const [name, rows] of Object.entries(tables)) {
      const flags = program.commands.find((command) => command.name() === name)?.options.map(({ long }) => long);
      const tested = [...rows.flatMap(({ args }) => args), ...Object.keys(TESTED_ELSEWHERE)];
      expect(flags?.length).toBeGreaterThan(4);
      expect(flags?.filter((flag) => !tested.includes(flag ?? ""))).toEqual([]);
    }
  });
});

it("wormhole serve shows the warnings of its mailbox server", async () => {
  const run = new Run(["serve"], {});
  await run.outcome;
  const { onError } = calls[0]?.options ?? {};
  if (typeof onError === "function") onError(new Error("The disk is full."));
  await run.says(/Warning: The disk is full\.\n/);
});
