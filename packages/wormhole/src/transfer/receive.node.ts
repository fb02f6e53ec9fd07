import { bytesToHex } from "@noble/hashes/utils.js";
import { Once } from "../base/once.ts";
import type { RecordPipe } from "../transit/api.ts";
import { TransitReceiver } from "../transit/transit.ts";
import type { ReceiveOptions, ReceiveResult, Transfer } from "./api.ts";
import { Dialogue } from "./dialogue/dialogue.ts";
import { encodeAck } from "./dialogue/messages.ts";
import { bytesOnTheWire, publicOffer } from "./dialogue/public-offer.ts";
import { type KnownOffer, type ReceivingEvent, type ReceivingState, receiving } from "./dialogue/receiving.ts";
import { type ByteOffer, choosePlace, type Place } from "./files/place.node.ts";
import { storageError } from "./files/storage-error.node.ts";
import { fileTarget, folderTarget, type Target } from "./files/target.node.ts";
import { overPipe, watched } from "./flow.ts";
import { LocalError, REJECTED } from "./local-error.ts";
import type { Meeting } from "./meeting.ts";
import { startTransfer } from "./run.ts";

/** What the other side hears when the person here finds the verifier wrong. */
const VERIFIER_REJECTED = "receiver rejected verification check, abandoned transfer";

/** Receives a text, a file or a folder. Nothing is taken before the `offer` event's `accept()`. */
export function receive(options: ReceiveOptions): Transfer<ReceiveResult> {
  return startTransfer(options, async (meeting) => {
    await meeting.meet();
    const receiver = new FileReceiver(meeting, options);
    try {
      return await receiver.run();
    } finally {
      receiver.close();
    }
  });
}

class FileReceiver {
  readonly #meeting: Meeting<ReceiveResult>;
  readonly #options: ReceiveOptions;
  readonly #transit: TransitReceiver;
  readonly #dialogue: Dialogue<ReceivingState, ReceivingEvent, ReceiveResult>;
  readonly #offered = new Once<KnownOffer>();
  readonly #acknowledged = new Once<string>();

  constructor(meeting: Meeting<ReceiveResult>, options: ReceiveOptions) {
    this.#meeting = meeting;
    this.#options = options;
    this.#transit = new TransitReceiver(meeting.transitOptions());
    this.#dialogue = new Dialogue<ReceivingState, ReceivingEvent, ReceiveResult>(
      meeting,
      receiving,
      { at: "waiting" },
      {
        useHints: (hints) => this.#transit.addConnectionHints(hints),
        ask: (offer) => this.#offered.resolve(offer),
        acknowledge: (sha256) => this.#acknowledged.resolve(sha256),
      },
    );
  }

  async run(): Promise<ReceiveResult> {
    await this.#meeting.verify(VERIFIER_REJECTED);
    const offer = await this.#meeting.timed("wait for offer", () => this.#meeting.until(this.#offered.promise));
    return offer.kind === "text" ? this.#receiveText(offer) : this.#receiveBytes(offer);
  }

  close(): void {
    this.#transit.close();
  }

  async #receiveText(offer: KnownOffer & { kind: "text" }): Promise<ReceiveResult> {
    await this.#ask(offer);
    this.#dialogue.post({ on: "accepted" });
    await this.#meeting.until(this.#dialogue.succeeded.promise);
    return { kind: "text", text: offer.message };
  }

  async #receiveBytes(offer: ByteOffer): Promise<ReceiveResult> {
    const place = await choosePlace(offer, this.#options);
    await this.#ask(offer, place.name);
    const sha256 =
      offer.kind === "file" ? await this.#receiveFile(offer, place) : await this.#receiveFolder(offer, place);
    return { kind: offer.kind, path: place.path, sha256 };
  }

  /** Waits for a person: without a deadline, but no longer than the other side. */
  async #ask(offer: KnownOffer, name?: string): Promise<void> {
    const answer = new Once<void>();
    this.#meeting.emit({
      type: "offer",
      offer: publicOffer(offer, name),
      accept: () => answer.resolve(),
      reject: (reason = REJECTED) => answer.reject(new LocalError("The offer was rejected.", reason)),
    });
    await this.#meeting.timed("wait for person", () => this.#meeting.until(answer.promise));
  }

  async #receiveFile(offer: ByteOffer, place: Place): Promise<string> {
    const target = await fileTarget(place);
    return this.#fill(target, offer, () => this.#meeting.timed("store", () => target.publish()));
  }

  async #receiveFolder(offer: ByteOffer & { kind: "directory" }, place: Place): Promise<string> {
    const target = await folderTarget(place);
    return this.#fill(target, offer, async () => {
      await target.spool.finish();
      const { unpack } = await import("./zip/unpack.node.ts");
      const portable = process.platform === "win32" || process.platform === "darwin";
      const limits = { numbytes: offer.numbytes, numfiles: offer.numfiles, portable, signal: this.#meeting.signal };
      await this.#meeting
        .timed("unpack", () => unpack(target.spool.path, target.tree, limits))
        .catch((error: unknown) => {
          throw storageError(place.path, error);
        });
      await this.#meeting.timed("store", () => target.publish());
    });
  }

  /** Receives all bytes into a target, stores them, and only then says so. Gives their SHA-256. */
  async #fill(target: Target, offer: ByteOffer, store: () => Promise<void>): Promise<string> {
    let sha256 = "";
    try {
      await this.#accept();
      await overPipe(this.#meeting, this.#dialogue, this.#transit, async (pipe) => {
        sha256 = await this.#receive(pipe, bytesOnTheWire(offer), target);
        await store();
        this.#dialogue.post({ on: "stored", sha256 });
        const ack = encodeAck(await this.#meeting.until(this.#acknowledged.promise));
        // It is stored, whether the other side still hears of it or not.
        await this.#meeting.timed("confirm", () => pipe.sendRecord(ack)).catch(() => {});
      });
      return sha256;
    } catch (error) {
      await target.discard();
      throw error;
    }
  }

  async #accept(): Promise<void> {
    const hints = await this.#meeting.until(this.#transit.getConnectionHints());
    this.#transit.setTransitKey(this.#meeting.transitKey());
    const abilities = this.#transit.getConnectionAbilities();
    this.#dialogue.post({ on: "accepted", transit: { on: "transit", abilities, hints } });
    await this.#meeting.until(this.#dialogue.accepted.promise);
  }

  async #receive(pipe: RecordPipe, length: number, target: Target): Promise<string> {
    const hasher = (await this.#meeting.platform.loadBulkCrypto()).sha256();
    await watched(this.#meeting, "receive bytes", length, async (moved) => {
      for await (const piece of pipe.receiveBulk(length, { signal: this.#meeting.signal })) {
        hasher.update(piece);
        await target.spool.write(piece);
        moved(piece.length);
      }
    });
    return bytesToHex(hasher.digest());
  }
}
