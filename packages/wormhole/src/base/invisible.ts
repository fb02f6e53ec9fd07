/** Characters that a person does not see, although they change what a text is. */

/**
 * Control and format characters, lone surrogates, characters that fonts must not show, and letters and symbols that look
 * blank: Hangul fillers, the empty Braille pattern, the invisible musical note.
 */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800\u{1d159}]/u;
const JOINER = /[\u200c\u200d]/;
const SELECTOR = /[\ufe00-\ufe0f\u{e0100}-\u{e01ef}]/u;
/** Emoji, and letters of scripts that are spelled with joiners. */
const JOINABLE = /[^\p{Script=Latin}\p{ASCII}\p{P}\p{Z}\p{Cn}]/u;
const MARK = /\p{M}/u;
const SELECTABLE = /[\p{So}\p{Sm}\p{Po}\p{N}\p{Script=Han}#*\u200d]/u;
const TAG = /[\u{e0020}-\u{e007f}]/u;
const FLAG = "🏴";

/** Whether a character is invisible wherever it stands. */
export const isInvisible = (character: string): boolean => INVISIBLE.test(character);

/**
 * Whether a text has an invisible character out of its place. Joiners in emoji and in the spelling of Persian and Hindi,
 * variation selectors after a symbol, and the tags of regional flags are in their place.
 */
export function hidesSomething(text: string): boolean {
  const characters = Array.from(text);
  let flag = false;
  return characters.some((character, at) => {
    flag = character === FLAG || (flag && TAG.test(character));
    return (
      isInvisible(character) &&
      !flag &&
      !isInPlace(character, characters.slice(Math.max(0, at - 2), at), characters[at + 1])
    );
  });
}

function isInPlace(character: string, before: readonly string[], after = ""): boolean {
  const previous = before.at(-1) ?? "";
  if (SELECTOR.test(character)) return SELECTABLE.test(previous);
  if (!JOINER.test(character)) return false;
  const joined = SELECTOR.test(previous) ? (before.at(-2) ?? "") : previous;
  if (isInvisible(joined) || !JOINABLE.test(joined)) return false;
  return MARK.test(joined) || (JOINABLE.test(after) && !isInvisible(after));
}
