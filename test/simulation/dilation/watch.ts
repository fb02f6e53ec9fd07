/** Observes two dilations: what they encrypt, and the status that they report. */
import type { BulkCipher } from "../../../packages/wormhole/src/crypto/bulk.ts";
import type { DilationStatus } from "../../../packages/wormhole/src/dilation/api.ts";
import type { Machine } from "./machine.ts";
import type { Tally } from "./tally.ts";

type Complain = (fault: string) => void;

/** Message numbers that each key has sealed. Number 0 is the key confirmation of the handshake. */
export class NonceWatch {
  readonly #used = new Map<string, Set<number>>();
  readonly #named = new WeakMap<Uint8Array, Set<number>>();
  readonly #complain: Complain;

  constructor(complain: Complain) {
    this.#complain = complain;
  }

  /** Wraps a cipher, so that it is observed. */
  over(cipher: BulkCipher): BulkCipher {
    return {
      ...cipher,
      seal: (target, plaintext, nonce, key) => {
        this.#seal(key, nonce);
        cipher.seal(target, plaintext, nonce, key);
      },
    };
  }

  #seal(key: Uint8Array, nonce: Uint8Array): void {
    const used = this.#named.get(key) ?? this.#usedBy(key);
    const view = new DataView(nonce.buffer, nonce.byteOffset, nonce.byteLength);
    const number = view.getUint32(4, true) + view.getUint32(8, true) * 2 ** 32;
    if (used.has(number)) this.#complain(`message number ${number} was used twice with one key`);
    used.add(number);
  }

  #usedBy(key: Uint8Array): Set<number> {
    const name = Buffer.from(key).toString("latin1");
    const used = this.#used.get(name) ?? new Set([0]);
    this.#used.set(name, used);
    this.#named.set(key, used);
    return used;
  }
}

/** Checks whether a reported status is true. */
export class StatusWatch {
  last: DilationStatus = { generation: 0, peerConnection: { state: "waiting" }, hints: [] };
  readonly #machine: Machine;
  readonly #tally: Tally;
  readonly #complain: Complain;
  /** The far end of the connection that was reported. */
  #far: string | null = null;

  constructor(machine: Machine, tally: Tally, complain: Complain) {
    this.#machine = machine;
    this.#tally = tally;
    this.#complain = (fault) => complain(`${machine.name}: ${fault}`);
  }

  changed(status: DilationStatus): void {
    const before = this.last;
    this.last = status;
    if (status.generation < before.generation && status.peerConnection.state !== "stopped")
      this.#complain(`generation ${status.generation} came after ${before.generation}`);
    if (before.peerConnection.state === "stopped") this.#complain("it reports a status after it has stopped");
    if (status.generation > Math.max(1, before.generation)) this.#tally.note("generation");
    this.#connected(status, before);
    this.check();
  }

  /** Checks whether the reported connection exists. */
  check(): void {
    if (this.#far === null) return;
    for (const { description } of this.#machine.ends) if (description === this.#far) return;
    this.#complain(`it reports a connection with ${this.#far}, which does not exist`);
    this.#far = null;
  }

  #connected({ peerConnection }: DilationStatus, { peerConnection: before }: DilationStatus): void {
    this.#far = null;
    if (peerConnection.state !== "connected") return;
    const { description, relayed } = peerConnection;
    this.#far = description.replace(/^(?:->relay:tcp:|->tcp:|<-)/, "");
    if (relayed !== description.startsWith("->relay:")) this.#complain(`${description} is called relayed: ${relayed}`);
    if (before.state === "connected" && before.description === description) return;
    this.#tally.note("link");
    if (before.state === "connected" && before.relayed && !relayed) this.#tally.note("upgrade");
  }
}
