/** The base class of errors that end a server's start. */

/** A server could not start. The message is a plain sentence for the operator, without a stack trace. */
export abstract class StartError extends Error {}
