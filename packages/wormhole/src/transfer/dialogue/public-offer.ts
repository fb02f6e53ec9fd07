import type { Offer } from "../api.ts";
import type { KnownOffer } from "./receiving.ts";

/** An offer in the words of this program's users, under a name of this side's choice if there is one. */
export function publicOffer(offer: KnownOffer, name?: string): Offer {
  switch (offer.kind) {
    case "text":
      return { kind: "text", text: offer.message };
    case "file":
      return { kind: "file", name: name ?? offer.filename, size: offer.filesize };
    case "directory": {
      const { dirname, zipsize, numbytes, numfiles } = offer;
      return { kind: "directory", name: name ?? dirname, size: zipsize, unpackedSize: numbytes, files: numfiles };
    }
  }
}

/** Bytes that flow for an offer. */
export function bytesOnTheWire(offer: Exclude<KnownOffer, { kind: "text" }>): number {
  return offer.kind === "file" ? offer.filesize : offer.zipsize;
}
