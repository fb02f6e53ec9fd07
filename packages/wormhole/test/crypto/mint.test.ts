import { resolveObjectURL } from "node:buffer";
import { createHash } from "node:crypto";
import { Worker as Thread } from "node:worker_threads";
import { describe, expect, it, vi } from "vitest";
import { mintStamp as inBrowser } from "../../src/crypto/mint.browser.ts";
import { mintStamp as onNode } from "../../src/crypto/mint.node.ts";

/** What a browser's Worker does with the script at a URL, in a thread of this process: the script is really run. */
class BlobWorker {
  static readonly all: BlobWorker[] = [];
  onmessage: ((event: { data: unknown }) => void) | undefined;
  onerror: ((event: { message: string }) => void) | undefined;
  readonly url: string;
  readonly ended: Promise<number>;
  #thread: Promise<Thread>;

  constructor(url: string) {
    this.url = url;
    const script = resolveObjectURL(url)?.text() ?? Promise.reject(new Error("no such URL"));
    this.#thread = script.then((text) => this.#run(text));
    this.ended = this.#thread.then((thread) => new Promise((resolve) => thread.once("exit", resolve)));
    BlobWorker.all.push(this);
  }

  terminate(): void {
    void this.#thread.then((thread) => thread.terminate());
  }

  #run(script: string): Thread {
    const browser = "globalThis.postMessage = (data) => require('node:worker_threads').parentPort.postMessage(data);";
    const thread = new Thread(browser + script, { eval: true });
    thread.on("message", (data: unknown) => this.onmessage?.({ data }));
    thread.on("error", ({ message }: Error) => this.onerror?.({ message }));
    return thread;
  }
}
vi.stubGlobal("Worker", BlobWorker);

const never = new AbortController().signal;

describe.each([
  { where: "a thread of Node", mintStamp: onNode },
  { where: "a worker of a browser", mintStamp: inBrowser },
])("a stamp that $where makes", ({ mintStamp }) => {
  it("has its zeros, behind any prefix", async () => {
    const prefix = '1:12:260801:"quoted\\resource"::salt:';
    const stamp = await mintStamp(prefix, 12, never);
    expect(stamp.startsWith(prefix)).toBe(true);
    expect(createHash("sha1").update(stamp).digest("hex")).toMatch(/^000/);
  });

  it("is given up when the signal aborts", async () => {
    const abort = new AbortController();
    const endless = mintStamp("x", 32, abort.signal);
    abort.abort(new Error("enough"));
    await expect(endless).rejects.toThrow("enough");
  });

  it("is refused when the signal has aborted", async () => {
    await expect(mintStamp("x", 32, AbortSignal.abort(new Error("too late")))).rejects.toThrow("too late");
  });

  it("fails with the error of the work", async () => {
    await expect(mintStamp(null as unknown as string, 1, never)).rejects.toThrow(/null/);
  });
});

it("a browser's worker leaves nothing behind", async () => {
  expect(BlobWorker.all).toHaveLength(4);
  for (const worker of BlobWorker.all) {
    await worker.ended;
    expect(resolveObjectURL(worker.url)).toBeUndefined();
  }
});
