/** The connection to a Tor's control port: commands, answers and events over TCP or a Unix socket. */
import { onAbort } from "../base/abort.ts";
import { Once } from "../base/once.ts";
import type { Receiver } from "../net/connection.ts";
import { parseSocketAddress, type SocketAddress, socketAddressText } from "../net/socket-address.ts";
import { connectTo } from "../net/tcp.node.ts";
import type { TcpConnection } from "../net/tcp-connection.node.ts";
import { authenticate } from "./authentication.node.ts";
import type { ControlPort } from "./control-port.ts";
import { ControlPortError, ControlReplies, type ControlReply, quotedValues } from "./control-reply.ts";

/** The deadline of each answer. Tor answers without using its network. */
const ANSWER_DEADLINE_MS = 5_000;
/** The status of an answer to a command that Tor has carried out. */
const DONE = 250;
/** The status of an event. */
const EVENT = 650;

/** A control port over a connection. */
export class ControlConnection implements ControlPort, Receiver {
  readonly #connection: TcpConnection;
  readonly #replies = new ControlReplies();
  readonly #decoder = new TextDecoder();
  readonly #questions: Once<ControlReply>[] = [];
  /** The reason why the connection has ended; undefined while it is open. */
  #failure: Error | undefined;
  onEvent: (line: string) => void = () => {};
  onEnd: (error: Error) => void = () => {};

  /**
   * Connects to a control port and authenticates.
   * @throws {ControlPortError} if Tor does not let this program in
   * @throws {Error} of the system if nothing listens there, or the signal's reason
   */
  static async open(place: SocketAddress, { signal }: { signal: AbortSignal }): Promise<ControlConnection> {
    const inTime = AbortSignal.any([signal, AbortSignal.timeout(ANSWER_DEADLINE_MS)]);
    const control = new ControlConnection(await connectTo(place, socketAddressText(place), { signal: inTime }));
    const stop = onAbort(signal, () => control.close());
    try {
      await authenticate(control);
      return control;
    } catch (error) {
      control.close();
      throw error;
    } finally {
      stop();
    }
  }

  private constructor(connection: TcpConnection) {
    this.#connection = connection;
    connection.receive(this);
  }

  async ask(command: string): Promise<readonly string[]> {
    if (this.#failure) throw this.#failure;
    const question = new Once<ControlReply>();
    const deadline = setTimeout(() => this.#giveUp("it does not answer"), ANSWER_DEADLINE_MS);
    this.#questions.push(question);
    this.#connection.write(new TextEncoder().encode(`${command}\r\n`));
    try {
      const { status, lines } = await question.promise;
      if (status !== DONE) throw new ControlPortError(lines.at(-1) ?? `it answers ${status}`);
      return lines;
    } finally {
      clearTimeout(deadline);
    }
  }

  /** Returns the addresses at which this Tor accepts SOCKS connections. */
  async socksPlaces(): Promise<SocketAddress[]> {
    const [line = ""] = await this.ask("GETINFO net/listeners/socks");
    return quotedValues(line).flatMap((text) => parseSocketAddress(text) ?? []);
  }

  /** Lets the process end although this connection is open. */
  unref(): void {
    this.#connection.unref();
  }

  close(): void {
    this.#connection.destroy();
  }

  chunk(bytes: Uint8Array): void {
    try {
      const text = this.#decoder.decode(bytes, { stream: true });
      for (const reply of this.#replies.take(text)) this.#take(reply);
    } catch (error) {
      this.#giveUp((error as Error).message);
    }
  }

  ended(error?: Error): void {
    this.#fail(error ?? new ControlPortError("it closed the connection"));
  }

  #take(reply: ControlReply): void {
    if (reply.status === EVENT) for (const line of reply.lines) this.onEvent(line);
    else this.#questions.shift()?.resolve(reply);
  }

  #giveUp(reason: string): void {
    this.#fail(new ControlPortError(reason));
    this.close();
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    for (const question of this.#questions.splice(0)) question.reject(error);
    this.onEnd(error);
  }
}
