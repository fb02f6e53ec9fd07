/** The real relay's rules and connections, on a machine of the simulation. */
import type { Client, Receiver } from "../../../packages/transit-relay/src/client.ts";
import { streamHandshakeReader } from "../../../packages/transit-relay/src/handshake.ts";
import { HANDSHAKE_MS, IDLE_MS, WAITING_MS } from "../../../packages/transit-relay/src/limits.ts";
import { Switchboard } from "../../../packages/transit-relay/src/switchboard.ts";
import type { End } from "./end.ts";
import type { Machine } from "./machine.ts";

const TIMES = { handshakeMs: HANDSHAKE_MS, waitingMs: WAITING_MS, idleMs: IDLE_MS };
export const RELAY_PORT = 4001;

/** A relay that can stop, and start again without its former clients. */
export class Relay {
  readonly machine: Machine;
  #switchboard: Switchboard | null = null;

  constructor(machine: Machine) {
    this.machine = machine;
    machine.allowHalfOpen = true;
  }

  /** The relay's address, as options name it. */
  get url(): string {
    return `tcp:${this.machine.addresses[0]}:${RELAY_PORT}`;
  }

  start(): void {
    if (this.#switchboard) return;
    const switchboard = new Switchboard(this.machine.clock, TIMES);
    this.#switchboard = switchboard;
    this.machine.ports.set(RELAY_PORT, (connection) => switchboard.arrive(new RelayClient(connection as End)));
  }

  /** Ends the process. If `silently`, the machine disappears with it. */
  stop(silently: boolean): void {
    this.#switchboard = null;
    this.machine.ports.delete(RELAY_PORT);
    for (const end of [...this.machine.ends]) {
      if (silently) end.line.silence();
      end.destroy();
    }
  }
}

/** A client as the relay sees it. */
class RelayClient implements Client {
  readonly readHandshake = streamHandshakeReader();
  readonly #end: End;

  constructor(end: End) {
    this.#end = end;
  }

  get unsent(): number {
    return this.#end.unsent;
  }

  get buffered(): number {
    return this.#end.unsent + this.#end.unread;
  }

  receive(receiver: Receiver): void {
    this.#end.receive({ chunk: (bytes) => receiver.bytes(bytes.slice()), ended: () => receiver.ended() });
  }

  pause(): void {
    this.#end.pause();
  }

  resume(): void {
    this.#end.resume();
  }

  write(bytes: Uint8Array, written: () => void): void {
    this.#end.write(bytes);
    this.#end.drained().then(written, written);
  }

  end(): void {
    void this.#end.end();
  }
}
