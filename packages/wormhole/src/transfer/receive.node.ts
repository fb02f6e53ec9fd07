/** Receiving a text, a file or a folder. */
import { bytesToHex } from "@noble/hashes/utils.js";
import { measure } from "../base/timing.ts";
import type { RecordPipe } from "../transit/api.ts";
import { TransitReceiver } from "../transit/transit.ts";
import type { Notice, Offer, ReceiveOptions, ReceiveResult, Transfer } from "./api.ts";
import { overPipe, prepareTransit, transitOptions, watchProgress } from "./bulk.ts";
import type { Meeting } from "./context.ts";
import { DestinationDesk } from "./destination-question.node.ts";
import { ReceivingDialogue } from "./dialogue/dialogue.ts";
import type { ByteOffer, Destination } from "./files/destination.node.ts";
import type { FilePath } from "./files/held-folder.node.ts";
import { findLeftovers } from "./files/leftovers.node.ts";
import { thisPlatform } from "./files/safe-name.ts";
import { fileTarget, folderTarget, streamTarget, type Target } from "./files/target.node.ts";
import { meet } from "./meet.ts";
import { ask } from "./question.ts";
import { checkReceiveOptions } from "./receive-options.ts";
import { startTransfer } from "./run.ts";
import { verifyPeer } from "./verify.ts";
import { waitFor } from "./waits.ts";

/**
 * Receives a text, a file or a folder. Nothing is accepted before `accept()` of the `offer` event is called, unless the
 * option `accept` decides. If nothing can be stored where the options say, the transfer fails before the code is used.
 *
 * If everything has arrived but the name cannot be given, the data is stored as `NAME (1)`, a `notice` says so, and
 * `path` of the result is the true path.
 *
 * @throws {TypeError} if an option has an impossible value
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
  checkReceiveOptions(options);
  return startTransfer(options, async (context) => {
    const desk = await DestinationDesk.open(options);
    try {
      return await meet(context, "receiver", async (meeting) => {
        const transit = new TransitReceiver(transitOptions(meeting));
        try {
          return await new Receiver(meeting, options, transit, desk).run();
        } finally {
          transit.close();
        }
      });
    } finally {
      await desk.close();
    }
  });
}

class Receiver {
  readonly #meeting: Meeting;
  readonly #options: ReceiveOptions;
  readonly #transit: TransitReceiver;
  readonly #desk: DestinationDesk;
  readonly #dialogue: ReceivingDialogue;
  #isUnpacked = false;

  constructor(meeting: Meeting, options: ReceiveOptions, transit: TransitReceiver, desk: DestinationDesk) {
    this.#meeting = meeting;
    this.#options = options;
    this.#transit = transit;
    this.#desk = desk;
    this.#dialogue = new ReceivingDialogue(meeting, (hints) => transit.addConnectionHints(hints));
  }

  async run(): Promise<ReceiveResult> {
    await verifyPeer(this.#meeting);
    const offer = await this.#timed("wait for offer", () => this.#dialogue.offer());
    return offer.kind === "text" ? this.#receiveText(offer) : this.#receiveBytes(offer);
  }

  async #receiveText(offer: Offer & { kind: "text" }): Promise<ReceiveResult> {
    await ask(this.#meeting, this.#options, { offer, offeredName: "", warnings: [] });
    await this.#dialogue.accept();
    return { kind: "text", text: offer.text };
  }

  async #receiveBytes(offer: ByteOffer): Promise<ReceiveResult> {
    await this.#reportLeftovers();
    const destination = await this.#desk.ask(this.#meeting, offer);
    if (destination.named === "sender" && destination.name !== offer.name) {
      this.#notify({ notice: "renamed", path: offer.name, storedAs: destination.name });
    }
    return { kind: offer.kind, ...(await this.#fill(await this.#target(offer, destination), offer)) };
  }

  /** Names what earlier transfers have left in the folder. Another transfer may still need it, so it stays. */
  async #reportLeftovers(): Promise<void> {
    const { place } = this.#desk;
    if (place.kind === "stream") return;
    for (const leftover of await findLeftovers(place.folder)) this.#notify({ notice: "leftover", ...leftover });
  }

  async #target(offer: ByteOffer, destination: Destination): Promise<Target> {
    const notify = (notice: Notice) => this.#notify(notice);
    if (destination.kind === "stream") return streamTarget(destination.output, this.#meeting.signal);
    if (offer.kind === "file") return fileTarget(destination, notify);
    return folderTarget(destination, notify, (archive, tree) => this.#unpack(archive, tree, offer));
  }

  async #unpack(archive: FilePath, tree: FilePath, offer: ByteOffer & { kind: "directory" }): Promise<void> {
    const { unpack } = await import("./zip/unpack.node.ts");
    const { emit, signal } = this.#meeting;
    const { unpackedSize: numbytes, files: numfiles } = offer;
    const limits = { numbytes, numfiles, platform: thisPlatform(), signal };
    const { leftOut, renamed } = await unpack(archive, tree, limits);
    // If the folder has to be unpacked a second time, nothing is told twice.
    if (this.#isUnpacked) return;
    this.#isUnpacked = true;
    for (const { path, reason } of leftOut) emit({ type: "skipped", path, reason });
    for (const { path, storedAs } of renamed) this.#notify({ notice: "renamed", path, storedAs });
  }

  /** Receives all bytes into the target, stores them, and only then acknowledges them. */
  async #fill(target: Target, offer: ByteOffer): Promise<{ path: string; sha256: string }> {
    let stored: { path: string; sha256: string } | undefined;
    try {
      await this.#dialogue.accept(await prepareTransit(this.#meeting, this.#transit));
      return await overPipe(this.#meeting, this.#transit, async (pipe) => {
        const sha256 = await this.#receive(pipe, offer.size, target);
        await this.#dialogue.arrived(pipe);
        stored = { path: await waitFor(this.#meeting, "storage", this.#store(target, offer)), sha256 };
        const ack = await this.#dialogue.acknowledge(sha256);
        await this.#timed("confirm", () => pipe.sendRecord(ack));
        return stored;
      });
    } catch (error) {
      // The data is stored, even if the peer does not get the acknowledgement.
      if (stored !== undefined) return stored;
      await target.discard();
      throw error;
    }
  }

  async #store(target: Target, offer: ByteOffer): Promise<string> {
    if (offer.kind === "directory") await this.#timed("unpack", () => target.unpack());
    return this.#timed("store", () => target.publish());
  }

  async #receive(pipe: RecordPipe, length: number, target: Target): Promise<string> {
    const hasher = (await this.#meeting.platform.loadBulkCrypto()).sha256();
    await watchProgress(this.#meeting, "receive bytes", length, async ({ moved, handOn }) => {
      for await (const piece of pipe.receiveBulk(length, { signal: this.#meeting.signal })) {
        hasher.update(piece);
        await handOn(target.write(piece));
        moved(piece.length);
      }
    });
    return bytesToHex(hasher.digest());
  }

  #notify(notice: Notice): void {
    this.#meeting.emit({ type: "notice", ...notice });
  }

  #timed<T>(name: string, work: () => Promise<T>): Promise<T> {
    return measure(this.#options.timing, name, work);
  }
}
