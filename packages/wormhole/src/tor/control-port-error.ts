/** Why a control port is of no use: the end of a sentence, for people. */
export class ControlPortError extends Error {}
