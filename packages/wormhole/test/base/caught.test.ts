/** Facts about caught values, also about errors of another realm. */
import { statSync } from "node:fs";
import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { codeOf, messageOf } from "../../src/base/caught.ts";
import { reasonOf } from "../../src/net/system-errors.ts";
import { systemReason } from "../../src/transfer/files/system-reason.ts";
import { isTaken } from "../../src/transfer/storing/publish.node.ts";
import { storageError } from "../../src/transfer/storing/storage-error.node.ts";
import { meansLoss } from "../../src/transfer/storing/sync.node.ts";

/** An error as the modules of Node throw it under Jest. */
const foreign = (code: string): unknown =>
  runInNewContext(`Object.assign(new Error("${code}: failed"), { code: "${code}" })`);

function caughtFrom(step: () => unknown): unknown {
  try {
    return step();
  } catch (error) {
    return error;
  }
}

describe("the code and the message of", () => {
  it.each<[string, unknown, string | undefined, string]>([
    ["an error of the system", caughtFrom(() => statSync("/none/at/all")), "ENOENT", "ENOENT: no such file"],
    ["an error of another realm", foreign("EEXIST"), "EEXIST", "EEXIST: failed"],
    ["an error without a code", new TypeError("wrong"), undefined, "wrong"],
    ["a DOMException, whose code is a number", new DOMException("stopped", "AbortError"), undefined, "stopped"],
    ["a text", "it failed", undefined, "it failed"],
    ["null", null, undefined, "null"],
    ["nothing", undefined, undefined, "undefined"],
  ])("%s are found", (_, caught, code, message) => {
    expect(codeOf(caught)).toBe(code);
    expect(messageOf(caught)).toContain(message);
  });
});

describe("an error of another realm", () => {
  it.each<[string, unknown, unknown]>([
    ["is a taken name", isTaken(foreign("EEXIST")), true],
    ["is a loss of data", meansLoss(foreign("EIO")), true],
    ["has words for a disk", systemReason(foreign("EACCES")), "permission denied"],
    ["has words for a connection", reasonOf(foreign("ECONNREFUSED")), "nothing listens there"],
    ["is a failure to store", storageError("a.txt", foreign("ENOSPC")), expect.objectContaining({ code: "no-space" })],
  ])("%s", (_, found, expected) => expect(found).toEqual(expected));
});
