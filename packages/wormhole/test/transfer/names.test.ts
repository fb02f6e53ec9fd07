/** Folders whose members have names that cannot be kept here: the others arrive, and the receiver is told the names. */
import { createHash } from "node:crypto";
import { join } from "node:path";
import { expect, it } from "vitest";
import type { TransferEvent } from "../../src/transfer/api.ts";
import { follow, Pair } from "./pair.ts";
import { sandbox } from "./sandbox.ts";
import { type Crafted, craftZip } from "./zip/crafted-zip.ts";
import { pathsIn } from "./zip/unpacking.ts";

const CODE = "7-crossover-clockwork";

/** A stranger sends the archive of these members as the folder `d`. Returns what the receiver and the stranger learn. */
async function sendFolder(members: Crafted[]) {
  const inbox = sandbox();
  const pair = new Pair();
  const stranger = pair.stranger(CODE, "sender");
  const events: TransferEvent<unknown>[] = [];
  const receiver = pair.receive(CODE, { directory: inbox });
  const following = follow(receiver, (event) => events.push(event));
  await stranger.wormhole.getVersions();
  await stranger.sendHints();
  const zip = craftZip(members);
  const numbers = { zipsize: zip.length, numbytes: members.length, numfiles: members.length };
  stranger.send({ offer: { directory: { mode: "zipfile/deflated", dirname: "d", ...numbers } } });
  await stranger.takeHints();
  expect(await stranger.receive()).toEqual({ answer: { file_ack: "ok" } });
  const pipe = await stranger.transit.connect();
  await pipe.sendRecord(zip);
  const ack: unknown = JSON.parse(Buffer.from(await pipe.receiveRecord()).toString());
  expect(ack).toEqual({ ack: "ok", sha256: createHash("sha256").update(zip).digest("hex") });
  await following;
  return { paths: pathsIn(join(inbox, "d")), events };
}

const file = (name: string): Crafted => ({ name, content: "x" });

// proves: transfer/names-told
it.runIf(process.platform === "linux")(
  "a folder arrives without what cannot be kept, and every such name is told",
  async () => {
    const tooLong = `${"x".repeat(200)}/`.repeat(21);
    const { paths, events } = await sendFolder([
      ...["good", "Icon\r", "sub/two\nlines.pdf", "end\\", "a\\..\\b", "C:x"].map(file),
      file(`${tooLong}one`),
      file(`sub/${"y".repeat(300)}.txt`),
      file(`${tooLong}two`),
    ]);
    expect(paths).toEqual(
      ["good", "Icon\r", "sub/", "sub/two\nlines.pdf", "end\\", "a\\..\\b", "C:x", `sub/${"y".repeat(251)}.txt`].sort(),
    );
    const told = events.filter(({ type }) => type === "skipped" || type === "notice");
    expect(told).toEqual([
      { type: "skipped", path: `${tooLong}one`, reason: "its path is too long" },
      { type: "skipped", path: `${tooLong}two`, reason: "its path is too long" },
      {
        ...{ type: "notice", notice: "renamed" },
        ...{ path: `sub/${"y".repeat(300)}.txt`, storedAs: `sub/${"y".repeat(251)}.txt` },
      },
    ]);
    expect(events.map(({ type }) => type).indexOf("skipped")).toBeLessThan(
      events.map(({ type }) => type).indexOf("done"),
    );
  },
);

it.runIf(process.platform === "linux")("a folder of ordinary names is not commented", async () => {
  const { events } = await sendFolder([file("a"), file("b/c")]);
  expect(events.some(({ type }) => type === "skipped" || type === "notice")).toBe(false);
});
