import { randomBytes } from "node:crypto";
import type { AddressInfo, Server } from "node:net";
import { type Clock, systemClock } from "./clock.ts";
import { MailboxServerError } from "./errors.ts";
import { refresh, startExpiry, UpTime } from "./expiry.ts";
import { Hub } from "./hub.ts";
import * as limits from "./limits.ts";
import type { Store } from "./store.ts";
import { MemoryStore } from "./store-memory.ts";
import { openSqliteStore } from "./store-sqlite.ts";
import { WebSocketFace } from "./websocket-face.ts";
import type { Random } from "./world.ts";

/** Everything is optional: without options the server keeps all in memory, on any free port of this machine alone. */
export interface MailboxServerOptions {
  /** Host name or address to listen on. Default 127.0.0.1: reachable from this machine only. */
  host?: string;
  /** TCP port; 0, the default, is any free one. */
  port?: number;
  /** The file to keep mailboxes in (needs Node 22.13 or newer), or `:memory:`, the default. */
  db?: string;
  /** A store of your own in place of `db`. The server closes it. */
  store?: Store;
  /** A message of the day that clients show to people. */
  motd?: string;
  /** A release of the Python client that its users are advised to update to. */
  advertiseVersion?: string;
  /** Clients are told this, and refused. */
  signalError?: string;
  /** Whether clients may list the nameplates in use, which completes a code as it is typed. Default true. */
  allowList?: boolean;
  /** Whether a proxy in front sets `X-Real-IP` and `X-Real-Port`, and is to be believed. Default false. */
  trustProxy?: boolean;
  /** For how many seconds a mailbox is kept that nobody uses. Default 660; only time while the server is up counts. */
  expireAfter?: number;
  /** Hears of trouble that the server survives, such as a full disk. Default: nobody does. */
  onTrouble?: (trouble: unknown) => void;
  /** Time and randomness, for tests. */
  clock?: Clock;
  random?: Random;
}

/** A running mailbox server. */
export interface MailboxServer extends AsyncDisposable {
  /** What clients are given: `ws://HOST:PORT/v1`. */
  readonly url: string;
  readonly port: number;
  /** Says goodbye to the clients and lets go of port and database. What they left is kept, if the store is a file. */
  close(): Promise<void>;
}

/**
 * Starts a mailbox server; it listens when the promise resolves.
 *
 * @throws MailboxServerError when the address or the database cannot be had.
 */
export async function startMailboxServer(options: MailboxServerOptions = {}): Promise<MailboxServer> {
  const { host = "127.0.0.1", port = 0, clock = systemClock } = options;
  const store = options.store ?? (await openStore(options.db ?? ":memory:"));
  const upTime = new UpTime(clock, store.upTime());
  const hub = makeHub(options, store, clock, upTime);
  const face = new WebSocketFace({ hub, clock, trustProxy: options.trustProxy ?? false });
  const actualPort = await listen(face.http, host, port).catch(async (error: unknown) => {
    await face.close();
    store.close();
    throw error;
  });
  // After the start, such as when there are no file descriptors left for another connection.
  face.http.on("error", (trouble) => options.onTrouble?.(trouble));
  const lifetime = options.expireAfter ?? limits.DEFAULT_LIFETIME;
  const expiry = startExpiry({ store, hub, clock, upTime, lifetime });

  const end = async () => {
    expiry.stop();
    hub.run(() => refresh(store, hub, upTime));
    hub.stop();
    await face.close();
    store.close();
  };
  let ended: Promise<void> | undefined;
  const close = () => {
    ended ??= end();
    return ended;
  };
  return { url: `ws://${bracketed(host)}:${actualPort}/v1`, port: actualPort, close, [Symbol.asyncDispose]: close };
}

/** Opens the store that a name stands for: `:memory:`, or the path of a file. */
export async function openStore(db: string): Promise<Store> {
  return db === ":memory:" ? new MemoryStore() : await openSqliteStore(db);
}

function makeHub(options: MailboxServerOptions, store: Store, clock: Clock, upTime: UpTime): Hub {
  const { motd, advertiseVersion, signalError, allowList = true, onTrouble = () => {} } = options;
  return new Hub({
    store,
    policy: { allowList, refusal: signalError },
    welcome: {
      ...(motd !== undefined && { motd }),
      ...(advertiseVersion !== undefined && { current_cli_version: advertiseVersion }),
      ...(signalError !== undefined && { error: signalError }),
    },
    random: options.random ?? randomBytes,
    now: () => clock.wall(),
    up: () => upTime.inAll(),
    onTrouble,
  });
}

/** Listens, and gives the port. */
function listen(http: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const failed = (cause: NodeJS.ErrnoException) => reject(cannotListen(`${bracketed(host)}:${port}`, cause));
    http.once("error", failed);
    http.listen(port, host, () => {
      http.off("error", failed);
      resolve((http.address() as AddressInfo).port);
    });
  });
}

function cannotListen(where: string, cause: NodeJS.ErrnoException): MailboxServerError {
  if (cause.code === "EADDRINUSE") {
    return new MailboxServerError("address-in-use", `Cannot listen on ${where}: another program does.`, { cause });
  }
  return new MailboxServerError("cannot-listen", `Cannot listen on ${where}: ${cause.message}.`, { cause });
}

const bracketed = (host: string) => (host.includes(":") ? `[${host}]` : host);
