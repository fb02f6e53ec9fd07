/** Every way in which a wormhole ends. */
import type { LibraryError } from "../reference/process.ts";
import { agree, CODE, type End, type Flavours, freshAppId, introduced, type Meeting, type Stage } from "./stage.ts";
import { occupy } from "./strangers.ts";

/** A way to end. */
export interface Cause {
  /** Brings both wormholes to their end. */
  readonly lead: (stage: Stage, flavours: Flavours, refusing: string) => Promise<Meeting>;
  readonly closed: "happy" | LibraryError;
  /** The moods that the server receives, if there is a mailbox to close. */
  readonly moods: readonly string[];
  /** Whether ours waits until its deadline for an answer that never comes. */
  readonly lingers?: boolean;
}

/** The error of a server that refuses every client. */
export const REFUSAL = "Upgrade, please: naïve ✓";
/** A port on which no test listens. A port that a test has closed might be in use again. */
const NOWHERE = "ws://127.0.0.1:1/v1";
const NONSENSE = "00".repeat(60);
const error = (name: string, words = ""): LibraryError => ({ error: name, words });

/** Does the same at both ends. */
const each = (meeting: Meeting, act: (end: End, other: End) => Promise<unknown>) =>
  Promise.all([act(meeting.ours, meeting.theirs), act(meeting.theirs, meeting.ours)]);

/** Two wormholes in different apps, which never meet. */
async function separate(stage: Stage, [ours, theirs]: Flavours, url?: string): Promise<Meeting> {
  const options = url === undefined ? {} : { url };
  return { ours: await stage.ours(ours, options), theirs: await stage.theirs(theirs, options) };
}

/** Two wormholes that have exchanged their versions. */
async function connected(stage: Stage, flavours: Flavours): Promise<Meeting> {
  const meeting = await stage.meet(flavours);
  await agree(meeting);
  await introduced(meeting);
  return meeting;
}

/** Two wormholes that wait for a peer. */
async function waiting(stage: Stage, flavours: Flavours): Promise<Meeting> {
  const meeting = await separate(stage, flavours);
  await agree(meeting);
  await each(meeting, ({ tap }) => tap.sent("add pake"));
  return meeting;
}

/** Ends both wormholes by a message in the server's name. */
async function endedByServer(meeting: Meeting, message: (other: End) => object): Promise<Meeting> {
  await each(meeting, async ({ tap }, other) => tap.sendAsServer(message(other)));
  return meeting;
}

async function close(meeting: Meeting): Promise<Meeting> {
  await each(meeting, ({ side }) => side.close());
  return meeting;
}

/** The ways to end, by the title of their test. */
export const CAUSES: { readonly [title: string]: Cause } = {
  "closed, after both have received the other's version": {
    lead: async (stage, flavours) => close(await connected(stage, flavours)),
    closed: "happy",
    moods: ["happy"],
  },
  "closed without a code": {
    lead: async (stage, flavours) => {
      const meeting = await separate(stage, flavours);
      await each(meeting, ({ side }) => side.log.first("welcome"));
      return close(meeting);
    },
    closed: error("LonelyError"),
    moods: [],
  },
  "closed before a peer came": {
    lead: async (stage, flavours) => close(await waiting(stage, flavours)),
    closed: error("LonelyError"),
    moods: ["lonely"],
  },
  "different codes": {
    lead: async (stage, flavours) => {
      const meeting = await stage.meet(flavours);
      await meeting.ours.side.setCode(CODE);
      await meeting.theirs.side.setCode(CODE.toUpperCase());
      return meeting;
    },
    closed: error("WrongPasswordError"),
    moods: ["scary"],
  },
  "a message that does not decrypt": {
    lead: async (stage, flavours) =>
      endedByServer(await connected(stage, flavours), ({ tap }) => ({
        type: "message",
        side: [...tap.sides][0],
        phase: "0",
        body: NONSENSE,
      })),
    closed: error("WrongPasswordError"),
    moods: ["scary"],
  },
  "a key exchange without its element": {
    lead: async (stage, flavours) =>
      endedByServer(await waiting(stage, flavours), () => ({
        type: "message",
        side: "0123456789",
        phase: "pake",
        body: "7b7d",
      })),
    closed: error("WrongPasswordError"),
    moods: ["scary"],
  },
  "two other sides hold the nameplate": {
    lead: async (stage, flavours) => {
      const [ours, theirs] = [freshAppId(), freshAppId()];
      for (const appId of [ours, theirs]) await occupy(stage.url, appId, CODE);
      const meeting: Meeting = {
        ours: await stage.ours(flavours[0], { appId: ours }),
        theirs: await stage.theirs(flavours[1], { appId: theirs }),
      };
      await agree(meeting);
      return meeting;
    },
    closed: error("ServerError", "crowded"),
    moods: [],
  },
  "the server reports an error in mid-session": {
    lead: async (stage, flavours) =>
      endedByServer(await connected(stage, flavours), () => ({ type: "error", error: REFUSAL, orig: {} })),
    closed: error("ServerError", REFUSAL),
    moods: ["errory"],
  },
  "the server refuses every client": {
    lead: (stage, flavours, refusing) => separate(stage, flavours, refusing),
    closed: error("WelcomeError", REFUSAL),
    moods: [],
  },
  "the server refuses every client from now on": {
    lead: async (stage, flavours) =>
      endedByServer(await connected(stage, flavours), () => ({ type: "welcome", welcome: { error: REFUSAL } })),
    closed: error("WelcomeError", REFUSAL),
    moods: ["unwelcome"],
  },
  "no server listens there": {
    lead: (stage, flavours) => separate(stage, flavours, NOWHERE),
    closed: error("ServerConnectionError"),
    moods: [],
  },
};
