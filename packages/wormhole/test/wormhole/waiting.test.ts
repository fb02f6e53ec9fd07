/** The option `signal` of the getters: it ends one wait, and nothing else. */
import { expect, it } from "vitest";
import type { Wormhole } from "../../src/index.ts";
import { World } from "../session/world.ts";

function pair(): [Wormhole, Wormhole] {
  const world = new World();
  return [world.wormhole(), world.wormhole()];
}

const enough = new Error("enough");

it.each(["getWelcome", "getCode", "getUnverifiedKey", "getVerifier", "getVersions", "getMessage"] as const)(
  "%s stops waiting when its signal aborts, and the wormhole continues",
  async (getter) => {
    const [a, b] = pair();
    const abort = new AbortController();
    const waiting = expect(a[getter]({ signal: abort.signal })).rejects.toBe(enough);
    abort.abort(enough);
    await waiting;
    await expect(a[getter]({ signal: abort.signal })).rejects.toBe(enough);
    a.setCode("1-a");
    b.setCode("1-a");
    b.sendMessage(Uint8Array.of(7));
    await expect(a[getter]({ signal: new AbortController().signal })).resolves.toBeDefined();
  },
);

it("a message whose wait was aborted at any moment goes to the next call", async () => {
  for (let moment = 0; moment < 60; moment++) {
    const [a, b] = pair();
    a.setCode("1-a");
    b.setCode("1-a");
    for (const n of [1, 2]) b.sendMessage(Uint8Array.of(n));
    const abort = new AbortController();
    const first = a.getMessage({ signal: abort.signal }).catch(() => undefined);
    for (let turn = 0; turn < moment; turn++) await Promise.resolve();
    abort.abort(enough);
    const got = await first;
    const rest = [await a.getMessage(), ...(got ? [] : [await a.getMessage()])];
    expect(
      [...(got ? [got] : []), ...rest].map(([n]) => n),
      `aborted at ${moment}`,
    ).toEqual([1, 2]);
  }
});

it("messages() ends with the signal's reason", async () => {
  const [a] = pair();
  const abort = new AbortController();
  const all = (async () => {
    for await (const message of a.messages({ signal: abort.signal })) expect(message).toBeUndefined();
  })();
  abort.abort(enough);
  await expect(all).rejects.toBe(enough);
});
