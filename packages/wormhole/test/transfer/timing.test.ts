/** The events that a timing records of a transfer, and the secrets that it must not hold. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { Timing } from "../../src/base/timing.ts";
import type { ReceiveOptions, Transfer, TransferEvent } from "../../src/transfer/api.ts";
import { follow, Pair } from "./pair.ts";
import { sandbox } from "./sandbox.ts";

const spans = (timing: Timing) =>
  timing
    .toJSON()
    .filter(({ start, stop }) => stop === null || stop > start)
    .map(({ name }) => name);
const details = (timing: Timing, name: string) => timing.toJSON().find((event) => event.name === name)?.details;

/** Its words occur in no name of an event. */
const CODE = "4-quixotic-wyvern";

/** Runs a whole transfer. Returns the timings of both sides, and the secrets that must not be in them. */
async function timedTransfer(
  send: (pair: Pair, options: { timing: Timing; code: string }) => Transfer<unknown>,
  options: Partial<ReceiveOptions> = {},
) {
  const pair = new Pair();
  const timings = [new Timing(), new Timing()] as const;
  const sender = send(pair, { timing: timings[0], code: CODE });
  const secrets = ["quixotic", "wyvern", "secret-name", "hush"];
  const listen = (event: TransferEvent<unknown>) => {
    if (event.type === "verifier") secrets.push(Buffer.from(event.verifier).toString("hex"));
    if (event.type === "connected") secrets.push(event.description);
  };
  const receiver = pair.receive(CODE, { ...options, timing: timings[1] });
  await Promise.allSettled([follow(sender, listen), follow(receiver, listen), sender.done, receiver.done]);
  const sent = pair.server.received.flatMap(({ body }) => (typeof body === "string" ? [body] : []));
  return { timings, secrets: [...secrets, ...sent] };
}

const inOrder = (names: readonly string[], wanted: readonly string[]) => names.filter((name) => wanted.includes(name));

it("records the course of a file from end to end, and no secrets", async () => {
  const folder = sandbox();
  const path = join(folder, "secret-name.bin");
  mkdirSync(join(folder, "inbox"));
  writeFileSync(path, "hush ".repeat(100_000));
  const { timings, secrets } = await timedTransfer((pair, given) => pair.sendPath(path, { ...given, verify: true }), {
    directory: join(folder, "inbox"),
  });
  const [sender, receiver] = timings;
  const sending = ["open source", "compare verifier", "wait for answer", "transit connect", "send bytes"];
  const receiving = ["wait for offer", "wait for person", "transit connect", "receive bytes", "store", "confirm"];
  expect(inOrder(spans(sender), [...sending, "wait for confirmation"])).toEqual([...sending, "wait for confirmation"]);
  expect(inOrder(spans(receiver), receiving)).toEqual(receiving);
  expect(spans(sender)).toContain("connect");
  expect(details(sender, "send bytes")).toEqual({ total: 500_000, bytes: 500_000 });
  expect(details(receiver, "receive bytes")).toEqual({ total: 500_000, bytes: 500_000 });
  for (const timing of timings) {
    for (const { stop } of timing.toJSON()) expect(stop).not.toBeNull();
    for (const secret of [...secrets, path]) expect(JSON.stringify(timing)).not.toContain(secret);
  }
});

it("records that a folder is unpacked and stored", async () => {
  const folder = sandbox();
  mkdirSync(join(folder, "things"));
  mkdirSync(join(folder, "inbox"));
  writeFileSync(join(folder, "things", "secret-name"), "hush");
  const options = { directory: join(folder, "inbox") };
  const { timings, secrets } = await timedTransfer(
    (pair, given) => pair.sendPath(join(folder, "things"), given),
    options,
  );
  const storing = ["receive bytes", "unpack", "store", "confirm"];
  expect(inOrder(spans(timings[1]), storing)).toEqual(storing);
  for (const secret of secrets) expect(JSON.stringify(timings)).not.toContain(secret);
});

it("records that a text is offered and answered", async () => {
  const { timings, secrets } = await timedTransfer((pair, given) => pair.sendText("hush", given));
  expect(spans(timings[0])).toContain("wait for answer");
  expect(inOrder(spans(timings[1]), ["wait for offer", "wait for person"])).toHaveLength(2);
  for (const secret of secrets) expect(JSON.stringify(timings)).not.toContain(secret);
});

it("marks a span that failed, and ends it", async () => {
  const pair = new Pair();
  const timing = new Timing();
  const sender = pair.sendText("hush", { timing });
  const receiver = pair.receive(await sender.code);
  for await (const event of receiver) {
    if (event.type === "offer") {
      event.reject();
      break;
    }
  }
  await expect(sender.done).rejects.toThrow(/rejected/);
  expect(details(timing, "wait for answer")).toEqual({ failed: true });
  for (const { stop } of timing.toJSON()) expect(stop).not.toBeNull();
});
