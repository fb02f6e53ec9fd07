/** Receiving a text, a file or a folder. */
import { bytesToHex } from "@noble/hashes/utils.js";
import { unlessAborted } from "../base/abort.ts";
import { Once } from "../base/once.ts";
import { measure } from "../base/timing.ts";
import type { RecordPipe } from "../transit/api.ts";
import { TransitReceiver } from "../transit/transit.ts";
import type { Offer, ReceiveOptions, ReceiveResult, Transfer } from "./api.ts";
import { overPipe, prepareTransit, transitOptions, watchProgress } from "./bulk.ts";
import type { Meeting } from "./context.ts";
import { ReceivingDialogue } from "./dialogue/dialogue.ts";
import { type ByteOffer, chooseDestination, type Destination } from "./files/destination.node.ts";
import { storageError } from "./files/storage-error.node.ts";
import { type FolderTarget, fileTarget, folderTarget, type Target } from "./files/target.node.ts";
import { LocalError } from "./local-error.ts";
import { meet } from "./meet.ts";
import { startTransfer } from "./run.ts";
import { verifyPeer } from "./verify.ts";

/**
 * Receives a text, a file or a folder. Nothing is accepted before `accept()` of the `offer` event is called.
 *
 * @example
 * const transfer = receive({ relayUrl: "wss://mailbox.example.org/v1", code: "7-guitarist-revenge" });
 * for await (const event of transfer) {
 *   if (event.type === "offer") event.accept();
 * }
 * const result = await transfer.done;
 * console.log(result.kind === "text" ? printable(result.text) : result.path);
 */
export function receive(options: ReceiveOptions): Transfer<ReceiveResult> {
  return startTransfer(options, (context) =>
    meet(context, async (meeting) => {
      const transit = new TransitReceiver(transitOptions(meeting));
      try {
        return await new Receiver(meeting, options, transit).run();
      } finally {
        transit.close();
      }
    }),
  );
}

class Receiver {
  readonly #meeting: Meeting;
  readonly #options: ReceiveOptions;
  readonly #transit: TransitReceiver;
  readonly #dialogue: ReceivingDialogue;

  constructor(meeting: Meeting, options: ReceiveOptions, transit: TransitReceiver) {
    this.#meeting = meeting;
    this.#options = options;
    this.#transit = transit;
    this.#dialogue = new ReceivingDialogue(meeting, (hints) => transit.addConnectionHints(hints));
  }

  async run(): Promise<ReceiveResult> {
    await verifyPeer(this.#meeting, "receiver");
    const offer = await this.#timed("wait for offer", () => this.#dialogue.offer());
    return offer.kind === "text" ? this.#receiveText(offer) : this.#receiveBytes(offer);
  }

  async #receiveText(offer: Offer & { kind: "text" }): Promise<ReceiveResult> {
    await this.#ask(offer);
    await this.#dialogue.accept();
    return { kind: "text", text: offer.text };
  }

  async #receiveBytes(offer: ByteOffer): Promise<ReceiveResult> {
    const destination = await chooseDestination(offer, this.#options);
    await this.#ask({ ...offer, name: destination.name });
    const sha256 =
      offer.kind === "file"
        ? await this.#receiveFile(offer, destination)
        : await this.#receiveFolder(offer, destination);
    return { kind: offer.kind, path: destination.path, sha256 };
  }

  /** Asks a person about the offer, and waits for the answer. The wait has no deadline, and ends with the transfer. */
  async #ask(offer: Offer): Promise<void> {
    const answer = new Once<void>();
    this.#meeting.emit({
      type: "offer",
      offer,
      offeredName: offer.kind === "text" ? "" : offer.name,
      warnings: [],
      accept: () => answer.resolve(),
      reject: (peerMessage) =>
        answer.reject(new LocalError("The offer was rejected.", "rejected", peerMessage === undefined ? {} : { peerMessage })),
    });
    await this.#timed("wait for person", () => unlessAborted(answer.promise, this.#meeting.signal));
  }

  async #receiveFile(offer: ByteOffer, destination: Destination): Promise<string> {
    const target = await fileTarget(destination);
    return this.#fill(target, offer, () => this.#timed("store", () => target.publish()));
  }

  async #receiveFolder(offer: ByteOffer & { kind: "directory" }, destination: Destination): Promise<string> {
    const target = await folderTarget(destination);
    return this.#fill(target, offer, async () => {
      await target.spool.finish();
      await this.#timed("unpack", () => this.#unpack(target, offer)).catch((error: unknown) => {
        throw storageError(destination.path, error);
      });
      await this.#timed("store", () => target.publish());
    });
  }

  async #unpack(
    { spool, tree }: FolderTarget,
    { unpackedSize, files }: ByteOffer & { kind: "directory" },
  ): Promise<void> {
    const { unpack } = await import("./zip/unpack.node.ts");
    const portable = process.platform === "win32" || process.platform === "darwin";
    const { signal } = this.#meeting;
    await unpack(spool.path, tree, { numbytes: unpackedSize, numfiles: files, portable, signal });
  }

  /** Receives all bytes into the target, stores them, and only then acknowledges them. Returns their SHA-256. */
  async #fill(target: Target, offer: ByteOffer, store: () => Promise<void>): Promise<string> {
    try {
      await this.#dialogue.accept(await prepareTransit(this.#meeting, this.#transit));
      return await overPipe(this.#meeting, this.#transit, async (pipe) => {
        const sha256 = await this.#receive(pipe, offer.size, target);
        await store();
        const ack = await this.#dialogue.acknowledge(sha256);
        // The data is stored, even if the peer does not get the acknowledgement.
        await this.#timed("confirm", () => pipe.sendRecord(ack)).catch(() => {});
        return sha256;
      });
    } catch (error) {
      await target.discard();
      throw error;
    }
  }

  async #receive(pipe: RecordPipe, length: number, target: Target): Promise<string> {
    const hasher = (await this.#meeting.platform.loadBulkCrypto()).sha256();
    await watchProgress(this.#meeting, "receive bytes", length, async (moved) => {
      for await (const piece of pipe.receiveBulk(length, { signal: this.#meeting.signal })) {
        hasher.update(piece);
        await target.spool.write(piece);
        moved(piece.length);
      }
    });
    return bytesToHex(hasher.digest());
  }

  #timed<T>(name: string, work: () => Promise<T>): Promise<T> {
    return measure(this.#options.timing, name, work);
  }
}
