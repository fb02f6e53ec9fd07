/** The answer to an offer of a file or a folder: by a person, or by the flags. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { TransferError, TransferErrorCode } from "@wormhole-ts/wormhole";
import type { OfferChoice, ReceiveResult } from "@wormhole-ts/wormhole/node";
import type { Context } from "../context.ts";
import type { ReceiveFlags } from "../flags.ts";
import type { Environment } from "../host.ts";
import { isOn } from "../settings.ts";
import { quoted } from "../terminal/words.ts";
import type { EventOf } from "./conversation.ts";
import { Declined, Refusal } from "./declined.ts";
import { describe, type FileOffer } from "./offer.ts";
import type { Place } from "./place.ts";
import { asSentence, warningSentence } from "./sentences.ts";

/** The class of a refusal because of a name. */
const NAME_REFUSED: TransferErrorCode = "name-refused";
const DECLINED = "You declined the offer. Nothing was received.";
const UNANSWERED =
  "Nothing was received, because standard input has no answer. The option --accept-file accepts without asking.";
const TEXT_ONLY = "this side receives text only";

/** Whether files are accepted without asking. */
export const isUnattended = (flags: ReceiveFlags, environment: Environment): boolean =>
  flags.acceptFile === true || isOn(environment.WORMHOLE_ACCEPT_FILE);

type Question = EventOf<ReceiveResult, "offer"> & { readonly offer: FileOffer };

/** Answers the offer, which is asked again if a choice has not solved its problem. */
export class OfferAnswers {
  readonly #flags: ReceiveFlags;
  readonly #place: Place | undefined;
  readonly #context: Context;
  /** Why this side has said no, if it has. */
  refusal: Error | undefined;
  /** The problem with which the transfer ends, if there was no person to ask. */
  problem: TransferError | undefined;
  #isShown = false;
  #isConfirmed = false;
  #ignoresSpace = false;

  constructor(flags: ReceiveFlags, place: Place | undefined, context: Context) {
    this.#flags = flags;
    this.#place = place;
    this.#context = context;
  }

  get #isUnattended(): boolean {
    return isUnattended(this.#flags, this.#context.environment);
  }

  /** Answers one question. `over` aborts when the transfer is over. */
  async answer(question: Question, over: AbortSignal): Promise<void> {
    if (this.#flags.onlyText === true) {
      this.#refuse(question, over, `Refusing the ${described(question)} because of --only-text.`, TEXT_ONLY);
      return;
    }
    if (!this.#isShown) this.#show(question);
    if (question.warnings.length > 0 && !(await this.#confirmName(question, over))) return;
    if (question.problem !== undefined) return this.#solve(question, question.problem, over);
    if (!this.#isUnattended && !this.#isConfirmed && !(await this.#context.questions.agrees("ok? (Y/n): ", over))) {
      return this.#refuse(question, over);
    }
    this.#accept(question);
  }

  #show(question: Question): void {
    const { output, questions } = this.#context;
    this.#isShown = true;
    const target = this.#targetOf(question.offer);
    questions.tell(`Receiving ${described(question)} into: ${target.words}`);
    for (const warning of question.warnings) questions.tell(warningSentence(warning));
    const overwrites = this.#place?.isFile === true || this.#flags.overwrite === true;
    if (question.offer.kind === "file" && overwrites && question.problem === undefined && existsSync(target.path)) {
      output.say(`Overwriting ${target.words}`);
    }
  }

  #targetOf({ name }: FileOffer): { path: string; words: string } {
    const place = this.#place;
    if (place?.kind === "standard output") return { path: place.path, words: place.kind };
    const path = place === undefined ? name : place.kind === "folder" ? join(place.path, name) : place.path;
    return { path, words: quoted(path) };
  }

  /** A name with warnings needs `--allow-hidden`, or a person who types the whole word. */
  async #confirmName(question: Question, over: AbortSignal): Promise<boolean> {
    if (this.#flags.allowHidden === true || this.#isConfirmed) return true;
    if (this.#isUnattended) {
      const way = "Receive it without --accept-file to be asked, or add --allow-hidden to take such names.";
      const message = `The ${question.offer.kind === "file" ? "file" : "folder"} was refused because of its name. ${way}`;
      this.#refuse(question, over, message, NAME_REFUSED);
      return false;
    }
    const words = "Accept it nevertheless? Type the whole word yes, or no: ";
    this.#isConfirmed = await this.#context.questions.agreesFully(words, over);
    if (!this.#isConfirmed) this.#refuse(question, over);
    return this.#isConfirmed;
  }

  async #solve(question: Question, problem: TransferError, over: AbortSignal): Promise<void> {
    if (problem.code === "no-space" && this.#flags.ignoreSpace === true && !this.#ignoresSpace) {
      this.#ignoresSpace = true;
      const isYes = this.#isUnattended || (await this.#context.questions.agrees("ok? (Y/n): ", over));
      return isYes ? this.#accept(question, { ignoreSpace: true }) : this.#refuse(question, over);
    }
    if (this.#isUnattended || !this.#context.questions.isInteractive) {
      this.problem = problem;
      return question.accept();
    }
    this.#context.questions.tell(asSentence(problem.message));
    const choice = await this.#askForChoice(question, problem, over);
    if (choice === undefined) return this.#refuse(question, over);
    this.#accept(question, choice);
  }

  /** Asks for a way out: another place, replacing the file, or trying it anyway. Undefined is a no. */
  async #askForChoice(question: Question, problem: TransferError, over: AbortSignal): Promise<OfferChoice | undefined> {
    const { questions, output } = this.#context;
    const { path } = this.#targetOf(question.offer);
    const isTaken = problem.code === "cannot-store" && question.offer.kind === "file" && existsSync(path);
    const ways = [
      ...(isTaken ? ["(o)verwrite"] : []),
      ...(problem.code === "no-space" ? ["(t)ry anyway"] : []),
      "(r)ename",
      "(n)o",
    ];
    const letters = ways.map((way) => way[1]).join("");
    const prompt = `What now? ${ways.join(", ")}: `;
    const way = await questions.choose(
      prompt,
      (answer) => wayOf(answer, letters),
      `Answer with one of these letters: ${letters}.`,
      over,
    );
    if (way === "o") return { overwrite: true };
    if (way === "t") return { ignoreSpace: true };
    if (way !== "r") return undefined;
    const name = await questions.choose(
      "New name or path: ",
      (answer) => answer.trim() || undefined,
      "Type a name.",
      over,
    );
    if (name !== undefined) output.say(`Receiving it into: ${quoted(name)}`);
    return name === undefined ? undefined : { output: name };
  }

  /** The words for a no, or for input that has no answer. */
  get #declined(): string {
    const { isInteractive, isUnanswered } = this.#context.questions;
    return isUnanswered && !isInteractive ? UNANSWERED : DECLINED;
  }

  #accept(question: Question, choice?: OfferChoice): void {
    if (question.problem === undefined || choice !== undefined) this.#isConfirmed = true;
    question.accept(choice);
  }

  #refuse(question: Question, over: AbortSignal, message = this.#declined, peerReason?: string): void {
    // If the transfer ended during the question, that is the reason, and not the missing answer.
    if (over.aborted) return;
    this.refusal = peerReason === NAME_REFUSED ? new Refusal(message) : new Declined(message);
    question.reject(peerReason);
  }
}

const described = ({ offer, offeredName }: Question): string =>
  describe(offer, offeredName === "" ? offer.name : offeredName);

const WORDS: Readonly<Record<string, string>> = { overwrite: "o", rename: "r", no: "n", try: "t", "try anyway": "t" };

/** The letter of an answer, if it is one of those that are offered. */
function wayOf(answer: string, letters: string): string | undefined {
  const word = answer.trim().toLowerCase();
  const letter = WORDS[word] ?? word;
  return letter.length === 1 && letters.includes(letter) ? letter : undefined;
}
