/** All records of a dilation: its sending and its receiving half, and the connection that both use. */
import type { WormholeError } from "../../errors.ts";
import type { Clock } from "../../net/clock.ts";
import type { DilationRole } from "../wire/role.ts";
import type { Channels } from "./channels.ts";
import type { FramedConnection } from "./framed-connection.ts";
import { Receiving } from "./receiving.ts";
import { Sending } from "./sending.ts";

export interface TrafficOptions {
  readonly clock: Clock;
  /** Subprotocols that the peer may open; undefined means all. */
  readonly expectedSubprotocols: readonly string[] | undefined;
  /** Called when the peer sends a record that the protocol forbids. */
  readonly breach: () => void;
  /** Called when sending has become impossible. */
  readonly failed: (error: WormholeError) => void;
}

export class Traffic {
  readonly sending: Sending;
  readonly receiving: Receiving;

  constructor({ failed, ...options }: TrafficOptions) {
    this.sending = new Sending(options.clock, { answers: () => this.receiving.answers(), failed });
    this.receiving = new Receiving({ ...options, sending: this.sending });
  }

  get channels(): Channels {
    return this.receiving.channels;
  }

  /** Takes the role of this side and the peer's extensions, before the first connection. */
  assign(role: DilationRole, extensions: readonly string[]): void {
    const credits = extensions.includes("credit");
    this.channels.assign(role, credits);
    if (credits) this.receiving.useCredit();
    if (extensions.includes("parts")) this.sending.useParts();
  }

  /** Uses this connection from now on. */
  begin(connection: FramedConnection, relayed: boolean): void {
    this.sending.begin(connection, relayed);
    this.receiving.begin(connection);
  }

  /** The connection is lost. */
  end(): void {
    this.sending.end();
    this.receiving.end();
  }

  /** Ends all subchannels with this error. */
  stop(error: Error): void {
    this.sending.stop();
    this.receiving.stop(error);
  }

  /** Number of records that were received or acknowledged. A connection that does not increase it was useless. */
  get progress(): number {
    return this.receiving.receivedRecords + this.sending.acknowledgedRecords;
  }
}
