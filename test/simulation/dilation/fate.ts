/** The fate of a connection: its speed and its accidents, decided when it is made. */

/** An event when a certain byte of one direction is on its way. */
export interface Accident {
  /** 0 for the direction from the dialling end. */
  readonly direction: 0 | 1;
  /** The index of the byte. Earlier bytes still arrive. */
  readonly at: number;
  readonly what:
    | "reset"
    /** A machine in between closes the connection to both ends. */
    | "end"
    /** Nothing arrives any more, and neither end is notified. */
    | "silence"
    /** Nothing arrives any more in this direction. */
    | "mute"
    /** One bit of this byte is flipped. */
    | "flip"
    /** Nothing arrives for a while. */
    | "stall";
}

export interface Fate {
  /** The time that a byte takes, and the most additional time, in milliseconds. */
  readonly latency: number;
  readonly jitter: number;
  /** Bytes that may be on their way in each direction, including the receiving system's buffer. */
  readonly window: number;
  /** How bytes travel: as they are written, in pieces of any length, or the first few hundred one by one. */
  readonly pieces: "whole" | "any" | "crumbs";
  /** The accidents that are still to happen. The list is emptied when the trouble is over. */
  readonly accidents: Accident[];
}

/** Bytes that may travel one by one: all of a handshake, and some records. */
export const CRUMBS = 400;
