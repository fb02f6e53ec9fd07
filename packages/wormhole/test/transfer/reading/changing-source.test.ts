/** A file system that changes while something is sent from it. */
import { execFileSync } from "node:child_process";
import {
  appendFileSync,
  chmodSync,
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import type { Notice } from "../../../src/transfer/api.ts";
import { openSource } from "../../../src/transfer/source.node.ts";
import { sandbox } from "../sandbox.ts";

const PIECE_BYTES = 256 * 1024;
const SMALL = "small";
const LARGE = "0123456789abcdef".repeat((4 * PIECE_BYTES) / 16);
/** What an attacker wants to be sent. It has the length of {@link SMALL}. */
const SECRET = "secrt";

/** The folder `tree` with the file `sub/victim` and a bystander, and the folder `secrets` beside it. */
interface Stage {
  readonly root: string;
  readonly sub: string;
  readonly victim: string;
  readonly secrets: string;
}

function stage(text: string): Stage {
  const outer = sandbox();
  const root = join(outer, "tree");
  const secrets = join(outer, "secrets");
  mkdirSync(join(root, "sub"), { recursive: true });
  mkdirSync(secrets);
  writeFileSync(join(root, "a-bystander"), "hello");
  writeFileSync(join(root, "sub", "victim"), text);
  writeFileSync(join(secrets, "victim"), SECRET.padEnd(text.length, "!"));
  return { root, sub: join(root, "sub"), victim: join(root, "sub", "victim"), secrets };
}

/** When the change happens. */
type Moment = "before the first byte" | "in the middle" | "before the last piece";
const MOMENTS: readonly Moment[] = ["before the first byte", "in the middle", "before the last piece"];

/** Reads what `path` offers, and makes the change at a moment. Returns all bytes, or the error. */
async function send(path: string, moment: Moment, change: () => void) {
  const notices: Notice[] = [];
  const source = await openSource(path, { report: (event) => event.type === "notice" && notices.push(event) });
  onTestFinished(() => source.close());
  const { size, pieces } = source.offerTo({});
  const at = { "before the first byte": 0, "in the middle": 1, "before the last piece": size - PIECE_BYTES }[moment];
  const copies: Uint8Array[] = [];
  let given = 0;
  let changed = false;
  const changeIfDue = () => {
    if (changed || given < at) return;
    changed = true;
    change();
  };
  changeIfDue();
  try {
    for await (const piece of pieces()) {
      copies.push(Uint8Array.from(piece));
      given += piece.length;
      changeIfDue();
    }
  } catch (error) {
    return { error, given, size, notices };
  }
  return { text: Buffer.concat(copies).toString("latin1"), given, size, notices };
}

type Change = (stage: Stage) => void;

/** Changes after which the file is still what was offered. */
const HARMLESS: readonly [string, Change][] = [
  ["its time changes", ({ victim }) => utimesSync(victim, 1, 1)],
  ["its permissions change", ({ victim }) => chmodSync(victim, 0o600)],
  ["it gets a second name", ({ victim }) => linkSync(victim, `${victim}.too`)],
  ["a file appears beside it", ({ sub }) => writeFileSync(join(sub, ".DS_Store"), "x")],
  ["a link to secrets appears beside it", ({ sub, secrets }) => symlinkSync(secrets, join(sub, "link"))],
  ["its folder is the same after a detour", ({ sub }) => [renameSync(sub, `${sub}2`), renameSync(`${sub}2`, sub)]],
];

/** Changes after which the file is no longer what was offered. The sender names it, and the receiver learns the class. */
const FATAL: readonly [string, Change][] = [
  ["vanishes", ({ victim }) => rmSync(victim)],
  ["is renamed", ({ victim }) => renameSync(victim, `${victim}.old`)],
  ["shrinks", ({ victim }) => truncateSync(victim, 1)],
  ["becomes empty", ({ victim }) => truncateSync(victim, 0)],
  ["becomes a folder", ({ victim }) => [rmSync(victim), mkdirSync(victim)]],
  ["becomes a pipe", ({ victim }) => [rmSync(victim), execFileSync("mkfifo", [victim])]],
  ["becomes a link to itself", ({ victim }) => [rmSync(victim), symlinkSync("victim", victim)]],
  ["becomes a link to its old self", ({ victim }) => [renameSync(victim, `${victim}.old`), symlinkSync(`${victim}.old`, victim)]],
  ["becomes a link to a secret", ({ victim, secrets }) => [rmSync(victim), symlinkSync(join(secrets, "victim"), victim)]],
  ["is replaced by a longer file", ({ victim }) => [writeFileSync(`${victim}.new`, `${LARGE}more`), renameSync(`${victim}.new`, victim)]],
  ["loses its folder", ({ sub }) => rmSync(sub, { recursive: true })],
  ["loses its folder to a link to itself", ({ sub }) => [renameSync(sub, `${sub}2`), symlinkSync("sub2", sub)]],
  ["loses its folder to a link to secrets", ({ sub, secrets }) => [renameSync(sub, `${sub}2`), symlinkSync(secrets, sub)]],
  ["loses its folder to a relative link to secrets", ({ sub }) => [renameSync(sub, `${sub}2`), symlinkSync("../secrets", sub)]],
  ["loses its folder to a link to where it is now, with a secret in it", ({ sub, secrets }) => {
    rmSync(sub, { recursive: true });
    renameSync(secrets, `${sub}2`);
    symlinkSync("sub2", sub);
  }],
]; // biome-ignore format: a table

describe("a member of a folder", () => {
  const sizes = [
    ["a small one", SMALL],
    ["a large one", LARGE],
  ] as const;

  it.each(sizes.flatMap(([size, text]) => HARMLESS.map(([name, change]) => [size, name, text, change] as const)))(
    "(%s) is sent although %s",
    async (_, __, text, change) => {
      const here = stage(text);
      const { text: sent, notices } = await send(here.root, "before the first byte", () => change(here));
      expect(sent).toContain(text);
      expect(notices).toEqual([]);
    },
  );

  // proves: transfer/same-source, transfer/links-inside
  it.each(sizes.flatMap(([size, text]) => FATAL.map(([name, change]) => [size, name, text, change] as const)))(
    "(%s) ends the transfer if it %s before it is read",
    async (_, __, text, change) => {
      const here = stage(text);
      const { error, given, size } = await send(here.root, "before the first byte", () => change(here));
      expect(error).toMatchObject({ code: "source-changed", message: expect.stringContaining("'tree/sub/victim'") });
      expect(given).toBeLessThan(size);
    },
  );

  // Without handles, a link to the very same file is not noticed.
  it.each(FATAL.filter(([name]) => !name.endsWith("a link to itself")))(
    "ends the transfer if it %s, also where folders cannot be held open",
    async (_, change) => {
      const platform = Object.getOwnPropertyDescriptor(process, "platform");
      Object.defineProperty(process, "platform", { ...platform, value: "darwin" });
      onTestFinished(() => void (platform && Object.defineProperty(process, "platform", platform)));
      const here = stage(SMALL);
      const { error } = await send(here.root, "before the first byte", () => change(here));
      expect(error).toMatchObject({ code: "source-changed" });
    },
  );

  it.each(["before the first byte", "in the middle"] as const)("that shrinks %s ends the transfer", async (moment) => {
    const here = stage(LARGE);
    const { error, given, size } = await send(here.root, moment, () => truncateSync(here.victim, 1));
    expect(error).toMatchObject({ code: "source-changed" });
    expect(given).toBeLessThan(size);
  });

  // proves: transfer/grown-source
  it.each(MOMENTS.flatMap((moment) => sizes.map(([size, text]) => [size, moment, text] as const)))(
    "(%s) that grows %s is sent as announced, with a notice",
    async (_, moment, text) => {
      const here = stage(text);
      const {
        text: sent,
        given,
        size,
        notices,
      } = await send(here.root, moment, () => appendFileSync(here.victim, "MORE"));
      expect(given).toBe(size);
      expect(sent).toContain(text);
      expect(sent).not.toContain("MORE");
      // Pieces are read ahead, so later growth goes unnoticed.
      if (moment === "before the first byte" || (text === LARGE && moment === "in the middle")) {
        expect(notices).toEqual([{ type: "notice", notice: "grown", path: "tree/sub/victim" }]);
      }
    },
  );

  it("that is empty and grows is sent empty, with a notice", async () => {
    const here = stage("");
    const { given, size, notices } = await send(here.root, "before the first byte", () =>
      appendFileSync(here.victim, "MORE"),
    );
    expect(given).toBe(size);
    expect(notices).toHaveLength(1);
  });

  it.each(sizes)("(%s) that was replaced by a new file of the same size is sent anew", async (_, text) => {
    const here = stage(text);
    const next = text.replace(/^./, "X");
    const { text: sent } = await send(here.root, "before the first byte", () => {
      writeFileSync(`${here.victim}.new`, next);
      renameSync(`${here.victim}.new`, here.victim);
    });
    expect(sent).toContain(next);
  });

  it.runIf(process.platform === "linux")("arrives although the folder is renamed, and replaced by a link", async () => {
    const here = stage(SMALL);
    const { text: sent } = await send(here.root, "before the first byte", () => {
      renameSync(here.root, `${here.root}2`);
      mkdirSync(join(here.secrets, "sub"));
      writeFileSync(join(here.secrets, "sub", "victim"), SECRET);
      symlinkSync(here.secrets, here.root);
    });
    expect(sent).toContain(SMALL);
    expect(sent).not.toContain(SECRET);
  });

  it.runIf(process.platform === "linux")("that a link inside led to is not reached by another link", async () => {
    const here = stage(SMALL);
    symlinkSync("sub/victim", join(here.root, "0-link"));
    const { error } = await send(here.root, "before the first byte", () => {
      renameSync(here.sub, `${here.sub}2`);
      symlinkSync("sub2", here.sub);
    });
    expect(error).toMatchObject({ code: "source-changed", message: expect.stringContaining("'tree/0-link'") });
  });

  it("is sent although its folder was replaced by a copy", async () => {
    const here = stage(SMALL);
    const { text } = await send(here.root, "before the first byte", () => {
      renameSync(here.sub, `${here.sub}2`);
      mkdirSync(here.sub);
      writeFileSync(here.victim, SMALL);
    });
    expect(text).toContain(SMALL);
  });

  it("is the one that a link inside led to, and no other", async () => {
    const here = stage(SMALL);
    symlinkSync("sub/victim", join(here.root, "z-link"));
    const { error } = await send(here.root, "before the first byte", () => {
      renameSync(here.sub, `${here.sub}2`);
      symlinkSync(here.secrets, here.sub);
    });
    expect(error).toMatchObject({ code: "source-changed" });
  });
});

describe("a single file", () => {
  it.each(MOMENTS)("that grows %s is sent as announced, with a notice", async (moment) => {
    const { victim } = stage(LARGE);
    const { text, notices } = await send(victim, moment, () => appendFileSync(victim, "MORE"));
    expect(text).toBe(LARGE);
    expect(notices).toEqual([{ type: "notice", notice: "grown", path: "victim" }]);
  });

  it("that grows all the time is sent as announced", async () => {
    const { victim } = stage(LARGE);
    const { text } = await send(victim, "before the first byte", () => {
      const timer = setInterval(() => appendFileSync(victim, "MORE"), 1);
      onTestFinished(() => clearInterval(timer));
    });
    expect(text).toBe(LARGE);
  });

  it.each(["before the first byte", "in the middle"] as const)("that shrinks %s ends the transfer", async (moment) => {
    const { victim } = stage(LARGE);
    const { error, given } = await send(victim, moment, () => truncateSync(victim, 1));
    expect(error).toMatchObject({ code: "source-changed", message: expect.stringContaining(victim) });
    expect(given).toBeLessThan(LARGE.length);
  });

  // proves: transfer/same-source
  it.each<[string, Change]>([
    ["is removed", ({ victim }) => rmSync(victim)],
    ["is replaced", ({ victim }) => [writeFileSync(`${victim}.new`, "other"), renameSync(`${victim}.new`, victim)]],
    ["is replaced by a link", ({ victim, secrets }) => [rmSync(victim), symlinkSync(join(secrets, "victim"), victim)]],
    ["loses its folder to a link", ({ sub, secrets }) => [renameSync(sub, `${sub}2`), symlinkSync(secrets, sub)]],
  ])("is sent as it was found although its path %s", async (_, change) => {
    const here = stage(LARGE);
    const { text } = await send(here.victim, "before the first byte", () => change(here));
    expect(text).toBe(LARGE);
  });
});

describe.runIf(process.platform === "linux")("a file whose size is not that of its content", () => {
  // proves: transfer/true-size
  it.each(["/proc/cpuinfo", "/proc/self/status", "/proc/version", "/sys/class/net/lo/mtu", "/proc/sys/kernel/ostype"])(
    "is announced with the size of its content: %s",
    async (path) => {
      const source = await openSource(path);
      onTestFinished(() => source.close());
      const { offer, size, pieces } = source.offerTo({});
      let text = "";
      for await (const piece of pieces()) text += Buffer.from(piece).toString("latin1");
      expect(text.length).toBeGreaterThan(0);
      expect(text).toHaveLength(size);
      expect(offer).toMatchObject({ kind: "file", filesize: size });
      if (path.endsWith("mtu")) expect(text).toBe(readFileSync(path, "latin1"));
    },
  );

  it("is announced so in a folder, too", async () => {
    const source = await openSource("/sys/class/net/lo", { ignoreUnsendable: true });
    onTestFinished(() => source.close());
    const { size, pieces } = source.offerTo({});
    let given = 0;
    for await (const piece of pieces()) given += piece.length;
    expect(given).toBe(size);
  });

  it("is refused if it is too large to be measured", async () => {
    await expect(openSource("/proc/self/pagemap")).rejects.toMatchObject({
      code: "unsendable-file",
      message: expect.stringMatching(/size is unknown.*Copy it first/),
    });
  });
});
