import { TransferError } from "../../errors.ts";

/** Ends the unpacking of a received archive. The reason completes "It cannot be unpacked: …". */
export function refuseArchive(reason: string): never {
  throw new TransferError(`The folder that was received cannot be unpacked: ${reason}.`);
}
