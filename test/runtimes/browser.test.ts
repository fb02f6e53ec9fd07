/**
 * Whole sessions between a browser and a program on Node, against servers on this machine: `npm run browser`.
 * It needs Chromium or Chrome. Where neither is installed it is skipped, or fails if WORMHOLE_BROWSER is "required".
 */

import { once } from "node:events";
import { existsSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { delimiter, join } from "node:path";
import { createWormhole } from "@wormhole-ts/wormhole";
import { MemoryMailboxServer } from "@wormhole-ts/wormhole/testing";
import { type Browser, chromium } from "playwright-core";
import { rolldown } from "rolldown";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { WebSocketServer } from "ws";
import { ourServers, type Servers } from "../support/servers.ts";

const NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"];
const APP_ID = "example.com/browser-test";

function findBrowser(): string | undefined {
  const folders = (process.env.PATH ?? "").split(delimiter);
  const paths = NAMES.flatMap((name) => folders.map((folder) => join(folder, name)));
  return paths.find((path) => existsSync(path));
}

const program = findBrowser();
const isNeeded = program !== undefined || process.env.WORMHOLE_BROWSER === "required";
if (!isNeeded)
  console.log("browser: no Chromium and no Chrome on the PATH; the test of a session in a page is skipped");

/** Bundles the built library as a page loads it. */
async function bundle(): Promise<string> {
  const build = await rolldown({ input: "packages/wormhole/dist/index.js", platform: "browser", logLevel: "silent" });
  const { output } = await build.generate({ format: "esm", minify: true, codeSplitting: false });
  return output[0].code;
}

/** A side in the browser: receives a message and answers it. */
const answerScript = `
import { createWormhole } from "./library.js";

export const answer = async (relayUrl, code) => {
  const wormhole = createWormhole({ appId: "${APP_ID}", relayUrl });
  wormhole.setCode(code);
  const question = new TextDecoder().decode(await wormhole.getMessage());
  wormhole.sendMessage(new TextEncoder().encode("the page got: " + question));
  const verifier = Array.from(await wormhole.getVerifier());
  return { question, verifier, ending: await wormhole.close() };
};
`;

/** The page: runs the side in itself, in a worker, or in a service worker. */
const pageScript = `
import { answer } from "./answer.js";

const told = (target) => new Promise((resolve) => target.addEventListener("message", ({ data }) => resolve(data)));
globalThis.places = {
  "a page": answer,
  "a worker": (...given) => {
    const worker = new Worker("worker.js", { type: "module" });
    worker.postMessage(given);
    return told(worker);
  },
  "a service worker": async (...given) => {
    await navigator.serviceWorker.register("worker.js", { type: "module" });
    const { active } = await navigator.serviceWorker.ready;
    active.postMessage(given);
    navigator.serviceWorker.startMessages();
    return told(navigator.serviceWorker);
  },
};
`;

const workerScript = `
import { answer } from "./answer.js";

self.addEventListener("message", (event) => {
  const done = answer(...event.data).then((result) => (event.source ?? self).postMessage(result));
  event.waitUntil?.(done);
});
`;

/** A strict policy: no evaluation, no code and no workers from elsewhere, `blob:` included. */
const POLICY = "default-src 'none'; script-src 'self'; worker-src 'self'; connect-src ws:; trusted-types 'none'";

/** A mailbox server on a WebSocket that wants work of every client before it serves it. */
async function busyServer(): Promise<{ url: string; close: () => void }> {
  const memory = new MemoryMailboxServer();
  memory.welcome = { "permission-required": { hashcash: { bits: 12, resource: "browser" } } };
  memory.answer = ({ type }) => (type === "submit-permissions" ? [] : undefined);
  const server = new WebSocketServer({ host: "127.0.0.1", port: 0 });
  server.on("connection", (client) => {
    const socket = memory.openMessageSocket("", {
      opened() {},
      received: (text) => client.send(text),
      closed: () => client.close(),
    });
    client.on("message", (data) => socket.send(String(data)));
    client.on("close", () => socket.close());
  });
  await once(server, "listening");
  return { url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}/v1`, close: () => server.close() };
}

describe.skipIf(!isNeeded)("a wormhole in a browser", () => {
  let servers: Servers;
  let browser: Browser | undefined;
  const site = createServer();

  beforeAll(async () => {
    const files = new Map([
      ["/", ["text/html", '<!doctype html><script type="module" src="page.js"></script>']],
      ["/page.js", ["text/javascript", pageScript]],
      ["/answer.js", ["text/javascript", answerScript]],
      ["/worker.js", ["text/javascript", workerScript]],
      ["/library.js", ["text/javascript", await bundle()]],
    ]);
    site.on("request", (request, response) => {
      const [type = "text/plain", body] = files.get(request.url ?? "") ?? [];
      response
        .writeHead(body === undefined ? 404 : 200, { "content-type": type, "content-security-policy": POLICY })
        .end(body);
    });
    await new Promise<void>((resolve) => site.listen(0, "127.0.0.1", resolve));
    servers = await ourServers.start();
    if (!program) throw new Error("WORMHOLE_BROWSER is required, and there is no Chromium on the PATH");
    browser = await chromium.launch({ executablePath: program, args: ["--no-sandbox"] });
  }, 60_000);

  afterAll(async () => {
    await browser?.close();
    site.close();
    await servers?.stop();
  });

  /** Exchanges messages between Node and a place in the browser. */
  async function talk(place: string, relayUrl: string): Promise<void> {
    await using wormhole = createWormhole({ appId: APP_ID, relayUrl });
    wormhole.allocateCode();
    const page = await browser?.newPage();
    await page?.goto(`http://127.0.0.1:${(site.address() as AddressInfo).port}/`);
    await page?.waitForFunction("globalThis.places !== undefined");
    const call = `places[${JSON.stringify(place)}](${JSON.stringify(relayUrl)}, ${JSON.stringify(await wormhole.getCode())})`;
    const inPage = page?.evaluate<unknown>(call);
    wormhole.sendMessage(new TextEncoder().encode("hello, page"));
    expect(new TextDecoder().decode(await wormhole.getMessage())).toBe("the page got: hello, page");
    const verifier = Array.from(await wormhole.getVerifier());
    expect(await inPage).toEqual({ question: "hello, page", verifier, ending: "happy" });
  }

  it("exchanges messages with a program on Node, with the same verifier, and closes happily", async () => {
    await talk("a page", servers.mailbox);
  });

  // proves: api/work-for-server
  it.each(["a page", "a worker", "a service worker"])(
    "does the work that a busy server asks for, in %s under a strict policy",
    async (place) => {
      const server = await busyServer();
      onTestFinished(server.close);
      await talk(place, server.url);
    },
  );
});
