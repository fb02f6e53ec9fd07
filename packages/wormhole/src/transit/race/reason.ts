/** What systems say when a connection does not come about or is lost, in words. */
const WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: "refused",
  ECONNRESET: "cut off",
  EPIPE: "cut off",
  EHOSTUNREACH: "no way there",
  ENETUNREACH: "no way there",
  ENOTFOUND: "no such host",
  EAI_AGAIN: "no such host",
  ETIMEDOUT: "no answer",
};

/** Why a connection has failed, for people. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return ("code" in error && WORDS[String(error.code)]) || error.message;
}
