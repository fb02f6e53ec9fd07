/** A message socket that the test controls: the test reads what is sent, and decides what arrives. */
import type { JsonObject } from "../../src/index.ts";
import type { MessageSocketEvents, OpenMessageSocket } from "../../src/net/message-socket.ts";

/** Records commands in `sent`, and counts calls of `close` and `probe`. */
export class HeldSocket {
  readonly sent: JsonObject[] = [];
  closes = 0;
  probes = 0;
  readonly events: MessageSocketEvents;

  constructor(events: MessageSocketEvents) {
    this.events = events;
  }

  send(text: string): void {
    this.sent.push(JSON.parse(text) as JsonObject);
  }

  probe(): void {
    this.probes++;
  }

  close(): void {
    this.closes++;
    closed(this.events);
  }

  /** Delivers a message from the server. */
  say(message: JsonObject): void {
    this.events.received(JSON.stringify(message));
  }

  /** Opens the socket and delivers the server's welcome. */
  greet(welcome: JsonObject = {}): void {
    this.events.opened();
    this.say({ type: "welcome", welcome });
  }

  /** Ends the connection. */
  cut(): void {
    this.events.closed({ failure: "closed", detail: "cut" });
  }
}

/** Returns a function that opens such sockets and adds each one to `sockets`. */
export function holding(sockets: HeldSocket[]): OpenMessageSocket {
  return (_, events) => {
    const socket = new HeldSocket(events);
    sockets.push(socket);
    return socket;
  };
}

/** Reports that a socket has closed, as every socket does soon after its `close`. */
export function closed(events: MessageSocketEvents): void {
  queueMicrotask(() => events.closed({ failure: "closed", detail: "closed by us" }));
}
