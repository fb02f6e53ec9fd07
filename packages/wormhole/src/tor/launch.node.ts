/** A private Tor: the program `tor`, started for this process alone. */
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
import { ControlConnection } from "./control-connection.node.ts";
import { type FoundTor, socksPlace } from "./find.node.ts";

/** The longest time until a new Tor listens. It needs no network for that. */
const START_DEADLINE_MS = 20_000;
/** The time between two looks at the file with its control port. */
const POLL_MS = 50;
/** How long a Tor may take to end by itself, before it is killed. */
const END_DEADLINE_MS = 3_000;
/** Lines at the end of Tor's log that go into the error if it ends. */
const LOG_LINES = 3;

/** A private Tor. */
export interface LaunchedTor extends FoundTor {
  /** Ends it, and removes every file that it has written. */
  close(): Promise<void>;
}

/**
 * Starts the program `tor`, and waits until it has connected to its network. It ends with this process, even if this
 * process is killed.
 * @throws {NoTorError} if the program is missing or cannot be started, or does not connect
 */
export async function launchTor(options: BootstrapOptions): Promise<LaunchedTor> {
  const tor = await PrivateTor.start();
  try {
    const control = await tor.control(options);
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

/** The process, and the private folder with all its files. */
class PrivateTor {
  readonly #folder: string;
  readonly #process: ChildProcess;
  readonly #ended: Promise<unknown>;
  /** Ends Tor when this process ends. It is synchronous, because no promise settles at that time. */
  readonly #clear = () => {
    this.#process.kill("SIGKILL");
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 3 });
  };

  /** @throws {NoTorError} if the program is missing or cannot be started */
  static async start(): Promise<PrivateTor> {
    const folder = await mkdtemp(join(tmpdir(), "wormhole-tor-")).catch((error: NodeJS.ErrnoException) => {
      throw notStarted(error);
    });
    try {
      return new PrivateTor(folder, await PrivateTor.#spawn(folder));
    } catch (error) {
      await rm(folder, { recursive: true, force: true });
      throw notStarted(error as NodeJS.ErrnoException);
    }
  }

  static async #spawn(folder: string): Promise<ChildProcess> {
    await writeFile(join(folder, "torrc"), configuration(folder));
    const log = openSync(join(folder, "log"), "a");
    // The file with defaults does not exist, so the system's configuration changes nothing here.
    const args = ["-f", join(folder, "torrc"), "--defaults-torrc", join(folder, "no-defaults")];
    const process = spawn("tor", args, { stdio: ["ignore", log, log] });
    closeSync(log);
    await once(process, "spawn");
    return process;
  }

  private constructor(folder: string, child: ChildProcess) {
    this.#folder = folder;
    this.#process = child;
    this.#ended = new Promise((resolve) => child.once("exit", resolve));
    child.on("error", () => {});
    child.unref();
    process.once("exit", this.#clear);
  }

  /** Connects to the control port, and makes Tor end when this connection ends. */
  async control(options: { signal: AbortSignal }): Promise<ControlConnection> {
    const control = await ControlConnection.open(await this.#controlPort(options.signal), options);
    await control.ask("TAKEOWNERSHIP");
    return control;
  }

  async close(): Promise<void> {
    this.#process.ref();
    this.#process.kill("SIGTERM");
    await Promise.race([this.#ended, pause(END_DEADLINE_MS, undefined, { ref: false })]);
    this.#process.kill("SIGKILL");
    await rm(this.#folder, { recursive: true, force: true, maxRetries: 3 });
    process.removeListener("exit", this.#clear);
  }

  /** Waits until Tor has written its control port into a file, as `PORT=127.0.0.1:41237`. */
  async #controlPort(signal: AbortSignal): Promise<SocketAddress> {
    for (const end = performance.now() + START_DEADLINE_MS; performance.now() < end; ) {
      const text = await readFile(join(this.#folder, "control-port"), "utf8").catch(() => "");
      const place = parseSocketAddress(/^PORT=(.*)$/m.exec(text)?.[1] ?? "");
      if (place !== undefined) return place;
      if (this.#process.exitCode !== null || this.#process.signalCode !== null) throw await this.#died();
      await pause(POLL_MS, undefined, { signal });
    }
    throw new NoTorError("Tor was launched, but has not reported where it listens.");
  }

  async #died(): Promise<NoTorError> {
    const log = await readFile(join(this.#folder, "log"), "utf8").catch(() => "");
    const words = log.trim().split("\n").slice(-LOG_LINES).join("\n");
    return new NoTorError(
      `Tor was launched, but ended at once. Its last messages:\n${printable(words, { multiline: true })}`,
    );
  }
}

/**
 * The configuration. All files are in the private folder, the system chooses the ports, and every program that can read the
 * folder may control this Tor.
 */
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
  const isMissing = cause.code === "ENOENT" && cause.syscall?.startsWith("spawn") === true;
  if (!isMissing) return new NoTorError(`The program tor cannot be started: ${cause.message}.`, { cause });
  return new NoTorError(
    "The program tor is not installed. On Debian or Ubuntu: apt install tor. Or open Tor Browser, and use it instead of launching one.",
    { cause },
  );
}
