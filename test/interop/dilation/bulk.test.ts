/** Large amounts of data between our library and the reference library, in both directions at once, directly and through relays. */
import { createHash, randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { pythonServers } from "../../support/servers.ts";
import { type Meeting, onStage, ROLES } from "./stage.ts";
import type { Sum } from "./theirs.ts";

const MIB = 1024 * 1024;
/** The length of each write: several Noise messages, and therefore several records. */
const CHUNK = 256 * 1024;

/** Opens a subchannel of this name, writes random bytes, and closes it. */
async function push({ ours }: Meeting, name: string, bytes: number): Promise<Sum> {
  const { writable } = await ours.dilated.connector(name).connect();
  const writer = writable.getWriter();
  const hash = createHash("sha256");
  for (let left = bytes; left > 0; left -= CHUNK) {
    const chunk = randomBytes(Math.min(left, CHUNK));
    hash.update(chunk);
    await writer.write(chunk);
  }
  await writer.close();
  return { bytes, sha256: hash.digest("hex") };
}

/** Counts the bytes on the first subchannel of this name, and reports their number to `reached`. */
async function count({ ours }: Meeting, name: string, reached?: (bytes: number) => void): Promise<Sum> {
  const { value: subchannel } = await ours.dilated.listener(name).listen().next();
  const hash = createHash("sha256");
  let bytes = 0;
  for await (const chunk of subchannel?.readable ?? []) {
    hash.update(chunk);
    bytes += chunk.length;
    reached?.(bytes);
  }
  await subchannel?.close();
  return { bytes, sha256: hash.digest("hex") };
}

/** Sends bytes in both directions at once, and reports to `reached` how many have arrived here so far. */
async function exchange(meeting: Meeting, bytes: number, reached?: (bytes: number) => void): Promise<void> {
  const theirCount = await meeting.theirs.count("ours");
  const [sent, received, pushed] = await Promise.all([
    push(meeting, "ours", bytes),
    count(meeting, "theirs", reached),
    meeting.theirs.push("theirs", bytes),
  ]);
  expect(received).toEqual(pushed);
  expect(await theirCount.sum()).toEqual(sent);
}

onStage((stage) => {
  describe.each(ROLES)("we are the %s", (role) => {
    it("200 MiB each way, over one connection", async () => {
      const meeting = await stage.meet({ role });
      await exchange(meeting, 200 * MIB);
      expect([meeting.ours.connections, meeting.theirs.connections]).toEqual([1, 1]);
      expect(meeting.ours.statuses.at(-1)?.peerConnection).toMatchObject({ state: "connected", relayed: false });
    });

    it("64 MiB each way, over connections that their side drops again and again", async () => {
      const meeting = await stage.meet({ role });
      const cuts: Promise<void>[] = [];
      await exchange(meeting, 64 * MIB, (bytes) => {
        if (bytes > (cuts.length + 1) * 10 * MIB) cuts.push(meeting.theirs.cut());
      });
      await Promise.all(cuts);
      expect(cuts.length).toBe(6);
      expect([meeting.ours.connections, meeting.theirs.connections]).toEqual([7, 7]);
    });

    it("20 MiB each way through our relay if neither side listens", async () => {
      const meeting = await stage.meet({ role, way: "relay" });
      await exchange(meeting, 20 * MIB);
      expectRelayed(meeting);
    });

    it("20 MiB each way through their servers if neither side listens", async () => {
      const servers = await pythonServers.start();
      try {
        const [, port] = servers.relay.split(":");
        const meeting = await stage.meet({ role, way: "relay" }, { mailbox: servers.mailbox, relayPort: Number(port) });
        await exchange(meeting, 20 * MIB);
        expectRelayed(meeting);
        expect(servers.relayed()).toBeGreaterThan(40 * MIB);
        await meeting.ours.close();
        await meeting.theirs.close();
      } finally {
        await servers.stop();
      }
    });
  });
});

function expectRelayed({ ours, theirs, valve }: Meeting): void {
  expect(ours.statuses.at(-1)?.peerConnection).toEqual({
    state: "connected",
    relayed: true,
    description: `->relay:tcp:127.0.0.1:${valve.port}`,
  });
  expect(theirs.statuses.at(-1)?.hint).toContain(`relay:tcp:127.0.0.1:${valve.port}`);
  expect(valve.bytes).toBeGreaterThan(2 * 40 * MIB);
}
