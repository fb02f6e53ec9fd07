/** A refused subchannel ends at once. Which ones are refused is tested in streams/names.test.ts. */
import { expect, it } from "vitest";
import { CREDIT_BYTES } from "../../src/dilation/limits.ts";
import { chunks, dilatedPair, leave } from "./pair.ts";

it("an unexpected subchannel is closed at once, and its writer is not held up", async () => {
  const both = await dilatedPair({ follower: { expectedSubprotocols: ["wanted"] } });
  const near = await both.a.connector("unwanted").connect();
  expect(await chunks(near.readable)).toEqual([]);
  const writer = near.writable.getWriter();
  for (let written = 0; written < 2 * CREDIT_BYTES; written += 1024 * 1024)
    await writer.write(new Uint8Array(1024 * 1024));
  await writer.close();
  await near.closed;
  await leave(both);
});
