/** The helper that {@link WormholeControls.inputCode} gives: guards what a front end may ask, and when. */
import type { CodeInput } from "../api.ts";
import type { Once } from "../base/once.ts";
import { AlreadyChoseNameplateError, AlreadyChoseWordsError, MustChooseNameplateFirstError } from "../errors.ts";
import { checkNameplate, checkWords, completeWords } from "./code-words.ts";
import type { Event } from "./machines/code.ts";
import type { Session } from "./session.ts";

/**
 * `session` gives the newest one; `send` hands an event to its code machine, or throws if the wormhole has ended. Whoever
 * has made `wordlist` rejects it then.
 */
export function codeInput(session: () => Session, send: (event: Event) => void, wordlist: Once<void>): CodeInput {
  const beforeNameplate = () => {
    if (session().code.at !== "choosingNameplate") throw new AlreadyChoseNameplateError();
  };
  const beforeWords = () => {
    const { at } = session().code;
    if (at === "choosingNameplate") throw new MustChooseNameplateFirstError();
    if (at !== "choosingWords") throw new AlreadyChoseWordsError();
  };
  return {
    refreshNameplates() {
      beforeNameplate();
      send({ on: "refreshNameplates" });
    },
    getNameplateCompletions(prefix) {
      beforeNameplate();
      const matches = session().lister.nameplates.filter((nameplate) => nameplate.startsWith(prefix));
      return new Set(matches.map((nameplate) => `${nameplate}-`));
    },
    chooseNameplate(nameplate) {
      beforeNameplate();
      checkNameplate(nameplate);
      send({ on: "chooseNameplate", nameplate });
      wordlist.resolve(undefined);
    },
    whenWordlistIsAvailable: () => wordlist.promise,
    getWordCompletions(prefix) {
      beforeWords();
      return completeWords(prefix);
    },
    chooseWords(words) {
      beforeWords();
      checkWords(words);
      send({ on: "chooseWords", words });
    },
  };
}
