import type { Bug } from "../bugs.ts";
export const bugs: readonly Bug[] = [];
