/** The former place of `reference/changes.ts`, which `dilation/` still imports. */
export { Changes } from "../reference/changes.ts";
