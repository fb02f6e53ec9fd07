/** The bundler's plug-in that delays the loading of TLS, checked against the installed version of `ws`. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";

/** The plug-in of the bundler that delays the loading of TLS. */
const { lazyTls } = (await import(new URL("../rolldown.config.js", import.meta.url).href)) as {
  lazyTls: { transform: { filter: { id: RegExp }; handler: (code: string) => string } };
};
const { resolve } = createRequire(new URL("../../wormhole/package.json", import.meta.url));

describe("the installed version of ws", () => {
  const path = join(dirname(resolve("ws")), "lib/websocket.js");
  const source = readFileSync(path, "utf8");
  const code = source.replace(/\/\*[\s\S]*?\*\//g, "");
  const uses = (name: string) => [...code.matchAll(new RegExp(`\\b${name}\\.(\\w+)`, "g"))].map(([, used]) => used);

  it("loads TLS where the bundler delays it", () => {
    expect(path).toMatch(lazyTls.transform.filter.id);
    const lazy = lazyTls.transform.handler(source);
    expect(lazy).not.toMatch(/^const \w+ = require\('(?:https|tls)'\)/m);
    expect(lazy).toMatch(/require\('https'\)\.request\(.*require\('tls'\)\.connect\(/s);
  });

  it("uses nothing of TLS that the bundler does not replace", () => {
    expect([uses("https"), uses("tls")]).toEqual([["request"], ["connect"]]);
  });
});

it("a version of ws that does not fit stops the build", () => {
  expect(() => lazyTls.transform.handler("import https from 'node:https';")).toThrow(/no longer contains/);
});
