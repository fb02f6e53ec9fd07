/** Every option of a transfer has its effect. A new option needs a check here, or this file does not compile. */
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { describe, expect, it, vi } from "vitest";
import { Timing } from "../../src/base/timing.ts";
import type { CodeInput, OpenMessageSocket, Tor } from "../../src/index.ts";
import { receive, receiveFile, sendFile, sendPath, sendText } from "../../src/node.ts";
import { MemoryNetwork } from "../../src/testing.ts";
import type {
  ReceiveFileOptions,
  ReceiveOptions,
  SendFileOptions,
  SendPathOptions,
  Transfer,
  TransferOptions,
} from "../../src/transfer/api.ts";
import { follow, Pair, type Stranger } from "./pair.ts";
import { sandbox } from "./sandbox.ts";

const CODE = "42-crossover-clockwork";
const ADDRESS = "10.0.0.1";
const OFFER = { offer: { file: { filename: "a.txt", filesize: 5 } } };

type Check = () => Promise<void>;
/** One check for each option. */
type Checks<Options> = { readonly [Name in keyof Options]-?: Check };
type Hint = { readonly type: string; readonly hostname?: string };

/** A transfer with the option under test, and its surroundings. */
class Stage<Options extends TransferOptions> {
  readonly pair = new Pair();
  readonly urls: string[] = [];
  readonly #start: (options: Options | TransferOptions) => Transfer<unknown>;
  readonly #peerRole: "sender" | "receiver";
  readonly #ending = new AbortController();

  constructor(start: (options: Options | TransferOptions) => Transfer<unknown>, peerRole: "sender" | "receiver") {
    this.#start = start;
    this.#peerRole = peerRole;
  }

  readonly openMessageSocket: OpenMessageSocket = (url, events) => {
    this.urls.push(url);
    return this.pair.server.openMessageSocket(url, events);
  };

  /** Starts the transfer on a machine that has the address {@link ADDRESS}. */
  start(options: Partial<Options | TransferOptions> = {}): Transfer<unknown> {
    const network = new MemoryNetwork().machine(ADDRESS);
    const platform = { openMessageSocket: this.openMessageSocket, network };
    return this.#start({ ...this.pair.options, platform, signal: this.#ending.signal, ...options });
  }

  /** Ends the transfer from the outside. */
  async end(transfer: Transfer<unknown>): Promise<void> {
    const reason = new Error("the test is over");
    this.#ending.abort(reason);
    await expect(transfer.done).rejects.toBe(reason);
  }

  /** The peer. If it sends, it has made its offer. */
  peer({ appId, offer = OFFER }: { appId?: string; offer?: object } = {}): Stranger {
    const stranger = this.pair.stranger(CODE, this.#peerRole, appId);
    if (this.#peerRole === "sender") stranger.send(offer);
    return stranger;
  }

  /** Runs the transfer, accepts everything, and returns the hints that it sends. */
  async hints(options: Partial<TransferOptions>): Promise<Hint[]> {
    const transfer = this.start({ code: CODE, ...options });
    void follow(transfer).catch(() => {});
    const { transit } = (await this.peer().receive()) as { transit: { "hints-v1": Hint[] } };
    await this.end(transfer);
    return transit["hints-v1"];
  }

  /** Runs the whole transfer with another side of this library. */
  async complete(options: Partial<TransferOptions>): Promise<void> {
    const transfer = this.#start({ ...this.pair.options, code: CODE, ...options });
    const other =
      this.#peerRole === "sender"
        ? this.pair.sendPath(aFile(), { code: CODE })
        : this.pair.receive(CODE, { directory: sandbox() });
    await Promise.all([follow(transfer), follow(other)]);
  }
}

function aFile(): string {
  const path = join(sandbox(), "a.txt");
  writeFileSync(path, "hello");
  return path;
}

/** Checks of the options that every transfer has. `span` is a span that its timing must have. */
function commonChecks(
  stage: () => Stage<TransferOptions>,
  span: string,
): Omit<Checks<TransferOptions>, "relays" | "listen"> {
  return {
    async relayUrl() {
      const here = stage();
      const transfer = here.start({ relayUrl: "ws://elsewhere/v1", code: CODE });
      await transfer.code;
      expect(here.urls).toEqual(["ws://elsewhere/v1"]);
      await here.end(transfer);
    },
    async appId() {
      const here = stage();
      const transfer = here.start({ appId: "example.org/app", code: CODE });
      await here.peer({ appId: "example.org/app" }).wormhole.getVersions();
      await here.end(transfer);
    },
    async code() {
      const here = stage();
      const transfer = here.start({ code: CODE });
      expect(await transfer.code).toBe(CODE);
      await here.end(transfer);
    },
    async codeLength() {
      const here = stage();
      const transfer = here.start({ codeLength: 5 });
      expect((await transfer.code).split("-")).toHaveLength(6);
      await here.end(transfer);
    },
    async verify() {
      const here = stage();
      const transfer = here.start({ code: CODE, verify: true });
      await here.peer().wormhole.getVersions();
      let accepted = false;
      for await (const event of transfer) {
        if (event.type === "versions") break;
        if (event.type !== "verifier") continue;
        void setTimeout(20).then(() => {
          accepted = true;
          event.accept();
        });
      }
      expect(accepted).toBe(true);
      await here.end(transfer);
    },
    async tor() {
      const here = stage();
      let streams = 0;
      const network = { isTor: true, dial: () => Promise.reject(new Error("no route")), addresses: () => [] };
      const tor: Tor = {
        streams() {
          streams += 1;
          return { openMessageSocket: here.openMessageSocket, network };
        },
      };
      const openMessageSocket: OpenMessageSocket = () => {
        throw new Error("a connection without Tor");
      };
      const transfer = here.start({ code: CODE, tor, platform: { openMessageSocket } });
      void follow(transfer).catch(() => {});
      const message = await here.peer().receive();
      expect(JSON.stringify(message)).not.toContain("hostname");
      expect(streams).toBe(1);
      await here.end(transfer);
    },
    async timing() {
      const timing = new Timing();
      await stage().complete({ timing });
      const names = timing.toJSON().map(({ name }) => name);
      expect(names).toEqual(expect.arrayContaining(["connect", span]));
    },
    async signal() {
      const controller = new AbortController();
      const transfer = stage().start({ signal: controller.signal });
      controller.abort(new Error("enough"));
      await expect(transfer.done).rejects.toThrow("enough");
    },
    async platform() {
      const here = stage();
      const transfer = here.start({ platform: { openMessageSocket: here.openMessageSocket } });
      await transfer.code;
      await here.end(transfer);
    },
  };
}

/** Checks of the options of transit. */
function transitChecks(stage: () => Stage<TransferOptions>): Checks<Pick<TransferOptions, "relays" | "listen">> {
  const direct = (hints: Hint[]) => hints.filter(({ type }) => type === "direct-tcp-v1");
  return {
    async relays() {
      expect(await stage().hints({ relays: ["tcp:relay.test:4001"] })).toContainEqual({
        type: "relay-v1",
        hints: [expect.objectContaining({ hostname: "relay.test", port: 4001 })],
      });
    },
    async listen() {
      expect(direct(await stage().hints({}))).toMatchObject([{ hostname: ADDRESS }]);
      expect(direct(await stage().hints({ listen: false }))).toEqual([]);
    },
  };
}

/** One test for each option. */
function every<Options>(checks: Checks<Options>): void {
  // proves: transfer/options-arrive
  it.each(Object.entries<Check>(checks))("%s", (_, check) => check());
}

describe("an option of sendText takes effect:", () => {
  const stage = () => new Stage((options) => sendText("hello", options), "receiver");
  const noTransit = async (options: Partial<TransferOptions>) => {
    const here = stage();
    const transfer = here.start({ code: CODE, ...options });
    expect(await here.peer().receive()).toEqual({ offer: { message: "hello" } });
    await here.end(transfer);
  };
  every<TransferOptions>({
    ...commonChecks(stage, "wait for answer"),
    // A text needs no transit, so these two change nothing.
    relays: () => noTransit({ relays: ["tcp:relay.test:4001"] }),
    listen: () => noTransit({ listen: true }),
  });
});

describe("an option of sendPath takes effect:", () => {
  const stage = () => new Stage((options) => sendPath(aFile(), options), "receiver");
  /** Requires that a folder gets a code with the options, and is unsendable without them. */
  const onlyWith = async (options: Partial<SendPathOptions>, folder: string) => {
    const pair = new Pair();
    await expect(pair.sendPath(folder).done).rejects.toMatchObject({ code: "unsendable-file" });
    const transfer = pair.sendPath(folder, { ...options, code: CODE });
    await expect(transfer.code).resolves.toBe(CODE);
    pair.server.say({ type: "error", error: "the test is over", orig: {} });
    await expect(transfer.done).rejects.toMatchObject({ code: "server-error" });
  };
  every<SendPathOptions>({
    ...commonChecks(stage, "transit connect"),
    ...transitChecks(stage),
    async ignoreUnsendable() {
      const folder = join(sandbox(), "folder");
      mkdirSync(folder);
      symlinkSync("nowhere", join(folder, "dangling"));
      await onlyWith({ ignoreUnsendable: true }, folder);
    },
    async followLinks() {
      const folder = join(sandbox(), "folder");
      mkdirSync(folder);
      symlinkSync(aFile(), join(folder, "outside"));
      await onlyWith({ followLinks: true }, folder);
    },
  });
});

describe("an option of sendFile takes effect:", () => {
  const stage = () => new Stage((options) => sendFile(new Blob(["hello"]), { name: "a.txt", ...options }), "receiver");
  every<SendFileOptions>({
    ...commonChecks(stage, "transit connect"),
    ...transitChecks(stage),
    async name() {
      const pair = new Pair();
      const sender = sendFile(new File(["hello"], "a.txt"), { ...pair.options, name: "b.txt" });
      const receiver = receiveFile({ ...pair.options, code: await sender.code, accept: true });
      await expect(receiver.done).resolves.toMatchObject({ name: "b.txt" });
    },
  });
});

/** Checks the option `enterCode`. */
async function entersCode(start: (options: ReceiveOptions) => Transfer<unknown>): Promise<void> {
  const pair = new Pair();
  const sender = pair.sendText("hello");
  const [nameplate = "", ...words] = (await sender.code).split("-");
  const enterCode = async (input: CodeInput) => {
    input.chooseNameplate(nameplate);
    input.chooseWords(words.join("-"));
  };
  const transfer = start({ ...pair.options, enterCode });
  await follow(transfer);
  await expect(transfer.done).resolves.toEqual({ kind: "text", text: "hello" });
}

/** Returns a function that makes an offer to a receiver, and returns the first message to the sender. */
function answers<Options extends TransferOptions & Pick<ReceiveOptions, "accept">>(
  start: (options: Options | TransferOptions) => Transfer<unknown>,
) {
  return async (offer: object, options: Partial<Options>) => {
    const here = new Stage<Options>(start, "sender");
    const transfer = here.start({ code: CODE, accept: true, ...options } as Partial<Options>);
    const message = await here.peer({ offer: { offer } }).receive();
    await here.end(transfer).catch(() => {});
    return message;
  };
}

describe("an option of receiveFile takes effect:", () => {
  const stage = () => new Stage(receiveFile, "sender");
  const answer = answers<ReceiveFileOptions>(receiveFile);
  every<ReceiveFileOptions>({
    ...commonChecks(stage, "transit connect"),
    ...transitChecks(stage),
    enterCode: () => entersCode(receiveFile),
    async accept() {
      expect(await answer(OFFER.offer, {})).toHaveProperty("transit");
      expect(await answer(OFFER.offer, { accept: () => false })).toEqual({ error: "transfer rejected" });
    },
    async allowHidden() {
      const offer = { file: { filename: ".hidden", filesize: 5 } };
      expect(await answer(offer, {})).toHaveProperty("error");
      expect(await answer(offer, { allowHidden: true })).toHaveProperty("transit");
    },
    async maxBytes() {
      expect(await answer(OFFER.offer, { maxBytes: 5 })).toHaveProperty("transit");
      expect(await answer(OFFER.offer, { maxBytes: 4 })).toHaveProperty("error");
    },
    async into() {
      const write = vi.fn();
      const pair = new Pair();
      const sender = pair.sendPath(aFile());
      const into = new WritableStream<Uint8Array>({ write });
      const receiver = receiveFile({ ...pair.options, code: await sender.code, accept: true, into });
      await receiver.done;
      expect(write.mock.calls[0]?.[0]).toEqual(new Uint8Array(Buffer.from("hello")));
    },
  });
});

describe("an option of receive takes effect:", () => {
  const stage = () => new Stage((options) => receive({ directory: sandbox(), ...options }), "sender");
  /** Receives a file of the name `a.txt` into a folder that holds an `a.txt` and a folder `sub`. */
  const received = async (options: (folder: string) => Partial<ReceiveOptions>) => {
    const folder = sandbox();
    mkdirSync(join(folder, "sub"));
    writeFileSync(join(folder, "a.txt"), "old");
    const pair = new Pair();
    const sender = pair.sendPath(aFile());
    const receiver = pair.receive(await sender.code, options(folder));
    await Promise.allSettled([follow(sender), follow(receiver)]);
    return readdirSync(folder, { recursive: true, encoding: "utf8" })
      .sort()
      .filter((path) => path !== "sub")
      .map((path) => `${path}: ${readFileSync(join(folder, path), "utf8")}`);
  };
  const answer = answers<ReceiveOptions>((given) => receive({ directory: sandbox(), ...given }));
  every<ReceiveOptions>({
    ...commonChecks(stage, "transit connect"),
    ...transitChecks(stage),
    enterCode: () => entersCode(receive),
    async directory() {
      expect(await received((folder) => ({ directory: join(folder, "sub") }))).toEqual([
        "a.txt: old",
        "sub/a.txt: hello",
      ]);
    },
    async output() {
      expect(await received((folder) => ({ output: join(folder, "b.txt") }))).toEqual(["a.txt: old", "b.txt: hello"]);
    },
    async overwrite() {
      const old = ["a.txt: old"];
      const replaced = ["a.txt: hello"];
      expect(await received((folder) => ({ directory: folder }))).toEqual(old);
      expect(await received((folder) => ({ directory: folder, overwrite: true }))).toEqual(replaced);
      expect(await received((folder) => ({ directory: folder, overwrite: "output" }))).toEqual(old);
      expect(await received((directory) => ({ directory, output: "a.txt", overwrite: "output" }))).toEqual(replaced);
    },
    async accept() {
      expect(await answer(OFFER.offer, {})).toHaveProperty("transit");
      expect(await answer(OFFER.offer, { accept: () => false })).toEqual({ error: "transfer rejected" });
    },
    async allowHidden() {
      const offer = { file: { filename: ".hidden", filesize: 5 } };
      expect(await answer(offer, {})).toHaveProperty("error");
      expect(await answer(offer, { allowHidden: true })).toHaveProperty("transit");
    },
    async ignoreSpace() {
      const offer = { file: { filename: "a.txt", filesize: 2 ** 53 - 1 } };
      expect(await answer(offer, {})).toEqual({ error: "receiver disk full" });
      expect(await answer(offer, { ignoreSpace: true })).toHaveProperty("transit");
    },
  });
});
