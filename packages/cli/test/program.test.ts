/** The parsing of the command line. The effect of each flag is tested in flags.test.ts. */
import { readFileSync } from "node:fs";
import { CommanderError } from "commander";
import { describe, expect, it } from "vitest";
import { type ReceiveFlags, type SendFlags, type ServeFlags, type TimingFlags, wantsTor } from "../src/flags.ts";
import { createProgram } from "../src/program.ts";
import { VERSION } from "../src/version.ts";

type Call =
  | { name: "send"; path: string | undefined; flags: SendFlags }
  | { name: "receive"; words: readonly string[]; flags: ReceiveFlags }
  | { name: "serve"; flags: ServeFlags }
  | { name: "timing"; files: readonly string[]; flags: TimingFlags };

/** Parses the arguments that a shell would pass. Returns the call of a sub-command, and the texts. */
async function parsed(...args: string[]) {
  const calls: Call[] = [];
  const said = { out: "", error: "" };
  const program = createProgram(
    {
      send: async (path, flags) => void calls.push({ name: "send", path, flags }),
      receive: async (words, flags) => void calls.push({ name: "receive", words, flags }),
      serve: async (flags) => void calls.push({ name: "serve", flags }),
      timing: async (files, flags) => void calls.push({ name: "timing", files, flags }),
    },
    {
      out: (text) => {
        said.out += text;
      },
      error: (text) => {
        said.error += text;
      },
    },
  );
  const failure = await program.parseAsync(args, { from: "user" }).then(
    () => undefined,
    (error: unknown) => error,
  );
  return { call: calls[0], failure, ...said };
}

describe("a command", () => {
  it.each(["send", "tx"])("%s sends", async (name) => {
    expect((await parsed(name, "x")).call).toMatchObject({ name: "send", path: "x", flags: { listen: true } });
  });

  it.each(["receive", "rx", "recv", "recieve"])("%s receives", async (name) => {
    expect((await parsed(name, "7-a-b")).call).toMatchObject({ name: "receive", words: ["7-a-b"] });
  });

  it("serve listens on this computer only, at the usual ports", async () => {
    expect((await parsed("serve")).call).toEqual({
      name: "serve",
      flags: { listen: "127.0.0.1", mailboxPort: 4000, relayPort: 4001 },
    });
    const { call } = await parsed(
      "serve",
      "--listen",
      "::1",
      "--mailbox-port",
      "0",
      "--relay-port",
      "7",
      "--data",
      "d",
    );
    expect(call).toMatchObject({ flags: { listen: "::1", mailboxPort: 0, relayPort: 7, data: "d" } });
  });

  it("timing takes one file or two, and the path of the page", async () => {
    expect((await parsed("timing", "a")).call).toEqual({ name: "timing", files: ["a"], flags: {} });
    const { call } = await parsed("timing", "a", "-", "-o", "b");
    expect(call).toEqual({ name: "timing", files: ["a", "-"], flags: { output: "b" } });
  });

  it("takes any text, even one that looks like an option", async () => {
    for (const text of ["-", "--code", "-x", ""]) {
      expect((await parsed("send", "--text", text)).call).toMatchObject({ flags: { text } });
    }
  });

  it("takes a code in several words", async () => {
    expect((await parsed("receive", "7", "guitarist", "revenge")).call).toMatchObject({
      words: ["7", "guitarist", "revenge"],
    });
  });
});

describe("every option is passed to its sub-command", () => {
  it.each([
    [["--code", "7-a-b"], { code: "7-a-b" }],
    [["-c", "3"], { codeLength: 3 }],
    [["--code-length", "4"], { codeLength: 4 }],
    [["-0"], { zero: true }],
    [["-v"], { verify: true }],
    [["--verify"], { verify: true }],
    [["--hide-progress"], { hideProgress: true }],
    [["--no-listen"], { listen: false }],
    [["--listen"], { listen: true }],
    [["--text", "a b"], { text: "a b" }],
    [["--ignore-unsendable-files"], { ignoreUnsendableFiles: true }],
    [["--relay-url", "ws://x"], { relayUrl: "ws://x" }],
    [["--transit-helper", ""], { transitHelper: "" }],
    [["--appid", "x"], { appid: "x" }],
    [["--dump-timing", "x"], { dumpTiming: "x" }],
  ])("send %j", async (args, flags) => {
    expect((await parsed("send", ...args)).call?.flags).toMatchObject(flags);
  });

  it.each([
    [["--code", "7-a-b"], { code: "7-a-b" }],
    [["-a", "-c", "3"], { allocate: true, codeLength: 3 }],
    [["-o", "x"], { outputFile: "x" }],
    [["--output-file", "x"], { outputFile: "x" }],
    [["--overwrite"], { overwrite: true }],
    [["--accept-file"], { acceptFile: true }],
    [["-t"], { onlyText: true }],
    [["--only-text"], { onlyText: true }],
    [["-0", "-v", "--hide-progress", "--no-listen"], { zero: true, verify: true, hideProgress: true, listen: false }],
  ])("receive %j", async (args, flags) => {
    expect((await parsed("receive", ...args)).call?.flags).toMatchObject(flags);
  });

  it.each(["send", "receive"])(
    "%s takes global options before and after its name, and the later one counts",
    async (name) => {
      const globals = ["--relay-url", "ws://a", "--appid", "a", "--dump-timing", "t"];
      const { call } = await parsed(...globals, name, "--relay-url", "ws://b");
      expect(call?.flags).toMatchObject({ relayUrl: "ws://b", appid: "a", dumpTiming: "t" });
    },
  );
});

describe("an invalid command line", () => {
  it.each([
    ["send", "--code", "7-a-b", "--code-length", "3"],
    ["send", "--code", "7-a-b", "-0"],
    ["send", "-0", "-c", "3"],
    ["receive", "--code", "7-a-b", "--allocate"],
    ["receive", "-0", "--allocate"],
    ["send", "--code-length", "two"],
    ["send", "--code-length", "2.5"],
    ["send", "--code-length", "0"],
    ["send", "--code-length", "1e9"],
    ["send", "--code-length"],
    ["send", "a", "b"],
    ["send", "--what"],
    ["send", "--launch-tor", "--tor-control-port", "tcp:127.0.0.1:9051", "x"],
    ["receive", "--tor", "--listen"],
    ["receive", "--launch-tor", "--listen"],
    ["serve", "--mailbox-port", "65536"],
    ["serve", "--relay-port", "-1"],
    ["serve", "--data", "x", "--memory"],
    ["serve", "x"],
    ["timing"],
    ["timing", "a", "b", "c"],
    ["snd"],
    [],
  ])("%s %s %s %s %s", async (...args) => {
    const { call, failure, out, error } = await parsed(...args.filter((arg) => arg !== undefined));
    expect(call).toBeUndefined();
    expect(failure).toBeInstanceOf(CommanderError);
    expect(failure).not.toMatchObject({ exitCode: 0 });
    expect(out).toBe("");
    expect(error).toMatch(args.length === 0 ? /^Usage: wormhole/ : /Try 'wormhole(?: \w+)? --help'\.\n$/);
  });
});

describe("Tor", () => {
  it.each([
    [["--tor"], { tor: true }],
    [["--tor", "--no-listen"], { tor: true, listen: false }],
    [["--launch-tor"], { launchTor: true }],
    [["--tor-control-port", "unix:/run/tor/control"], { torControlPort: "unix:/run/tor/control" }],
  ])("is used with %j", async (args, flags) => {
    for (const name of ["send", "receive"]) {
      const { call } = await parsed(name, ...args);
      expect(call).toMatchObject({ name, flags });
      expect((call?.name === "send" || call?.name === "receive") && wantsTor(call.flags)).toBe(true);
    }
  });

  it("is not used without these flags", async () => {
    expect(wantsTor({ listen: true })).toBe(false);
    expect(wantsTor({ listen: false, tor: false })).toBe(false);
  });
});

describe("help", () => {
  it.each([
    [["--help"], /Examples:.*wormhole send/s],
    [["help"], /Examples:.*wormhole send/s],
    [["send", "--help"], /Usage: wormhole send.*--relay-url.*Examples:/s],
    [["help", "send"], /Usage: wormhole send/],
    [["help", "rx"], /Usage: wormhole receive/],
    [["help", "timing"], /Usage: wormhole timing/],
    [["rx", "-h"], /Usage: wormhole receive.*--transit-helper.*Examples:/s],
    [["serve", "--help"], /--mailbox-port.*Examples:/s],
  ])("%j", async (args, text) => {
    const { failure, out, error } = await parsed(...args);
    expect(failure).toMatchObject({ exitCode: 0 });
    expect(out).toMatch(text);
    expect(error).toBe("");
  });

  it.each([[], ["send"], ["receive"], ["serve"], ["timing"]])("fits into 80 columns: %s", async (...names) => {
    const lines = (await parsed(...names.filter((name) => name !== undefined), "--help")).out.split("\n");
    expect(lines.length).toBeGreaterThan(10);
    expect(lines.filter((line) => line.length > 80)).toEqual([]);
  });
});

it("the version is that of package.json", async () => {
  const manifest: unknown = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
  expect(manifest).toMatchObject({ version: VERSION });
  for (const words of ["--version", "-V", "version"]) {
    expect((await parsed(words)).out).toBe(`wormhole-ts ${VERSION}\n`);
  }
});
