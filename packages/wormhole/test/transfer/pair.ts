/** Transfers over a mailbox server in memory, and a peer whose messages a test chooses. */
import { onTestFinished } from "vitest";
import type { Wormhole } from "../../src/api.ts";
import { receive, sendPath, sendText } from "../../src/node.ts";
import { MemoryMailboxServer } from "../../src/testing.ts";
import type { ReceiveOptions, Transfer, TransferEvent } from "../../src/transfer/api.ts";
import { TransitReceiver, TransitSender } from "../../src/transit/transit.ts";
import { createWormhole } from "../../src/wormhole/create.ts";

/** A mailbox server for one test, and transfers that use it. */
export class Pair {
  readonly server = new MemoryMailboxServer();
  readonly options = {
    relayUrl: "ws://memory/v1",
    platform: { openMessageSocket: this.server.openMessageSocket },
  };

  sendText = (text: string, options = {}) => sendText(text, { ...this.options, ...options });
  sendPath = (path: string, options = {}) => sendPath(path, { ...this.options, ...options });
  receive = (code: string, options: Partial<ReceiveOptions> = {}) => receive({ ...this.options, code, ...options });

  /** Whether everything at the server was released. */
  get isClean(): boolean {
    return this.server.nameplates.length === 0 && this.server.mailboxes === 0;
  }

  /** A peer that sends exactly what the test chooses. */
  stranger(code: string, role: "sender" | "receiver", appId = "lothar.com/wormhole/text-or-file-xfer"): Stranger {
    return new Stranger(createWormhole({ ...this.options, appId }), code, role, appId);
  }
}

/** A peer that uses nothing of `transfer/`, the code under test. */
export class Stranger {
  readonly wormhole: Wormhole;
  readonly transit: TransitSender | TransitReceiver;
  readonly #appId: string;

  constructor(wormhole: Wormhole, code: string, role: "sender" | "receiver", appId: string) {
    this.wormhole = wormhole;
    this.#appId = appId;
    this.transit = role === "sender" ? new TransitSender() : new TransitReceiver();
    wormhole.setCode(code);
    onTestFinished(async () => {
      this.transit.close();
      await wormhole.close().catch(() => {});
    });
  }

  send(message: object | string): void {
    const text = typeof message === "string" ? message : JSON.stringify(message);
    this.wormhole.sendMessage(new TextEncoder().encode(text));
  }

  async receive(): Promise<unknown> {
    return JSON.parse(new TextDecoder().decode(await this.wormhole.getMessage()));
  }

  /** Receives the peer's transit message, and uses its hints. */
  async takeHints(): Promise<void> {
    const message = (await this.receive()) as { transit: { "hints-v1": unknown[] } };
    this.transit.addConnectionHints(message.transit["hints-v1"]);
  }

  /** Sends a transit message with hints. */
  async sendHints(): Promise<void> {
    this.transit.setTransitKey(this.wormhole.deriveKey(`${this.#appId}/transit-key`, 32));
    const hints = await this.transit.getConnectionHints();
    this.send({ transit: { "abilities-v1": this.transit.getConnectionAbilities(), "hints-v1": hints } });
  }
}

/** Iterates over the events of a transfer, and accepts every question. Returns their types, without `progress`. */
export async function follow<R>(
  transfer: Transfer<R>,
  on: (event: TransferEvent<R>) => void = () => {},
): Promise<string[]> {
  const types: string[] = [];
  for await (const event of transfer) {
    if (event.type !== "progress") types.push(event.type);
    if (event.type === "offer" || event.type === "verifier") event.accept();
    on(event);
  }
  return types;
}
