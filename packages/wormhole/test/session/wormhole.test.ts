/** Two wormholes and their mailbox server: what an application sees from the code to the end. */

import { describe, expect, it } from "vitest";
import {
  createWormhole,
  KeyFormatError,
  LonelyError,
  NoKeyError,
  OnlyOneCodeError,
  type OpenMessageSocket,
  ServerConnectionError,
  ServerError,
  WelcomeError,
  type Wormhole,
  WormholeClosedError,
  type WormholeDelegate,
  WrongPasswordError,
} from "../../src/index.ts";
import { closed } from "./held-socket.ts";
import { bytes, reported, text, World } from "./world.ts";

/** Two wormholes with one code. */
async function pair(w: World): Promise<[Wormhole, Wormhole]> {
  const [a, b] = [w.wormhole({ versions: { a: 1 } }), w.wormhole({ versions: { b: 2 } })];
  a.allocateCode();
  b.setCode(await a.getCode());
  return [a, b];
}

describe("two wormholes with one code", () => {
  // proves: api/pipe-of-records
  it("agree on key, verifier and versions, and carry messages in order, both ways", async () => {
    const w = new World();
    const [a, b] = await pair(w);
    for (const n of [0, 1, 2]) {
      a.sendMessage(bytes(`from a ${n}`));
      b.sendMessage(bytes(`from b ${n}`));
    }
    expect(await a.getUnverifiedKey()).toEqual(await b.getUnverifiedKey());
    expect(await a.getVerifier()).toEqual(await b.getVerifier());
    expect(await a.getVersions()).toEqual({ b: 2 });
    expect(await b.getVersions()).toEqual({ a: 1 });
    for (const n of [0, 1, 2]) {
      expect(text(await b.getMessage())).toBe(`from a ${n}`);
      expect(text(await a.getMessage())).toBe(`from b ${n}`);
    }
    expect(a.deriveKey("purpose", 40)).toEqual(b.deriveKey("purpose", 40));
    expect(await Promise.all([a.close(), b.close()])).toEqual(["happy", "happy"]);
    expect(w.server.nameplates).toEqual([]);
    expect(w.server.mailboxes).toBe(0);
  });

  // proves: session/nameplate-released-early
  it("release the nameplate as soon as each has received a message from the other", async () => {
    const w = new World();
    const [a, b] = await pair(w);
    await Promise.all([a.getVerifier(), b.getVerifier()]);
    await w.clock.advance(0);
    expect(w.server.nameplates).toEqual([]);
  });

  // proves: session/nothing-before-proof, api/all-encrypted
  it("send only their versions before the peer has proved its code, and each phase once", async () => {
    const w = new World();
    const [a, b] = await pair(w);
    // The second side has the key before the proof of the first one arrives.
    b.sendMessage(bytes("secret"));
    await a.getMessage();
    const added = w.server.received.filter(({ type }) => type === "add").map(({ phase }) => phase);
    expect(added.filter((phase) => phase === "0")).toHaveLength(1);
    expect(added.filter((phase) => phase === "version")).toHaveLength(2);
    expect(added.indexOf("0")).toBeGreaterThan(added.lastIndexOf("version"));
    expect(JSON.stringify(w.server.received)).not.toContain("736563726574");
  });

  // proves: session/link-restored, session/repeated-until-echoed, api/message-boundaries
  it("meet even if their connections are cut at any moment", async () => {
    for (let cut = 0; cut < 40; cut++) {
      const w = new World();
      const [a, b] = [w.wormhole(), w.wormhole()];
      a.setCode("4-purple-sausages");
      b.setCode("4-purple-sausages");
      a.sendMessage(bytes("one"));
      b.sendMessage(bytes("two"));
      await Promise.all([a.getWelcome(), b.getWelcome()]);
      for (let turn = 0; turn < cut; turn++) await Promise.resolve();
      w.server.drop();
      await w.clock.advance(60_000);
      expect(text(await a.getMessage()), `cut at ${cut}`).toBe("two");
      expect(text(await b.getMessage()), `cut at ${cut}`).toBe("one");
      expect(await Promise.all([a.close(), b.close()])).toEqual(["happy", "happy"]);
      expect(w.server.nameplates).toEqual([]);
    }
  });

  // proves: api/verifier-differs
  it("end with WrongPasswordError on both sides when the codes differ", async () => {
    const w = new World();
    const [a, b] = [w.wormhole(), w.wormhole()];
    a.setCode("4-purple-sausages");
    b.setCode("4-purple-sausage");
    a.sendMessage(bytes("secret"));
    for (const side of [a, b]) {
      await expect(side.getVerifier()).rejects.toThrow(WrongPasswordError);
      await expect(side.getMessage()).rejects.toThrow(WrongPasswordError);
      await expect(side.close()).rejects.toThrow(WrongPasswordError);
    }
    expect(w.server.received.some(({ phase }) => phase === "0")).toBe(false);
    expect(w.server.received.filter(({ type }) => type === "close").map(({ mood }) => mood)).toEqual([
      "scary",
      "scary",
    ]);
    expect(w.server.nameplates).toEqual([]);
  });

  // proves: api/one-message-a-call
  it("leave messages that had arrived readable after the end", async () => {
    const w = new World();
    const [a, b] = await pair(w);
    for (const n of [0, 1, 2]) a.sendMessage(bytes(String(n)));
    expect(text(await b.getMessage())).toBe("0");
    await w.clock.advance(0);
    await b.close();
    expect(text(await b.getMessage())).toBe("1");
    const rest: string[] = [];
    for await (const message of b.messages()) rest.push(text(message));
    expect(rest).toEqual(["2"]);
    await expect(b.getMessage()).rejects.toThrow(WormholeClosedError);
  });
});

describe("codes", () => {
  // proves: api/one-code
  it("are set once for each wormhole, and an invalid code does not count", async () => {
    const a = new World().wormhole();
    expect(() => a.setCode("7-two words")).toThrow(KeyFormatError);
    a.setCode("7-words");
    expect(() => a.setCode("7-words")).toThrow(OnlyOneCodeError);
    expect(() => a.allocateCode()).toThrow(OnlyOneCodeError);
    expect(() => a.inputCode()).toThrow(OnlyOneCodeError);
    expect(await a.getCode()).toBe("7-words");
  });

  // proves: api/code-length
  it("have as many words as asked for", async () => {
    const a = new World().wormhole();
    a.allocateCode(4);
    expect(await a.getCode()).toMatch(/^1(-[a-z]+){4}$/);
  });

  // proves: api/typed-code
  it("can be typed with completions", async () => {
    const w = new World();
    const a = w.wormhole();
    a.allocateCode();
    const code = await a.getCode();
    const b = w.wormhole();
    const input = b.inputCode();
    await w.clock.advance(0);
    expect([...input.getNameplateCompletions("")]).toEqual(["1-"]);
    expect(() => input.getWordCompletions("")).toThrow("nameplate");
    expect(() => input.chooseNameplate("one")).toThrow(KeyFormatError);
    input.chooseNameplate("1");
    await input.whenWordlistIsAvailable();
    expect(() => input.chooseNameplate("1")).toThrow("already been chosen");
    expect([...input.getWordCompletions("su")].sort()).toEqual(["supportive-", "surrender-", "suspicious-"]);
    input.chooseWords(code.slice(2));
    expect(() => input.chooseWords("again")).toThrow("already been chosen");
    expect(await b.getVerifier()).toEqual(await a.getVerifier());
  });
});

describe("the end", () => {
  it("without a peer is a LonelyError, and leaves nothing at the server", async () => {
    const w = new World();
    const a = w.wormhole();
    a.allocateCode();
    await a.getCode();
    const pending = a.getMessage();
    await expect(a.close()).rejects.toThrow(LonelyError);
    await expect(pending).rejects.toThrow(LonelyError);
    await expect(a.getCode()).rejects.toThrow(LonelyError);
    expect(w.server.nameplates).toEqual([]);
    expect(w.server.mailboxes).toBe(0);
    expect(() => a.sendMessage(bytes("late"))).toThrow(WormholeClosedError);
  });

  // proves: session/everything-released, api/nothing-left
  it("leaves nothing at the server, at any moment", async () => {
    for (let moment = 0; moment < 30; moment++) {
      const w = new World();
      const a = w.wormhole();
      a.allocateCode();
      for (let turn = 0; turn < moment; turn++) await Promise.resolve();
      await expect(a.close()).rejects.toThrow(LonelyError);
      expect(w.server.nameplates, `closed at ${moment}`).toEqual([]);
      expect(w.server.mailboxes, `closed at ${moment}`).toBe(0);
    }
  });

  // proves: session/close-deadline, api/close
  it("comes within five seconds if the server cannot be reached", async () => {
    const w = new World();
    const [a, b] = await pair(w);
    await Promise.all([a.getVerifier(), b.getVerifier()]);
    w.server.down = true;
    w.server.drop();
    const closed = a.close();
    const said = expect(closed).rejects.toThrow(/could not be reached to close the wormhole/);
    await w.clock.advance(5_000);
    await said;
  });

  // proves: session/first-failure-is-final
  it("comes at once if no server was ever reached", async () => {
    const w = new World();
    w.server.down = true;
    const a = w.wormhole();
    a.setCode("1-a");
    await expect(a.getWelcome()).rejects.toThrow(ServerConnectionError);
    await expect(a.close()).rejects.toThrow("nothing listens there");
  });

  it("has the reason with which the server refuses this client", async () => {
    const w = new World();
    w.server.welcome = { error: "go \u001b[2J away" };
    const a = w.wormhole();
    a.setCode("1-a");
    await expect(a.getCode()).rejects.toThrow(WelcomeError);
    await expect(a.close()).rejects.toThrow(/go \\x1b\[2J away/);
  });

  it("has the server's error, and explains `crowded`", async () => {
    const w = new World();
    const [a, b, c] = [w.wormhole(), w.wormhole(), w.wormhole()];
    a.setCode("1-a");
    b.setCode("1-a");
    await a.getVerifier();
    c.setCode("1-a");
    await w.clock.advance(0);
    a.sendMessage(bytes("x"));
    expect(text(await b.getMessage())).toBe("x");
    w.server.say({ type: "error", error: "crowded" });
    await expect(a.getMessage()).rejects.toThrow(ServerError);
    await expect(a.close()).rejects.toThrow(/use the number of this code/);
  });

  it("comes at once if the server refuses the nameplate", async () => {
    const answers: Record<string, object> = {
      claim: { type: "error", error: "crowded", orig: {} },
      release: { type: "released" },
    };
    const openMessageSocket: OpenMessageSocket = (_, events) => {
      const say = (message: object | undefined) =>
        message && queueMicrotask(() => events.received(JSON.stringify(message)));
      queueMicrotask(() => {
        events.opened();
        say({ type: "welcome", welcome: {} });
      });
      return { send: (text) => say(answers[JSON.parse(text).type]), close: () => closed(events) };
    };
    const world = new World({ openMessageSocket });
    const a = createWormhole(world.options());
    a.setCode("1-a");
    await expect(a.getVerifier()).rejects.toThrow(ServerError);
    await expect(a.close()).rejects.toThrow(/use the number of this code/);
    expect(world.clock.now()).toBe(0);
  });

  it("comes when the signal aborts", async () => {
    const abort = new AbortController();
    const w = new World();
    const a = w.wormhole({ signal: abort.signal });
    a.allocateCode();
    await a.getCode();
    abort.abort();
    await expect(a.getMessage()).rejects.toBe(abort.signal.reason);
    await w.clock.advance(0);
    expect(w.server.nameplates).toEqual([]);
  });

  it("comes if the server sends no welcome", async () => {
    const world = new World({
      openMessageSocket: (_, events) => {
        queueMicrotask(() => events.opened());
        return { send() {}, close: () => closed(events) };
      },
    });
    const a = createWormhole(world.options());
    a.setCode("1-a");
    await world.clock.advance(10_000);
    await expect(a.close()).rejects.toThrow(/not a mailbox server/);
  });
});

describe("a delegate", () => {
  it("sees everything once and in order, even if it throws", async () => {
    const w = new World();
    const seen: string[] = [];
    const note = (name: string) => () => {
      seen.push(name);
      throw new Error("a delegate's fault");
    };
    const errors = reported();
    const delegate: WormholeDelegate = {
      wormholeGotWelcome: note("welcome"),
      wormholeGotCode: note("code"),
      wormholeGotUnverifiedKey: note("key"),
      wormholeGotVerifier: note("verifier"),
      wormholeGotVersions: note("versions"),
      wormholeGotMessage: note("message"),
      wormholeClosed: note("closed"),
    };
    const a = createWormhole({ ...w.options(), delegate });
    a.setCode("1-a");
    const b = w.wormhole();
    b.setCode("1-a");
    b.sendMessage(bytes("x"));
    b.sendMessage(bytes("y"));
    await b.getVerifier();
    await w.clock.advance(0);
    a.close();
    await w.clock.advance(0);
    expect(seen).toEqual(["welcome", "code", "key", "verifier", "versions", "message", "message", "closed"]);
    expect(errors).toHaveLength(8);
  });
});

describe("misuse", () => {
  it("throws a TypeError, or a NoKeyError if there is no key yet", () => {
    const world = new World();
    const a = world.wormhole();
    expect(() => a.deriveKey("x", 32)).toThrow(NoKeyError);
    expect(() => a.deriveKey(7 as unknown as string, 32)).toThrow(TypeError);
    expect(() => a.sendMessage("x" as unknown as Uint8Array)).toThrow(TypeError);
    expect(() => createWormhole({ ...world.options(), appId: 7 as unknown as string })).toThrow(TypeError);
  });
});
