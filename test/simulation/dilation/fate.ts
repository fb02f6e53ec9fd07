/** What happens to a connection, decided when it is made. */

/** Something that happens when a certain byte of one direction is on its way. */
export interface Accident {
  /** 0: from the one that dialled. */
  readonly direction: 0 | 1;
  /** The number of the byte; those before it still arrive. */
  readonly at: number;
  readonly what:
    | "reset"
    /** Somebody in between closes it, to both ends. */
    | "end"
    /** Nothing arrives any more, and nobody is told. */
    | "silence"
    /** Nothing arrives any more in this direction. */
    | "mute"
    /** One bit of this byte turns over. */
    | "flip"
    /** Nothing arrives for a while. */
    | "stall";
}

export interface Fate {
  /** Milliseconds that a byte takes, and how much longer it may take. */
  readonly latency: number;
  readonly jitter: number;
  /** Bytes that may be under way in each direction, the receiving system's buffer included. */
  readonly window: number;
  /** How bytes travel: as they are written, in pieces of any length, or the first few hundred one by one. */
  readonly pieces: "whole" | "any" | "crumbs";
  /** Taken out when the trouble is over. */
  readonly accidents: Accident[];
}

/** Bytes that may go one by one: all of a handshake, and some records. */
export const CRUMBS = 400;
