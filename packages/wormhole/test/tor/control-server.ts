/** A stand-in for a Tor's control port, with the commands that a client needs. */
import { createHmac, randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface ControlServerOptions {
  /** A port of loopback (0: any), or the path of a Unix socket. */
  readonly listen?: number | string;
  /** The SOCKS ports that it reports. */
  readonly socks?: readonly string[];
  readonly methods?: string;
  /** Its progress. The first entry is the answer to `GETINFO`, and the others follow as events. */
  readonly bootstrap?: readonly string[];
  /** The content of the cookie file, if it is not the cookie that the server uses. */
  readonly wrongCookie?: Uint8Array;
  /** Commands that begin with this are never answered. */
  readonly ignores?: string;
}

const DONE = 'NOTICE BOOTSTRAP PROGRESS=100 TAG=done SUMMARY="Done"';

export class ControlServer {
  readonly commands: string[] = [];
  /** Where it listens, in the form of the option `controlPort`. */
  place = "";
  readonly cookiePath: string;
  readonly #cookie = randomBytes(32);
  readonly #folder = mkdtempSync(join(tmpdir(), "control-server-"));
  readonly #options: ControlServerOptions;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  static async start(options: ControlServerOptions = {}): Promise<ControlServer> {
    const control = new ControlServer(options);
    const { listen = 0 } = options;
    control.#server.listen(typeof listen === "string" ? { path: listen } : { port: listen, host: "127.0.0.1" });
    await once(control.#server, "listening");
    const address = control.#server.address();
    control.place = typeof address === "string" ? `unix:${address}` : `tcp:127.0.0.1:${address?.port}`;
    return control;
  }

  private constructor(options: ControlServerOptions) {
    this.#options = options;
    this.cookiePath = join(this.#folder, 'co"okie');
    writeFileSync(this.cookiePath, options.wrongCookie ?? this.#cookie);
    this.#server = createServer((socket) => this.#serve(socket));
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #serve(socket: Socket): void {
    const session = new Session(this.#cookie);
    let unread = "";
    this.#sockets.add(socket);
    socket.on("error", () => {}).once("close", () => this.#sockets.delete(socket));
    socket.on("data", (bytes) => {
      const lines = (unread + bytes.toString()).split("\r\n");
      unread = lines.pop() ?? "";
      for (const line of lines) this.#receive(line, socket, session);
    });
  }

  #receive(line: string, socket: Socket, session: Session): void {
    this.commands.push(line.replaceAll(/[0-9a-fA-F]{64}/g, "…"));
    const { ignores, bootstrap = [DONE] } = this.#options;
    if (ignores !== undefined && line.startsWith(ignores)) return;
    socket.write(
      this.#answer(line, session)
        .map((text) => `${text}\r\n`)
        .join(""),
    );
    if (!line.startsWith("GETINFO status/bootstrap-phase")) return;
    for (const event of bootstrap.slice(1)) socket.write(`650 STATUS_CLIENT ${event}\r\n`);
  }

  #answer(line: string, session: Session): string[] {
    const { socks = [], methods = "COOKIE,SAFECOOKIE", bootstrap = [DONE] } = this.#options;
    if (line === "PROTOCOLINFO 1") {
      const file = methods.includes("COOKIE") ? ` COOKIEFILE="${this.cookiePath.replaceAll('"', '\\"')}"` : "";
      return ["250-PROTOCOLINFO 1", `250-AUTH METHODS=${methods}${file}`, '250-VERSION Tor="0.4.9.11"', "250 OK"];
    }
    if (line.startsWith("AUTHCHALLENGE SAFECOOKIE ")) return [session.challenge(line)];
    if (line.startsWith("AUTHENTICATE")) return [session.authenticate(line, methods)];
    if (!session.isKnown) return ["514 Authentication required."];
    if (line === "GETINFO net/listeners/socks") {
      return [`250-net/listeners/socks=${socks.map((place) => `"${place}"`).join(" ")}`, "250 OK"];
    }
    if (line === "GETINFO status/bootstrap-phase") return [`250-status/bootstrap-phase=${bootstrap[0]}`, "250 OK"];
    return line.startsWith("SETEVENTS") ? ["250 OK"] : ["510 Unrecognized command"];
  }
}

/** The authentication of one client. */
class Session {
  isKnown = false;
  readonly #cookie: Buffer;
  readonly #ours = randomBytes(32);
  #theirs = Buffer.alloc(0);

  constructor(cookie: Buffer) {
    this.#cookie = cookie;
  }

  challenge(line: string): string {
    this.#theirs = Buffer.from(line.split(" ")[2] ?? "", "hex");
    const hash = this.#proof("Tor safe cookie authentication server-to-controller hash");
    return `250 AUTHCHALLENGE SERVERHASH=${hash} SERVERNONCE=${this.#ours.toString("hex").toUpperCase()}`;
  }

  authenticate(line: string, methods: string): string {
    const proof = this.#proof("Tor safe cookie authentication controller-to-server hash");
    this.isKnown = methods === "NULL" || line === `AUTHENTICATE ${proof.toLowerCase()}`;
    return this.isKnown ? "250 OK" : "515 Authentication failed";
  }

  #proof(key: string): string {
    const hmac = createHmac("sha256", key).update(this.#cookie).update(this.#theirs).update(this.#ours);
    return hmac.digest("hex").toUpperCase();
  }
}
