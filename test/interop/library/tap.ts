/** A tap on the line between a client and its mailbox server: it reads along, cuts the line, and speaks as the server. */
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { Changes } from "./changes.ts";
import { FrameCutter, textFrame } from "./frames.ts";
import { type Moment, matches, type Passed, type WireMessage } from "./wire.ts";

interface Line {
  readonly client: Socket;
  readonly server: Socket;
  side: string | undefined;
}

interface Cut {
  readonly moment: Moment;
  readonly done: () => void;
}

export class Tap {
  /** Everything that got through, in order. */
  readonly passed: Passed[] = [];
  /** Connections that the client has made. */
  connections = 0;
  readonly #listener: Server;
  readonly #lines = new Set<Line>();
  readonly #changes = new Changes();
  #cuts: readonly Cut[] = [];
  #server: URL;
  #down = false;

  /** @param server what clients would be given: `ws://HOST:PORT/v1`. */
  static async open(server: string): Promise<Tap> {
    const tap = new Tap(server);
    tap.#listener.listen(0, "127.0.0.1");
    await once(tap.#listener, "listening");
    return tap;
  }

  private constructor(server: string) {
    this.#server = new URL(server);
    this.#listener = createServer((client) => this.#connected(client));
  }

  get url(): string {
    return `ws://127.0.0.1:${(this.#listener.address() as AddressInfo).port}/v1`;
  }

  /** Leads later connections to another server. */
  leadTo(server: string): void {
    this.#server = new URL(server);
  }

  /** Cuts the line once, when that message comes by; resolves when it is done. */
  cutAt(moment: Moment): Promise<void> {
    return new Promise((done) => {
      this.#cuts = [...this.#cuts, { moment, done }];
    });
  }

  /** Cuts the line, and lets nobody through until {@link mend}. */
  sever(): void {
    this.#down = true;
    for (const line of this.#lines) hangUp(line);
  }

  mend(): void {
    this.#down = false;
  }

  /** Says something to the client in the server's name. */
  say(message: object): void {
    for (const { client } of this.#lines) client.write(textFrame(JSON.stringify(message)));
  }

  async close(): Promise<void> {
    this.sever();
    this.#listener.close();
    await once(this.#listener, "close");
  }

  /** How many welcomes of the server got through. */
  get welcomes(): number {
    return this.passed.filter(({ from, message }) => from === "server" && message.type === "welcome").length;
  }

  /** What the client said to the server, each as its type, or type and phase. */
  get said(): string[] {
    const commands = this.passed.filter(({ from }) => from === "client");
    return commands.map(({ message: { type, phase } }) => (phase === undefined ? type : `${type} ${phase}`));
  }

  /** Resolves when the client has said this. */
  async hears(command: string): Promise<void> {
    await this.#changes.until(
      () => this.said.includes(command),
      () => `${command}, but heard: ${this.said.join(", ")}`,
    );
  }

  /** By which the client has named itself: the same one each time. */
  get sides(): Set<string | undefined> {
    return new Set(this.passed.filter(({ message }) => message.type === "bind").map(({ message }) => message.side));
  }

  /** How the client said that it ended, each time that it did. */
  get moods(): (string | undefined)[] {
    return this.passed.filter(({ message }) => message.type === "close").map(({ message }) => message.mood);
  }

  /** What the server answered, by type. */
  answered(type: string): boolean {
    return this.passed.some(({ from, message }) => from === "server" && message.type === type);
  }

  /** The bodies that the client has sent for each phase: more than one where it has encrypted twice. */
  get bodies(): Map<string, Set<string>> {
    const adds = this.passed.filter(({ from, message }) => from === "client" && message.type === "add");
    const bodies = new Map<string, Set<string>>();
    for (const { message } of adds) {
      const phase = message.phase ?? "";
      bodies.set(phase, (bodies.get(phase) ?? new Set()).add(message.body ?? ""));
    }
    return bodies;
  }

  #connected(client: Socket): void {
    if (this.#down) return void client.destroy();
    this.connections++;
    const server = connect(Number(this.#server.port), this.#server.hostname);
    const line: Line = { client, server, side: undefined };
    this.#lines.add(line);
    for (const socket of [client, server]) {
      socket.on("error", () => {}); // followed by "close"
      socket.once("close", () => {
        this.#lines.delete(line);
        client.destroySoon();
        server.destroySoon();
      });
    }
    this.#forward(line, "client", client, server);
    this.#forward(line, "server", server, client);
  }

  #forward(line: Line, from: Passed["from"], source: Socket, destination: Socket): void {
    const cutter = new FrameCutter();
    source.on("data", (chunk: Buffer) => {
      for (const { raw, text } of cutter.push(chunk)) {
        const passed = text === undefined ? undefined : witness(line, from, JSON.parse(text));
        const cut = passed && this.#cuts.find(({ moment }) => matches(moment, passed));
        if (passed && !cut?.moment.lost) this.passed.push(passed);
        if (!cut?.moment.lost) destination.write(raw);
        this.#changes.happened();
        if (cut) return this.#cut(cut, line, destination);
      }
    });
  }

  #cut(cut: Cut, line: Line, destination: Socket): void {
    this.#cuts = this.#cuts.filter((other) => other !== cut);
    this.#lines.delete(line);
    if (cut.moment.lost) hangUp(line);
    else {
      // What was written before still arrives.
      destination.end();
      (destination === line.client ? line.server : line.client).destroy();
    }
    cut.done();
  }
}

function hangUp({ client, server }: Line): void {
  client.destroy();
  server.destroy();
}

function witness(line: Line, from: Passed["from"], message: WireMessage): Passed {
  if (from === "client" && message.type === "bind") line.side = message.side;
  return { from, message, own: from === "client" || message.side === line.side };
}
