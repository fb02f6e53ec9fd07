/** The ways in which a wormhole ends. */
import { occupy } from "./onlookers.ts";
import type { Told } from "./side.ts";
import { agree, CODE, type End, type Flavours, freshAppId, introduced, type Meeting, type Stage } from "./stage.ts";

/** A way to end. */
export interface Cause {
  /** Leads both ends there. */
  readonly lead: (stage: Stage, flavours: Flavours, refusing: string) => Promise<Meeting>;
  readonly closed: "happy" | Told;
  /** What the server is told, if there is a mailbox to be closed. */
  readonly moods: readonly string[];
  /** Ours waits for an answer that never comes, until its deadline. */
  readonly lingers?: boolean;
}

/** What a server says that refuses to serve. */
export const REFUSAL = "Upgrade, please: naïve ✓";
/** A port that no test gets: one that a test has given back may be another's by now. */
const NOWHERE = "ws://127.0.0.1:1/v1";
const NONSENSE = "00".repeat(60);
const error = (name: string, words = ""): Told => ({ error: name, words });

/** Both ends of a meeting, or one after the other where they do not meet. */
const each = (meeting: Meeting, act: (end: End, other: End) => Promise<unknown>) =>
  Promise.all([act(meeting.ours, meeting.theirs), act(meeting.theirs, meeting.ours)]);

/** Two ends that have nothing to do with each other. */
async function strangers(stage: Stage, [ours, theirs]: Flavours, url?: string): Promise<Meeting> {
  const options = url === undefined ? {} : { url };
  return { ours: await stage.ours(ours, options), theirs: await stage.theirs(theirs, options) };
}

async function acquainted(stage: Stage, flavours: Flavours): Promise<Meeting> {
  const meeting = await stage.meet(flavours);
  await agree(meeting);
  await introduced(meeting);
  return meeting;
}

/** Both wait for a peer. */
async function waiting(stage: Stage, flavours: Flavours): Promise<Meeting> {
  const meeting = await strangers(stage, flavours);
  await agree(meeting);
  await each(meeting, ({ tap }) => tap.hears("add pake"));
  return meeting;
}

/** What the server says ends it. */
async function told(meeting: Meeting, message: (other: End) => object): Promise<Meeting> {
  await each(meeting, async ({ tap }, other) => tap.say(message(other)));
  return meeting;
}

async function close(meeting: Meeting): Promise<Meeting> {
  await each(meeting, ({ side }) => side.close());
  return meeting;
}

export const CAUSES: { readonly [title: string]: Cause } = {
  "closed, when each has heard the other": {
    lead: async (stage, flavours) => close(await acquainted(stage, flavours)),
    closed: "happy",
    moods: ["happy"],
  },
  "closed without a code": {
    lead: async (stage, flavours) => {
      const meeting = await strangers(stage, flavours);
      await each(meeting, ({ side }) => side.story.first("welcome"));
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
      told(await acquainted(stage, flavours), ({ tap }) => ({
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
      told(await waiting(stage, flavours), () => ({
        type: "message",
        side: "0123456789",
        phase: "pake",
        body: "7b7d",
      })),
    closed: error("WrongPasswordError"),
    moods: ["scary"],
  },
  "two others hold the nameplate": {
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
      told(await acquainted(stage, flavours), () => ({ type: "error", error: REFUSAL, orig: {} })),
    closed: error("ServerError", REFUSAL),
    moods: ["errory"],
  },
  "the server refuses everybody": {
    lead: (stage, flavours, refusing) => strangers(stage, flavours, refusing),
    closed: error("WelcomeError", REFUSAL),
    moods: [],
  },
  "the server refuses everybody from now on": {
    lead: async (stage, flavours) =>
      told(await acquainted(stage, flavours), () => ({ type: "welcome", welcome: { error: REFUSAL } })),
    closed: error("WelcomeError", REFUSAL),
    moods: ["unwelcome"],
  },
  "nobody listens there": {
    lead: (stage, flavours) => strangers(stage, flavours, NOWHERE),
    closed: error("ServerConnectionError"),
    moods: [],
  },
};
