/** The description of an offer for people. */
import { printable } from "@wormhole-ts/wormhole";
import type { Offer } from "@wormhole-ts/wormhole/node";
import { count, size } from "../terminal/size.ts";

/** An offer of a file or a folder. */
export type FileOffer = Exclude<Offer, { kind: "text" }>;

/** How much larger the bytes on the way may be before they are named, too. */
const NOTABLE = 1.1;

/** An offer as a part of a sentence: `file 'x' (3.0 MB)`. `name` is as the sender gave it. */
export function describe(offer: FileOffer, name: string = offer.name): string {
  const shown = `'${printable(name)}'`;
  if (offer.kind === "file") return `file ${shown} (${size(offer.size)})`;
  const travelling = offer.size > offer.unpackedSize * NOTABLE && offer.size > 1_000_000;
  const more = travelling ? `, ${size(offer.size)} to transfer` : "";
  return `folder ${shown} (${count(offer.files, "file")}, ${size(offer.unpackedSize)}${more})`;
}
