/** Loaded before a simulation: leads every import of SPAKE2 to the one that remembers. */
import { registerHooks } from "node:module";

registerHooks({
  resolve(specifier, context, next) {
    const resolved = next(specifier, context);
    const toReal = resolved.url.endsWith("/crypto/spake2.ts") && !context.parentURL?.endsWith("/fast-spake2.ts");
    return toReal ? { ...resolved, url: new URL("./fast-spake2.ts", import.meta.url).href } : resolved;
  },
});
