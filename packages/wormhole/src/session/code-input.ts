/** The {@link CodeInput} that `inputCode()` returns. It checks the order and the arguments of the calls. */
import type { CodeInput } from "../api.ts";
import type { Once } from "../base/once.ts";
import { AlreadyChoseNameplateError, AlreadyChoseWordsError, MustChooseNameplateFirstError } from "../errors.ts";
import { checkNameplate, checkWords, completeWords } from "./code-words.ts";
import type { CodeEvent } from "./events.ts";
import { typingStage, waitingNameplates } from "./queries.ts";
import type { Session } from "./session.ts";

/**
 * Makes a {@link CodeInput}.
 * @param session returns the present session
 * @param post gives the session an event; throws if the wormhole has been closed
 * @param wordlist resolved when the nameplate is chosen; the caller rejects it when the wormhole ends
 */
export function codeInput(session: () => Session, post: (event: CodeEvent) => void, wordlist: Once<void>): CodeInput {
  const beforeNameplate = () => {
    if (typingStage(session()) !== "nameplate") throw new AlreadyChoseNameplateError();
  };
  const beforeWords = () => {
    const stage = typingStage(session());
    if (stage === "nameplate") throw new MustChooseNameplateFirstError();
    if (stage === "done") throw new AlreadyChoseWordsError();
  };
  return {
    refreshNameplates() {
      beforeNameplate();
      post({ do: "refreshNameplates" });
    },
    getNameplateCompletions(prefix) {
      beforeNameplate();
      const matches = waitingNameplates(session()).filter((nameplate) => nameplate.startsWith(prefix));
      return new Set(matches.map((nameplate) => `${nameplate}-`));
    },
    chooseNameplate(nameplate) {
      beforeNameplate();
      checkNameplate(nameplate);
      post({ do: "chooseNameplate", nameplate });
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
      post({ do: "chooseWords", words });
    },
  };
}
