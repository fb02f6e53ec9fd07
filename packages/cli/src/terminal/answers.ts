/** The meanings of answers. An answer that means nothing is asked for again. */

/** The meaning of an answer to a question with `y` and `n`, or nothing. @param whenEmpty the meaning of Enter alone */
export function yesOrNo(answer: string, whenEmpty: boolean): boolean | undefined {
  const word = answer.trim().toLowerCase();
  if (word === "") return whenEmpty;
  if (word === "y" || word === "yes") return true;
  return word === "n" || word === "no" ? false : undefined;
}

/** The meaning of an answer to a question that needs the whole word `yes`, so that a slip of the finger confirms nothing. */
export function fullYesOrNo(answer: string): boolean | undefined {
  const word = answer.trim().toLowerCase();
  return word === "yes" ? true : word === "no" || word === "n" ? false : undefined;
}
