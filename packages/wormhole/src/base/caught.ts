/**
 * Facts about a caught value, which may come from another realm: under Jest, the errors of Node's modules are no instances
 * of the `Error` that this code has.
 */

/** The code of an error, such as `ENOENT`. Undefined if it has none. */
export function codeOf(caught: unknown): string | undefined {
  const code = typeof caught === "object" && caught !== null && "code" in caught ? caught.code : undefined;
  return typeof code === "string" ? code : undefined;
}

/** The message of an error, and any other value as text. */
export function messageOf(caught: unknown): string {
  const isError = typeof caught === "object" && caught !== null && "message" in caught;
  return String(isError ? caught.message : caught);
}
