/** Peers that cannot dilate, do not ask for it, or ask later. Each side learns of it, and messages continue. */
import { PeerCannotDilateError } from "@wormhole-ts/wormhole";
import { expect, it } from "vitest";
import type { Ours } from "./ours.ts";
import { onStage, ROLES } from "./stage.ts";
import type { Theirs } from "./theirs.ts";

/** Direct connections, and a keep-alive that has no effect here. */
const DIRECT = { listen: true, pingInterval: 60 };

onStage((stage) => {
  it("our side learns that the peer cannot dilate", async () => {
    const { ours, theirs } = await stage.pair({ theirDilation: false });
    await expect(ours.dilate({})).rejects.toBeInstanceOf(PeerCannotDilateError);
    await expectMessages(ours, theirs);
    expect(await ours.wormhole.close()).toBe("happy");
    await theirs.close();
  });

  it("their side learns that we cannot dilate, and its control messages are harmless", async () => {
    const { ours, theirs } = await stage.pair({ ourDilation: false });
    await theirs.dilate(DIRECT);
    expect(theirs.refused?.error).toBe("OldPeerCannotDilateError");
    await expect(ours.dilate({})).rejects.toMatchObject({ code: "no-dilation" });
    await expectMessages(ours, theirs);
    expect(await ours.wormhole.close()).toBe("happy");
    await theirs.close();
  });

  it("our side waits for a peer that does not ask for dilation until its signal is aborted", async () => {
    const { ours, theirs } = await stage.pair({});
    await expect(ours.dilate({ signal: AbortSignal.timeout(500) })).rejects.toMatchObject({ name: "TimeoutError" });
    await expectMessages(ours, theirs);
    expect(await ours.wormhole.close()).toBe("happy");
    await theirs.close();
  });

  it.each(ROLES)("a side may ask long before the other one (we are the %s)", async (role) => {
    for (const first of ["ours", "theirs"] as const) {
      const ends = await stage.pair({ role });
      const asked = ends[first].dilate(DIRECT);
      await expectMessages(ends.ours, ends.theirs);
      await ends[first === "ours" ? "theirs" : "ours"].dilate(DIRECT);
      await asked;
      expect([ends.ours.connections, ends.theirs.connections]).toEqual([1, 1]);
      await ends.ours.close();
      await ends.theirs.close();
    }
  });
});

async function expectMessages(ours: Ours, theirs: Theirs): Promise<void> {
  await theirs.send("still here");
  expect(new TextDecoder().decode(await ours.wormhole.getMessage())).toBe("still here");
}
