/** The ends of a transfer that this command decides itself. */

/** A person or a flag said no. It is no error, and needs no red line. */
export class Declined extends Error {
  override readonly name = "Declined";
}

/** This command refused something that it cannot or must not do. The message is a sentence for the user. */
export class Refusal extends Error {
  override readonly name = "Refusal";
}
