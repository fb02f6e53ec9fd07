/** Receiving a text, a file or a folder. */
import { measure } from "../base/timing.ts";
import { TransitReceiver } from "../transit/transit.ts";
import type { Notice, Offer, ReceiveOptions, ReceiveResult, Transfer } from "./api.ts";
import { transitOptions } from "./bulk.ts";
import type { Meeting } from "./context.ts";
import { DestinationDesk } from "./destination-question.node.ts";
import { ReceivingDialogue } from "./dialogue/dialogue.ts";
import { fill } from "./fill.ts";
import { meet } from "./meet.ts";
import { thisPlatform } from "./names/safe-name.ts";
import { checkReceive } from "./options.ts";
import { ask } from "./question.ts";
import { startTransfer } from "./run.ts";
import type { ByteOffer, Destination } from "./storing/destination.node.ts";
import type { FilePath } from "./storing/held-folder.node.ts";
import { findLeftovers } from "./storing/leftovers.node.ts";
import { fileTarget, folderTarget, streamTarget, type Target } from "./storing/target.node.ts";
import { verifyPeer } from "./verify.ts";
import type { Unpacked } from "./zip/unpack.node.ts";

/**
 * Receives a text, a file or a folder. Nothing is accepted before `accept()` of the `offer` event is called, unless the
 * option `accept` decides. If nothing can be stored where the options say, the transfer fails before the code is used. If
 * they name no place and the current folder cannot be used, a text still arrives, and the question about a file has a
 * `problem`.
 *
 * If everything has arrived but the name cannot be given, the data is stored as `NAME (1)`, a `notice` says so, and
 * `path` of the result is the true path.
 *
 * @throws {TypeError} if an option is missing, misspelt or of another type
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
  checkReceive(options);
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
  /** What unpacking the folder has changed. If it is unpacked a second time, the last time counts. */
  #unpacked: Unpacked | undefined;

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
    const target = await this.#target(offer, destination);
    const receiving = { meeting: this.#meeting, transit: this.#transit, dialogue: this.#dialogue };
    const { stored: path, sha256 } = await fill(receiving, offer.size, {
      write: (piece) => target.write(piece),
      publish: () => this.#store(target, offer),
      discard: () => target.discard(),
    });
    return { kind: offer.kind, path, sha256 };
  }

  /** Names what earlier transfers have left in the folder. Another transfer may still need it, so it stays. */
  async #reportLeftovers(): Promise<void> {
    const { place } = this.#desk;
    if (!("folder" in place)) return;
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
    const { unpackedSize: numbytes, files: numfiles } = offer;
    const limits = { numbytes, numfiles, platform: thisPlatform(), signal: this.#meeting.signal };
    this.#unpacked = await unpack(archive, tree, limits);
  }

  /** Unpacks a folder, and gives the file or folder its name. Returns its path. */
  async #store(target: Target, offer: ByteOffer): Promise<string> {
    if (offer.kind === "directory") await this.#timed("unpack", () => target.unpack());
    const path = await this.#timed("store", () => target.publish());
    if (this.#unpacked !== undefined) this.#reportMembers(this.#unpacked);
    return path;
  }

  /** Names what the folder has under another name, or not at all, now that it is stored. */
  #reportMembers({ leftOut, renamed }: Unpacked): void {
    for (const { path, reason } of leftOut) this.#meeting.emit({ type: "skipped", path, reason });
    for (const { path, storedAs } of renamed) this.#notify({ notice: "renamed", path, storedAs });
  }

  #notify(notice: Notice): void {
    this.#meeting.emit({ type: "notice", ...notice });
  }

  #timed<T>(name: string, work: () => Promise<T>): Promise<T> {
    return measure(this.#options.timing, name, work);
  }
}
