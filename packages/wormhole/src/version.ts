/** The version of this library. A test compares it with the version in package.json. */
export const VERSION = "0.1.0";
