/** The command line asks for something that cannot be meant. The program ends with exit code 2. */
export class UsageError extends Error {}
