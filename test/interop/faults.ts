/** Known faults of the peers: what arrives instead of what was sent. */
import { go, ours, type Program, python, pythonOld } from "../support/programs.ts";
import { emptyDirectory, hollowTree, type Listing, type Material } from "./materials.ts";

/** A fault that shows for some pairs of programs. */
export interface Fault {
  /** The reason, for the title of the test. */
  readonly because: string;
  readonly material: Material;
  readonly senders: readonly Program[];
  readonly receivers: readonly Program[];
  /** Returns the listing of what arrives. If it is missing, the transfer is impossible. */
  readonly arrives?: (sent: Listing) => Listing;
}

const without = (sent: Listing, gone: string): Listing =>
  Object.fromEntries(Object.entries(sent).filter(([name]) => name !== gone));

/** SHA-256 of the empty text. */
const HASH_OF_NOTHING = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

const all = [ours, python, pythonOld, go];

const faults: readonly Fault[] = [
  {
    because: "these senders leave out empty directories",
    material: hollowTree,
    senders: [go, pythonOld],
    receivers: all,
    arrives: (sent) => without(sent, "hollow/sub/empty/"),
  },
  {
    because: "this receiver makes a file of an empty directory",
    material: hollowTree,
    senders: [ours, python],
    receivers: [go],
    arrives: (sent) => ({ ...without(sent, "hollow/sub/empty/"), "hollow/sub/empty": `${HASH_OF_NOTHING} executable` }),
  },
  {
    because: "this receiver makes nothing of an archive without entries",
    material: emptyDirectory,
    senders: [ours],
    receivers: [python, pythonOld],
    arrives: () => ({}),
  },
  {
    because: "this sender refuses to send an empty directory",
    material: emptyDirectory,
    senders: [go],
    receivers: all,
  },
];

/** The known fault of a transfer, if there is one. */
export function knownFault(sender: Program, receiver: Program, material: Material): Fault | undefined {
  return faults.find(
    (fault) => fault.material === material && fault.senders.includes(sender) && fault.receivers.includes(receiver),
  );
}
