/**
 * A whole session between a page in a browser and a program on Node, against a server on this machine: `npm run browser`.
 * It needs Chromium or Chrome. Where neither is installed it is skipped, or fails if WORMHOLE_BROWSER is "required".
 */
import { existsSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { delimiter, join } from "node:path";
import { createWormhole } from "@wormhole-ts/wormhole";
import { type Browser, chromium } from "playwright-core";
import { rolldown } from "rolldown";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
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

/** The page's program: receives a message and answers it. */
const pageScript = `
import { createWormhole } from "./library.js";

globalThis.answer = async (relayUrl, code) => {
  const wormhole = createWormhole({ appId: "${APP_ID}", relayUrl });
  wormhole.setCode(code);
  const question = new TextDecoder().decode(await wormhole.getMessage());
  wormhole.sendMessage(new TextEncoder().encode("the page got: " + question));
  const verifier = Array.from(await wormhole.getVerifier());
  return { question, verifier, ending: await wormhole.close() };
};
`;

describe.skipIf(!isNeeded)("a wormhole in a page", () => {
  let servers: Servers;
  let browser: Browser | undefined;
  const site = createServer();

  beforeAll(async () => {
    const files = new Map([
      ["/", ["text/html", '<!doctype html><script type="module" src="page.js"></script>']],
      ["/page.js", ["text/javascript", pageScript]],
      ["/library.js", ["text/javascript", await bundle()]],
    ]);
    site.on("request", (request, response) => {
      const [type = "text/plain", body] = files.get(request.url ?? "") ?? [];
      response.writeHead(body === undefined ? 404 : 200, { "content-type": type }).end(body);
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

  it("exchanges messages with a program on Node, with the same verifier, and closes happily", async () => {
    await using wormhole = createWormhole({ appId: APP_ID, relayUrl: servers.mailbox });
    wormhole.allocateCode();
    const page = await browser?.newPage();
    await page?.goto(`http://127.0.0.1:${(site.address() as AddressInfo).port}/`);
    await page?.waitForFunction("globalThis.answer !== undefined");
    const call = `answer(${JSON.stringify(servers.mailbox)}, ${JSON.stringify(await wormhole.getCode())})`;
    const inPage = page?.evaluate<unknown>(call);
    wormhole.sendMessage(new TextEncoder().encode("hello, page"));
    expect(new TextDecoder().decode(await wormhole.getMessage())).toBe("the page got: hello, page");
    const verifier = Array.from(await wormhole.getVerifier());
    expect(await inPage).toEqual({ question: "hello, page", verifier, ending: "happy" });
  });
});
