/**
 * A program that makes public calls of the library and ignores their promises, whatever becomes of them. It prints, as
 * JSON, how many rejections were unhandled for each pair of a call and an end. `test/program/unwatched.test.ts` runs it.
 */
import { setTimeout as sleep } from "node:timers/promises";
import {
  createWormhole,
  type Dilated,
  type RecordPipe,
  TransitReceiver,
  TransitSender,
  type Wormhole,
  type WormholeOptions,
} from "@wormhole-ts/wormhole";
import { getTor, inputWithCompletion, receive, sendPath, sendText } from "@wormhole-ts/wormhole/node";
import { MemoryMailboxServer, MemoryNetwork } from "@wormhole-ts/wormhole/testing";

const CODE = "4-purple-sausages";
const SETTLED_MS = 15;

/** Each pair of a call and an end, with the number of its rejections that nothing handled. */
const unhandled: Record<string, number> = {};
let current = "";
process.on("unhandledRejection", () => {
  unhandled[current] = (unhandled[current] ?? 0) + 1;
});

/** Runs one row, and waits until every rejection of it was seen. */
async function row(name: string, run: () => void | Promise<void>): Promise<void> {
  current = name;
  unhandled[current] = 0;
  // In some rows the wormhole has ended, so that their own next step fails or is never reached.
  await Promise.race([Promise.resolve(run()).catch(() => {}), sleep(10 * SETTLED_MS)]);
  await sleep(SETTLED_MS);
}

/** Calls something, and ignores what it returns or throws. */
function ignore(call: () => unknown): void {
  try {
    call();
  } catch {
    // A call may also throw at once.
  }
}

// Wormholes.

const GETTERS: Record<string, (wormhole: Wormhole) => unknown> = {
  getWelcome: (wormhole) => wormhole.getWelcome(),
  getCode: (wormhole) => wormhole.getCode(),
  getUnverifiedKey: (wormhole) => wormhole.getUnverifiedKey(),
  getVerifier: (wormhole) => wormhole.getVerifier(),
  getVersions: (wormhole) => wormhole.getVersions(),
  getMessage: (wormhole) => wormhole.getMessage(),
  "getMessage with a signal": (wormhole) => wormhole.getMessage({ signal: AbortSignal.abort() }),
  "messages().next": (wormhole) => wormhole.messages().next(),
  "messages().return": (wormhole) => wormhole.messages().return?.(),
  dilate: (wormhole) => wormhole.dilate(),
  "dilate with wrong options": (wormhole) => wormhole.dilate({ listen: 3 as never }),
  closed: (wormhole) => wormhole.closed,
  close: (wormhole) => wormhole.close(),
  asyncDispose: (wormhole) => wormhole[Symbol.asyncDispose](),
};

interface Stage {
  readonly server: MemoryMailboxServer;
  readonly wormhole: Wormhole;
  readonly abort: AbortController;
}

function stage(more: Partial<WormholeOptions> = {}, prepare: (server: MemoryMailboxServer) => void = () => {}): Stage {
  const server = new MemoryMailboxServer();
  prepare(server);
  const abort = new AbortController();
  const platform = { openMessageSocket: server.openMessageSocket, network: new MemoryNetwork().machine("10.0.0.1") };
  const options = { appId: "example.com/test", relayUrl: "ws://memory/v1", platform, signal: abort.signal, ...more };
  return { server, wormhole: createWormhole(options), abort };
}

/** A peer with this code. */
function peer({ server }: Stage, code: string): Wormhole {
  const platform = { openMessageSocket: server.openMessageSocket };
  const wormhole = createWormhole({ appId: "example.com/test", relayUrl: "ws://memory/v1", platform });
  wormhole.setCode(code);
  return wormhole;
}

/** Every way in which a wormhole ends. Each makes the stage, lets the call happen, and ends the wormhole. */
const ENDS: Record<string, (call: (wormhole: Wormhole) => void) => Promise<void>> = {
  async close(call) {
    const { wormhole } = stage();
    call(wormhole);
    void wormhole.close();
    await sleep(SETTLED_MS);
    call(wormhole);
  },
  async "the scope is left"(call) {
    await using wormhole = stage().wormhole;
    call(wormhole);
    wormhole.allocateCode();
    await wormhole.getCode();
  },
  async "a wrong code"(call) {
    const here = stage();
    here.wormhole.setCode(CODE);
    call(here.wormhole);
    peer(here, "4-other-words");
    await sleep(SETTLED_MS);
  },
  async "the peer leaves"(call) {
    const here = stage();
    here.wormhole.setCode(CODE);
    call(here.wormhole);
    const other = peer(here, CODE);
    await other.getVersions();
    void other.close();
    await sleep(SETTLED_MS);
    void here.wormhole.close();
  },
  async "a refused connection"(call) {
    const { wormhole } = stage({}, (server) => {
      server.down = true;
    });
    call(wormhole);
    await sleep(SETTLED_MS);
    call(wormhole);
  },
  async "an invalid address"(call) {
    const wormhole = createWormhole({ appId: "example.com/test", relayUrl: "nonsense" });
    call(wormhole);
    await sleep(SETTLED_MS);
  },
  async "a welcome with an error"(call) {
    const { wormhole } = stage({}, (server) => {
      server.welcome = { error: "go away" };
    });
    call(wormhole);
    await sleep(SETTLED_MS);
  },
  async "an error of the server"(call) {
    const { server, wormhole } = stage();
    call(wormhole);
    await wormhole.getWelcome();
    server.say({ type: "error", error: "trouble", orig: {} });
    await sleep(SETTLED_MS);
  },
  async "an abort"(call) {
    const { wormhole, abort } = stage();
    call(wormhole);
    abort.abort(new Error("enough"));
    await sleep(SETTLED_MS);
    call(wormhole);
  },
  async "an abort before the start"(call) {
    const { wormhole } = stage({ signal: AbortSignal.abort(new Error("enough")) });
    call(wormhole);
    await sleep(SETTLED_MS);
    call(wormhole);
  },
};

for (const [end, play] of Object.entries(ENDS)) {
  for (const [name, get] of Object.entries(GETTERS)) {
    await row(`wormhole.${name}: ${end}`, () => play((wormhole) => ignore(() => get(wormhole))));
  }
  await row(`whenWordlistIsAvailable: ${end}`, () =>
    play((wormhole) => ignore(() => wormhole.inputCode().whenWordlistIsAvailable())),
  );
}

// Dilated wormholes, their endpoints and their subchannels.

const STREAMS: Record<string, (dilated: Dilated) => unknown> = {
  "control.connect": ({ control }) => control.connect(),
  "control.connect twice": ({ control }) => [control.connect(), control.connect()],
  "client.connect": ({ client }) => client.connect(),
  "connector(fowl).connect": (dilated) => dilated.connector("fowl").connect(),
  "server.listen().next": ({ server }) => server.listen().next(),
  "listener(fowl).listen().next": (dilated) => dilated.listener("fowl").listen().next(),
  "a subchannel": ({ client }) => {
    void client.connect().then(
      (subchannel) => ignore(() => [subchannel.closed, subchannel.close(), subchannel[Symbol.asyncDispose]()]),
      () => {},
    );
  },
};

const CUTS: Record<string, (wormhole: Wormhole, dilated: Dilated, server: MemoryMailboxServer) => unknown> = {
  close: (wormhole) => wormhole.close(),
  "an error of the server": (_, __, server) => server.say({ type: "error", error: "trouble", orig: {} }),
};

for (const [end, cut] of Object.entries(CUTS)) {
  for (const [name, use] of Object.entries(STREAMS)) {
    await row(`dilated.${name}: ${end}`, async () => {
      const network = new MemoryNetwork();
      const server = new MemoryMailboxServer();
      const sides = ["10.0.0.1", "10.0.0.2"].map((address) => {
        const platform = { openMessageSocket: server.openMessageSocket, network: network.machine(address) };
        const wormhole = createWormhole({ appId: "example.com/test", relayUrl: "ws://memory/v1", platform });
        wormhole.setCode(CODE);
        return wormhole;
      });
      const [dilated] = await Promise.all(sides.map((wormhole) => wormhole.dilate()));
      const [wormhole] = sides;
      if (!dilated || !wormhole) return;
      ignore(() => use(dilated));
      ignore(() => cut(wormhole, dilated, server));
      await sleep(SETTLED_MS);
      ignore(() => use(dilated));
      for (const side of sides) void side.close();
    });
  }
}

// Transit and its pipes.

const PIPES: Record<string, (pipe: RecordPipe) => unknown> = {
  sendRecord: (pipe) => pipe.sendRecord(new Uint8Array(10)),
  "sendRecord of something else": (pipe) => pipe.sendRecord("text" as never),
  "sendRecord too large": (pipe) => pipe.sendRecord(new Uint8Array(5_000_000)),
  sendBulk: (pipe) => pipe.sendBulk(new Uint8Array(10)),
  receiveRecord: (pipe) => pipe.receiveRecord(),
  "receiveRecord with a signal": (pipe) => pipe.receiveRecord({ signal: AbortSignal.abort() }),
  "iterator.next": (pipe) => pipe[Symbol.asyncIterator]().next(),
  "receiveBulk.next": (pipe) => pipe.receiveBulk(10)[Symbol.asyncIterator]().next(),
  close: (pipe) => pipe.close(),
  asyncDispose: (pipe) => pipe[Symbol.asyncDispose](),
};

for (const [name, use] of Object.entries(PIPES)) {
  for (const end of ["destroyed here", "cut", "closed by the other side"]) {
    await row(`pipe.${name}: ${end}`, async () => {
      const network = new MemoryNetwork();
      const sender = new TransitSender({ platform: { network: network.machine("10.0.0.1") } });
      const receiver = new TransitReceiver({ platform: { network: network.machine("10.0.0.2") } });
      for (const transit of [sender, receiver]) transit.setTransitKey(new Uint8Array(32));
      receiver.addConnectionHints(await sender.getConnectionHints());
      sender.addConnectionHints(await receiver.getConnectionHints());
      const [pipe, other] = await Promise.all([sender.connect(), receiver.connect()]);
      ignore(() => use(pipe));
      if (end === "destroyed here") pipe.destroy();
      else if (end === "cut") network.cut();
      else other.destroy();
      await sleep(SETTLED_MS);
      ignore(() => use(pipe));
    });
  }
}

const network = () => new MemoryNetwork().machine("10.0.0.1");
await row("transit.connect without a key", () => ignore(() => new TransitSender({}).connect()));
await row("transit.connect that is closed", () => {
  const transit = new TransitSender({ platform: { network: network() } });
  transit.setTransitKey(new Uint8Array(32));
  ignore(() => [transit.connect(), transit.getConnectionHints()]);
  transit.close();
});
await row("transit.getConnectionHints of a network that fails", () => {
  const addresses = () => {
    throw new Error("no interfaces");
  };
  ignore(() => new TransitSender({ platform: { network: { ...network(), addresses } } }).getConnectionHints());
});

// Transfers, and the calls of /node.

const TRANSFERS = {
  sendText: (options: Parameters<typeof receive>[0]) => sendText("hello", options),
  sendPath: (options: Parameters<typeof receive>[0]) => sendPath(process.execPath, options),
  "sendPath of nothing": (options: Parameters<typeof receive>[0]) => sendPath("/no/such/path", options),
  receive: (options: Parameters<typeof receive>[0]) => receive({ code: CODE, ...options }),
};

for (const [name, start] of Object.entries(TRANSFERS)) {
  for (const end of ["refused", "unwelcome", "aborted", "aborted before"] as const) {
    await row(`${name}: ${end}`, async () => {
      const server = new MemoryMailboxServer();
      server.down = end === "refused";
      if (end === "unwelcome") server.welcome = { error: "go away" };
      const abort = new AbortController();
      if (end === "aborted before") abort.abort(new Error("enough"));
      const platform = { openMessageSocket: server.openMessageSocket };
      const transfer = start({ relayUrl: "ws://memory/v1", platform, signal: abort.signal });
      ignore(() => [transfer.code, transfer.done, transfer[Symbol.asyncIterator]().next()]);
      abort.abort(new Error("enough"));
      await sleep(SETTLED_MS);
      ignore(() => [transfer.code, transfer.done, transfer[Symbol.asyncIterator]().next()]);
    });
  }
}

await row("getTor with wrong options", () => ignore(() => getTor({ launch: 3 as never })));
await row("getTor of nothing", () => ignore(() => getTor({ controlPort: "tcp:127.0.0.1:1" })));
await row("inputWithCompletion with an aborted signal", () => {
  const { wormhole } = stage();
  ignore(() => inputWithCompletion("", wormhole.inputCode(), { signal: AbortSignal.abort() }));
  void wormhole.close();
});

await sleep(100);
console.log(JSON.stringify(unhandled));
process.exit(0);
