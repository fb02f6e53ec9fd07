import { Once } from "../base/once.ts";
import type { Receiver } from "../net/connection.ts";
import { parseSocketAddress, type SocketAddress, socketAddressText } from "../net/socket-address.ts";
import { connectTo } from "../net/tcp.node.ts";
import type { TcpConnection } from "../net/tcp-connection.node.ts";
import { authenticate } from "./authentication.node.ts";
import { ControlPortError } from "./control-port-error.ts";
import { ControlReplies, type ControlReply, quotedValues } from "./control-reply.ts";

/** Milliseconds for each answer: what we ask, a Tor knows without asking anybody. */
const ANSWER_DEADLINE = 5_000;
const DONE = 250;
const EVENT = 650;

/** A conversation with a running Tor. */
export class ControlPort implements Receiver {
  readonly #connection: TcpConnection;
  readonly #replies = new ControlReplies();
  readonly #decoder = new TextDecoder();
  readonly #questions: Once<ControlReply>[] = [];
  /** Why nothing more will come. */
  #failure: Error | undefined;
  /** Hears of every line of every event, once events were asked for; and when nothing more can come. */
  onEvent: (line: string) => void = () => {};
  onEnd: (error: Error) => void = () => {};

  /** @throws {Error} if nothing listens there, or it does not let us in */
  static async open(place: SocketAddress, { signal }: { signal: AbortSignal }): Promise<ControlPort> {
    const inTime = AbortSignal.any([signal, AbortSignal.timeout(ANSWER_DEADLINE)]);
    const control = new ControlPort(await connectTo(place, socketAddressText(place), { signal: inTime }));
    const abandon = () => control.close();
    signal.addEventListener("abort", abandon);
    try {
      await authenticate(control);
      return control;
    } catch (error) {
      control.close();
      throw error;
    } finally {
      signal.removeEventListener("abort", abandon);
    }
  }

  private constructor(connection: TcpConnection) {
    this.#connection = connection;
    connection.receive(this);
  }

  /** Says one command, and gives the lines of the answer. @throws {ControlPortError} if Tor refuses it */
  async ask(command: string): Promise<readonly string[]> {
    if (this.#failure) throw this.#failure;
    const question = new Once<ControlReply>();
    const deadline = setTimeout(() => this.#giveUp("it does not answer"), ANSWER_DEADLINE);
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

  /** Where this Tor takes connections. */
  async socksPlaces(): Promise<SocketAddress[]> {
    const [line = ""] = await this.ask("GETINFO net/listeners/socks");
    return quotedValues(line).flatMap((text) => parseSocketAddress(text) ?? []);
  }

  /** Keeps the process from waiting for this conversation. */
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
    this.#fail(error ?? new ControlPortError("it hung up"));
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
