/** The description of an offer for people. */
import { printable } from "@wormhole-ts/wormhole";
import type { Offer } from "@wormhole-ts/wormhole/node";
import { count, size } from "../terminal/size.ts";

/** An offer of a file or a folder. */
export type FileOffer = Exclude<Offer, { kind: "text" }>;

/** An offer as a part of a sentence: `3.0 MB file named 'x'`. */
export function describe(offer: FileOffer): string {
  const name = printable(offer.name);
  if (offer.kind === "file") return `${size(offer.size)} file named '${name}'`;
  return `directory named '${name}' (${count(offer.files, "file")}, ${size(offer.unpackedSize)})`;
}
