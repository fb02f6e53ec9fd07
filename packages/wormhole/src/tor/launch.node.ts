import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, rmSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { printable } from "../base/printable.ts";
import { NoTorError } from "../errors.ts";
import { parseSocketAddress, type SocketAddress } from "../net/socket-address.ts";
import { type BootstrapOptions, bootstrapped } from "./bootstrap.ts";
import { ControlPort } from "./control-port.node.ts";
import { type Found, socksPlace } from "./find.node.ts";

/** Milliseconds until a Tor that has started says where it listens: it reads no network for that. */
const START_DEADLINE = 20_000;
/** How often we look for it, milliseconds. */
const LOOK_EVERY = 50;
/** Milliseconds for a Tor to end by itself. */
const END_DEADLINE = 3_000;
/** Lines of Tor's log that may explain why it ended. */
const LAST_WORDS = 3;

/** A Tor of our own. */
export interface Launched extends Found {
  /** Ends it, and removes all that it has written. */
  close(): Promise<void>;
}

/**
 * Starts the program `tor` for this process alone, and waits until it is connected. It ends with this process, however
 * that ends.
 * @throws {NoTorError} if there is no such program, or it does not get into its network
 */
export async function launchTor(options: BootstrapOptions): Promise<Launched> {
  const tor = await PrivateTor.start();
  try {
    const control = await tor.obey(options);
    await bootstrapped(control, options);
    const socks = await socksPlace(control, options);
    control.unref();
    return { socks, description: "a private Tor", close: () => tor.close() };
  } catch (error) {
    await tor.close();
    options.signal.throwIfAborted();
    throw error instanceof NoTorError
      ? error
      : new NoTorError(`Tor was launched, but cannot be used: ${(error as Error).message}.`, { cause: error });
  }
}

class PrivateTor {
  readonly #folder: string;
  readonly #process: ChildProcess;
  readonly #ended: Promise<unknown>;
  /** Nothing asynchronous is possible any more when our own process ends. */
  readonly #clear = () => {
    this.#process.kill("SIGKILL");
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 3 });
  };

  static async start(): Promise<PrivateTor> {
    const folder = await mkdtemp(join(tmpdir(), "wormhole-tor-"));
    await writeFile(join(folder, "torrc"), configuration(folder));
    const log = openSync(join(folder, "log"), "a");
    // The system's own configuration may say anything.
    const args = ["-f", join(folder, "torrc"), "--defaults-torrc", join(folder, "no-defaults")];
    const process = spawn("tor", args, { stdio: ["ignore", log, log] });
    closeSync(log);
    try {
      await once(process, "spawn");
    } catch (error) {
      await rm(folder, { recursive: true, force: true });
      throw notStarted(error as NodeJS.ErrnoException);
    }
    return new PrivateTor(folder, process);
  }

  private constructor(folder: string, child: ChildProcess) {
    this.#folder = folder;
    this.#process = child;
    this.#ended = new Promise((resolve) => child.once("exit", resolve));
    child.on("error", () => {});
    child.unref();
    process.once("exit", this.#clear);
  }

  /** Waits until it can be asked, and makes it end when we do: it sees that the conversation is over. */
  async obey(options: { signal: AbortSignal }): Promise<ControlPort> {
    const control = await ControlPort.open(await this.#controlPort(options.signal), options);
    await control.ask("TAKEOWNERSHIP");
    return control;
  }

  async close(): Promise<void> {
    this.#process.ref();
    this.#process.kill("SIGTERM");
    await Promise.race([this.#ended, pause(END_DEADLINE, undefined, { ref: false })]);
    this.#process.kill("SIGKILL");
    await rm(this.#folder, { recursive: true, force: true, maxRetries: 3 });
    process.removeListener("exit", this.#clear);
  }

  /** Tor writes `PORT=127.0.0.1:41237` into a file. */
  async #controlPort(signal: AbortSignal): Promise<SocketAddress> {
    for (const end = performance.now() + START_DEADLINE; performance.now() < end; ) {
      const text = await readFile(join(this.#folder, "control-port"), "utf8").catch(() => "");
      const place = parseSocketAddress(/^PORT=(.*)$/m.exec(text)?.[1] ?? "");
      if (place !== undefined) return place;
      if (this.#process.exitCode !== null || this.#process.signalCode !== null) throw await this.#died();
      await pause(LOOK_EVERY, undefined, { signal });
    }
    throw new NoTorError("Tor was launched, but does not say where it listens.");
  }

  async #died(): Promise<NoTorError> {
    const log = await readFile(join(this.#folder, "log"), "utf8").catch(() => "");
    const words = log.trim().split("\n").slice(-LAST_WORDS).join("\n");
    return new NoTorError(
      `Tor was launched, but has ended at once. It says:\n${printable(words, { multiline: true })}`,
    );
  }
}

/** Everything in the private folder, ports of the system's choice, and nobody obeyed but who can read the folder. */
function configuration(folder: string): string {
  const path = (name: string) => JSON.stringify(join(folder, name));
  return [
    `DataDirectory ${path("data")}`,
    "SocksPort auto",
    "ControlPort auto",
    `ControlPortWriteToFile ${path("control-port")}`,
    "CookieAuthentication 1",
    `CookieAuthFile ${path("cookie")}`,
    `__OwningControllerProcess ${process.pid}`,
    "ClientOnly 1",
    "AvoidDiskWrites 1",
    "Log notice stdout",
    "",
  ].join("\n");
}

function notStarted(cause: NodeJS.ErrnoException): NoTorError {
  if (cause.code !== "ENOENT") return new NoTorError(`The program tor cannot be started: ${cause.message}.`, { cause });
  return new NoTorError(
    "The program tor is not installed. On Debian or Ubuntu: apt install tor. Or open Tor Browser, and do without launching.",
    { cause },
  );
}
