export * from "./api.ts";
export * from "./errors.ts";
export { type Printable, type PrintableOptions, printable } from "./printable.ts";
