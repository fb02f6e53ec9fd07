/** Preloaded by simulations. Replaces slow modules, and limits that are too large to be reached, with stand-ins. */
import { registerHooks } from "node:module";

const STAND_INS = [
  { real: "/crypto/spake2.ts", standIn: "./fast-spake2.ts" },
  { real: "/crypto/x25519.ts", standIn: "./dilation/fast-x25519.ts" },
  { real: "/src/dilation/limits.ts", standIn: "./dilation/limits.ts" },
].map(({ real, standIn }) => ({ real, standIn: new URL(standIn, import.meta.url).href }));

registerHooks({
  resolve(specifier, context, next) {
    const resolved = next(specifier, context);
    const found = STAND_INS.find(({ real, standIn }) => resolved.url.endsWith(real) && context.parentURL !== standIn);
    return found ? { ...resolved, url: found.standIn } : resolved;
  },
});
