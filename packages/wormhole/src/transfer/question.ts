/** The question to the application whether an offer is accepted. A loop over the events answers it, or an option. */
import { unlessAborted } from "../base/abort.ts";
import { Once } from "../base/once.ts";
import { measure } from "../base/timing.ts";
import type { OfferChoice, OfferQuestion, ReceiveOptions } from "./api.ts";
import type { Meeting } from "./context.ts";
import { classOf, type FailureClass, LocalError, PEER_PHRASES } from "./local-error.ts";
import { checkChoice } from "./receive-options.ts";

/** How long an application may take to begin its loop over the events when the offer has arrived. */
const AUDIENCE_MS = 1_000;

/**
 * Asks about an offer. Returns the choice with which it was accepted; undefined for a plain yes. A person answers, so the
 * wait has no deadline; it ends with the transfer.
 * @throws {LocalError} if the offer is rejected, or cannot be answered by anyone
 */
export async function ask(
  meeting: Meeting,
  options: Pick<ReceiveOptions, "accept" | "allowHidden">,
  question: OfferQuestion,
): Promise<OfferChoice | undefined> {
  const answer = new Once<OfferChoice | undefined>();
  meeting.emit({
    type: "offer",
    ...question,
    accept(choice) {
      if (choice !== undefined) checkChoice(choice);
      answer.resolve(choice);
    },
    reject: (peerMessage) => answer.reject(rejected(peerMessage)),
  });
  const { accept } = options;
  if (accept === true) answerYes(question, options.allowHidden === true, answer);
  else if (typeof accept === "function") void answerBy(accept, question, answer);
  const stop = requireAudience(meeting, accept, answer);
  try {
    return await measure(meeting.options.timing, "wait for person", () =>
      unlessAborted(answer.promise, meeting.signal),
    );
  } finally {
    stop();
  }
}

type Answer = Once<OfferChoice | undefined>;

/** The error of a rejection. If the reason is a class of failure, the peer learns that class. */
function rejected(reason?: string): LocalError {
  const message = "The offer was rejected.";
  if (reason === undefined) return new LocalError(message, "rejected");
  const code = isClass(reason) ? reason : classOf(reason);
  if (code !== "transfer" && code !== "transit") return new LocalError(message, code);
  return new LocalError(message, "rejected", { peerMessage: reason });
}

const isClass = (reason: string): reason is FailureClass => Object.hasOwn(PEER_PHRASES, reason);

/** The answer of `accept: true`. A name with warnings deserves a person's yes. */
function answerYes({ warnings, problem }: OfferQuestion, allowHidden: boolean, answer: Answer): void {
  if (problem !== undefined || warnings.length === 0 || allowHidden) return answer.resolve(undefined);
  const message =
    `The offered name needs a person's yes (${warnings.join(", ")}). Answer the offer event instead of accept: true, ` +
    "set allowHidden, or name the path with output.";
  answer.reject(new LocalError(message, "name-refused"));
}

async function answerBy(
  accept: Extract<ReceiveOptions["accept"], (...parameters: never) => unknown>,
  question: OfferQuestion,
  answer: Answer,
): Promise<void> {
  try {
    const decision: unknown = await accept(question);
    if (decision === true) answer.resolve(undefined);
    else if (decision === false) answer.reject(rejected());
    else answer.resolve(choiceOf(decision));
  } catch (error) {
    answer.reject(error);
  }
}

function choiceOf(decision: unknown): OfferChoice {
  if (typeof decision !== "object" || decision === null) {
    throw new TypeError("The function accept must return true, false or a choice.");
  }
  checkChoice(decision);
  return decision;
}

/** Ends the wait if the application neither iterates over the events nor has an option that answers. */
function requireAudience(
  { platform, isWatched }: Meeting,
  accept: ReceiveOptions["accept"],
  answer: Answer,
): () => void {
  if (accept === true || typeof accept === "function" || isWatched()) return () => {};
  const timer = platform.clock.after(AUDIENCE_MS, () => {
    if (isWatched()) return;
    const message =
      "Nothing answers the offer: set the option accept, or answer the offer event in a loop over the transfer.";
    answer.reject(new LocalError(message, "undecided"));
  });
  return () => timer.cancel();
}
