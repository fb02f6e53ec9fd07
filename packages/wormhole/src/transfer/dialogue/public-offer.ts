/** The translation of an offer from the wire to the public API. */
import type { Offer } from "../api.ts";
import type { KnownOffer } from "./messages.ts";

/** An offer with the field names of the public API. Its name is still the one that the sender gave. */
export function publicOffer(offer: KnownOffer): Offer {
  switch (offer.kind) {
    case "text":
      return { kind: "text", text: offer.message };
    case "file":
      return { kind: "file", name: offer.filename, size: offer.filesize };
    case "directory": {
      const { dirname, zipsize, numbytes, numfiles } = offer;
      return { kind: "directory", name: dirname, size: zipsize, unpackedSize: numbytes, files: numfiles };
    }
  }
}
