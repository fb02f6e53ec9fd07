/** All bytes have arrived: nothing that happens to the connection or to the peer afterwards makes them worthless. */
import { mkdirSync, readdirSync, readFileSync, renameSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Notice, ReceiveOptions } from "../../src/transfer/api.ts";
import type { RecordPipe } from "../../src/transit/api.ts";
import { follow, Pair, type Stranger } from "./pair.ts";
import { sandbox } from "./sandbox.ts";
import { craftZip } from "./zip/crafted-zip.ts";

const CODE = "7-a-b";

/** The offer and the bytes of a file, or of a folder with one file. */
function wire(kind: "file" | "folder"): { offer: object; bytes: Uint8Array } {
  if (kind === "file") return { offer: { file: { filename: "thing", filesize: 5 } }, bytes: Buffer.from("hello") };
  const bytes = craftZip([{ name: "inside", content: "hello" }]);
  const sizes = { zipsize: bytes.length, numbytes: 5, numfiles: 1 };
  return { offer: { directory: { mode: "zipfile/deflated", dirname: "thing", ...sizes } }, bytes };
}

/** Receives from a stranger, which has sent all bytes when `then` is called. */
async function receiveFrom(
  kind: "file" | "folder",
  then: (stranger: Stranger, pipe: RecordPipe, inbox: string) => unknown,
  options: Partial<ReceiveOptions> = {},
) {
  const inbox = join(sandbox(), "inbox");
  mkdirSync(inbox);
  const pair = new Pair();
  const { offer, bytes } = wire(kind);
  const stranger = pair.stranger(CODE, "sender");
  const receiver = pair.receive(CODE, { directory: inbox, accept: true, ...options });
  const notices: Notice[] = [];
  const following = follow(receiver, (event) => event.type === "notice" && notices.push(event)).catch(() => []);
  await stranger.wormhole.getVersions();
  await stranger.sendHints();
  stranger.send({ offer });
  await stranger.takeHints();
  await stranger.receive();
  const pipe = await stranger.transit.connect();
  await pipe.sendRecord(bytes);
  await then(stranger, pipe, inbox);
  const result = await receiver.done.catch((error: unknown) => error);
  await following;
  return { result, notices, inbox };
}

const content = (inbox: string, kind: "file" | "folder") =>
  readFileSync(kind === "file" ? join(inbox, "thing") : join(inbox, "thing", "inside"), "utf8");

describe.each(["file", "folder"] as const)("a %s of which every byte has arrived is kept", (kind) => {
  // proves: transfer/arrived-is-kept
  it.each<[string, (stranger: Stranger, pipe: RecordPipe) => unknown]>([
    ["the connection is lost at once", (_, pipe) => pipe.destroy()],
    ["the connection is closed", (_, pipe) => pipe.close()],
    ["the peer takes no acknowledgement", () => {}],
    ["the peer leaves the wormhole", ({ wormhole }) => wormhole.close().catch(() => {})],
    [
      "the peer leaves both",
      async ({ wormhole }, pipe) => {
        pipe.destroy();
        await wormhole.close().catch(() => {});
      },
    ],
  ])("if %s", async (_, then) => {
    const { result, inbox } = await receiveFrom(kind, then);
    expect(result).toMatchObject({ path: join(inbox, "thing") });
    expect(content(inbox, kind)).toBe("hello");
    expect(readdirSync(inbox)).toEqual(["thing"]);
  });
});

// proves: transfer/arrived-is-kept, transfer/held-folder
it.skipIf(process.platform !== "linux")("a folder that was renamed meanwhile is where the result says", async () => {
  let moved = "";
  const { result } = await receiveFrom("file", (_stranger, _pipe, inbox) => {
    moved = `${inbox}-moved`;
    renameSync(inbox, moved);
  });
  // The file may have got its name before the folder was renamed.
  expect(result).toMatchObject({ kind: "file" });
  expect(readFileSync(join(moved, "thing"), "utf8")).toBe("hello");
});

it("an offered name of several components is stored under the last one, and that is told", async () => {
  const inbox = sandbox();
  const pair = new Pair();
  const stranger = pair.stranger(CODE, "sender");
  const receiver = pair.receive(CODE, { directory: inbox, accept: true });
  const notices: Notice[] = [];
  const following = follow(receiver, (event) => event.type === "notice" && notices.push(event)).catch(() => []);
  stranger.send({ offer: { file: { filename: "../../x", filesize: 5 } } });
  await stranger.receive();
  stranger.send({ error: "enough" });
  await following;
  expect(notices).toMatchObject([{ notice: "renamed", path: "../../x", storedAs: "x" }]);
});
