/** Starts a mailbox server, and puts its parts together. */
import { randomBytes } from "node:crypto";
import { clientHost } from "../../internal/src/client-host.ts";
import { systemClock, type WallClock } from "../../internal/src/clock.ts";
import { hostAndPort, openPort } from "../../internal/src/listen.ts";
import { asMailboxServerError } from "./errors.ts";
import { refresh, startExpiry, UpTime } from "./expiry.ts";
import { Hub } from "./hub.ts";
import * as limits from "./limits.ts";
import type { Store } from "./store.ts";
import { MemoryStore } from "./store-memory.ts";
import { openSqliteStore } from "./store-sqlite.ts";
import { WebSocketFace } from "./websocket-face.ts";
import type { Random } from "./world.ts";

/** Options of a mailbox server. By default it keeps mailboxes in memory, on any free port of this machine only. */
export interface MailboxServerOptions {
  /** Host name or address to listen on. Default: 127.0.0.1, reachable from this machine only. */
  host?: string;
  /** TCP port; 0, the default, is any free port. */
  port?: number;
  /** The file to keep mailboxes in (needs Node 22.13 or newer), or `:memory:`, the default. */
  db?: string;
  /** A store of your own in place of `db`. The server closes it. */
  store?: Store;
  /** A message of the day that clients show to people. */
  motd?: string;
  /** A release of the Python client to which its users are advised to update. */
  advertiseVersion?: string;
  /** Refuses every client with this error. */
  signalError?: string;
  /** Whether clients may list the nameplates in use, which completes a code as it is typed. Default: true. */
  allowList?: boolean;
  /** Whether to trust `X-Real-IP` and `X-Real-Port`, because a proxy in front sets them. Default: false. */
  trustProxy?: boolean;
  /** Seconds for which an unused mailbox is kept. Only time while the server is up counts. Default: 660. */
  expireAfter?: number;
  /** Receives errors that the server survives, such as a full disk. By default they are ignored. */
  onError?: (error: unknown) => void;
  /** Time, for tests. */
  clock?: WallClock;
  /** Randomness, for tests. */
  random?: Random;
}

/** A running mailbox server. */
export interface MailboxServer extends AsyncDisposable {
  /** The address for clients: `ws://HOST:PORT/v1`. If the server listens on every address, HOST is one of them. */
  readonly url: string;
  readonly port: number;
  /** Ends all connections, and closes port and store. Mailboxes survive if the store is a file. */
  close(): Promise<void>;
}

/**
 * Starts a mailbox server. It listens when the promise resolves.
 *
 * @throws MailboxServerError if the port or the database cannot be opened
 */
export async function startMailboxServer(options: MailboxServerOptions = {}): Promise<MailboxServer> {
  const { host = "127.0.0.1", clock = systemClock } = options;
  const store = options.store ?? (await openStore(options.db ?? ":memory:"));
  const upTime = new UpTime(clock, store.upTime());
  const hub = makeHub(options, store, clock, upTime);
  const face = new WebSocketFace({ hub, clock, trustProxy: options.trustProxy ?? false });
  const port = await openPort(face.http, { host, port: options.port ?? 0 }).catch(async (error: unknown) => {
    await face.close();
    store.close();
    throw asMailboxServerError(error);
  });
  // A later error concerns one connection, for example if no file descriptors are left to accept it.
  face.http.on("error", (error) => options.onError?.(error));
  const lifetime = options.expireAfter ?? limits.DEFAULT_LIFETIME_SECONDS;
  const expiry = startExpiry({ store, hub, clock, upTime, lifetime });

  const end = async () => {
    expiry.cancel();
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
  return { url: `ws://${hostAndPort({ host: clientHost(host), port })}/v1`, port, close, [Symbol.asyncDispose]: close };
}

/**
 * Opens a store: in memory for `:memory:`, otherwise in the file of that path.
 *
 * @throws MailboxServerError if the file cannot be used
 */
export async function openStore(db: string): Promise<Store> {
  return db === ":memory:" ? new MemoryStore() : await openSqliteStore(db);
}

function makeHub(options: MailboxServerOptions, store: Store, clock: WallClock, upTime: UpTime): Hub {
  const { motd, advertiseVersion, signalError, allowList = true, onError = () => {} } = options;
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
    up: () => upTime.total(),
    onStoreError: onError,
  });
}
