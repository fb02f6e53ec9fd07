/** A client of a mailbox server in memory, for the tests of that server. */
import type { JsonObject } from "../../src/base/json.ts";
import type { MessageSocket } from "../../src/net/message-socket.ts";
import type { MemoryMailboxServer } from "../../src/testing.ts";

/** A bare connection to a mailbox server in memory, which keeps what it receives. */
export class Client {
  /** `opened`, and the failure or detail of the end. */
  readonly events: string[] = [];
  #received: JsonObject[] = [];
  readonly #socket: MessageSocket;

  constructor(server: MemoryMailboxServer) {
    this.#socket = server.openMessageSocket("ws://memory/v1", {
      opened: () => void this.events.push("opened"),
      received: (text) => void this.#received.push(JSON.parse(text) as JsonObject),
      closed: ({ failure }) => void this.events.push(failure),
    });
  }

  send(command: JsonObject | string): void {
    this.#socket.send(typeof command === "string" ? command : JSON.stringify(command));
  }

  close(): void {
    this.#socket.close();
  }

  /** Returns what has arrived since the last call. */
  take(): JsonObject[] {
    return this.#received.splice(0);
  }
}
