/**
 * Characters that a person does not see, although they change what a text is. One rule says which of them are in their place:
 * they are shown as they are and are no reason to suspect a name. All others are shown in escaped form.
 */

/**
 * Control and format characters, lone surrogates, line separators, characters that fonts must not show, and letters and
 * symbols that look blank: Hangul fillers, the empty Braille pattern, the invisible musical note.
 */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800\u{1d159}]/u;

/** Letters and marks of the scripts that are spelled with joiners. */
const JOINED_SCRIPTS = ["Arab", "Syrc", "Mong", "Deva", "Beng", "Guru", "Gujr", "Orya", "Taml", "Telu", "Knda", "Mlym"]
  .concat("Sinh", "Khmr", "Mymr")
  .map((script) => `\\p{scx=${script}}`)
  .join("");
/** The signs by which the scripts of India remove the vowel of a letter. With a joiner, some end a word. */
const VIRAMAS = "\u094d\u09cd\u0a4d\u0acd\u0b4d\u0bcd\u0c4d\u0ccd\u0d4d\u0dca";
/** Scripts without blanks between words: a blank of no width says where a line may end. */
const UNSPACED = "\\p{scx=Khmr}\\p{scx=Thai}\\p{scx=Laoo}\\p{scx=Mymr}";
const MONGOLIAN_SIGNS = "\u180b-\u180f";

/** Invisible characters in their place. */
const IN_PLACE = new RegExp(
  [
    // A joiner between two emoji, in the spelling of a word, or behind a virama.
    "(?<=[\\p{Extended_Pictographic}\\p{Emoji_Modifier}]\\ufe0f?)\\u200d(?=\\p{Extended_Pictographic})",
    `(?<=(?![${MONGOLIAN_SIGNS}])[${JOINED_SCRIPTS}])[\\u200c\\u200d](?=(?![${MONGOLIAN_SIGNS}])[${JOINED_SCRIPTS}])`,
    `(?<=[${VIRAMAS}])[\\u200c\\u200d]`,
    `(?<=[${UNSPACED}])\\u200b(?=[${UNSPACED}])`,
    // The sign that chooses the form of a Mongolian letter.
    `(?<=(?![${MONGOLIAN_SIGNS}])\\p{scx=Mong})[${MONGOLIAN_SIGNS}]`,
    // A variation selector behind a symbol or an ideograph.
    "(?<=[\\p{Emoji}\\p{So}\\p{Sm}\\p{Po}\\p{N}\\p{Script=Han}\\p{scx=Mymr}])[\\ufe00-\\ufe0f\\u{e0100}-\\u{e01ef}]",
    // The tags of a regional flag, such as Scotland's.
    "(?<=\\u{1f3f4})[\\u{e0030}-\\u{e0039}\\u{e0061}-\\u{e007a}]{3,6}\\u{e007f}",
  ].join("|"),
  "gu",
);

/** Whether a character is invisible wherever it stands. */
export const isInvisible = (character: string): boolean => INVISIBLE.test(character);

/** The positions of the invisible characters that are in their place, in UTF-16 units. */
export function inPlace(text: string): ReadonlySet<number> {
  const positions = new Set<number>();
  if (!INVISIBLE.test(text)) return positions;
  for (const { 0: found, index } of text.matchAll(IN_PLACE)) {
    let at = index;
    for (const character of found) {
      positions.add(at);
      at += character.length;
    }
  }
  return positions;
}

/** Whether a text has an invisible character out of its place. */
export function hidesSomething(text: string): boolean {
  const expected = inPlace(text);
  let at = 0;
  for (const character of text) {
    if (isInvisible(character) && !expected.has(at)) return true;
    at += character.length;
  }
  return false;
}
