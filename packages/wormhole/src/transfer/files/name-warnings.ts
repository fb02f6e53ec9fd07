/** Reasons to look twice at an offered name. */
import type { NameWarning } from "../api.ts";

/** The reasons to look twice at a name. */
export function warningsOf(name: string): readonly NameWarning[] {
  return name.startsWith(".") ? ["hidden"] : [];
}
