/** Which tests each runtime cannot run, and why. They count as skipped there. */

/** The environment variable with the runtime's name. */
export const RUNTIME = "WORMHOLE_TEST_RUNTIME";

/** Tests that are left out on one runtime. */
export interface LeftOut {
  /** The end of the test file's path. */
  readonly file: string;
  /** Found in the full titles of the tests; without it, the whole file is left out. */
  readonly titles?: RegExp;
  readonly reason: string;
}

const NO_OPENSSL: LeftOut = {
  file: "crypto/chacha.test.ts",
  titles: /openssl/i,
  reason: "no OpenSSL inside the program that koffi could call",
};

export const LEFT_OUT: Readonly<Record<string, readonly LeftOut[]>> = {
  node20: [
    { file: "tor/mailbox.test.ts", reason: "the test needs tls.getCACertificates" },
    { file: "tor/socks.test.ts", reason: "the test needs Promise.withResolvers" },
    { file: "dilation/closing.test.ts", reason: "one direction of a locked stream cannot be closed there" },
  ],
  bun: [
    NO_OPENSSL,
    { file: "crypto/chacha.test.ts", titles: /by node/, reason: "no ChaCha20-Poly1305 in its node:crypto" },
    { file: "net/websocket.test.ts", titles: /TLS/, reason: "names the cause of a failed TLS handshake differently" },
    { file: "transfer/zip/unpack.test.ts", titles: /permissions/, reason: "process.umask() is forbidden in workers" },
    { file: "tor/get-tor.test.ts", reason: "the order of output and events of child processes differs" },
  ],
  deno: [
    NO_OPENSSL,
    { file: "net/websocket.test.ts", reason: "vitest's fake timers do not reach the ping of the WebSocket" },
    {
      file: "tor/socks.test.ts",
      titles: /looks no name up/,
      reason: "connects without node:dns, which the test watches",
    },
    {
      file: "transit/transit.test.ts",
      titles: /another key/,
      reason: "resets a refused connection before the reason arrives",
    },
  ],
};
