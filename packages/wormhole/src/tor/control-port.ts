/** The control port of a Tor, as far as the code that asks it is concerned. */

/** A conversation with a Tor that obeys this program, or is about to. */
export interface ControlPort {
  /**
   * Sends one command, and resolves to the lines of the answer.
   * @throws {ControlPortError} if Tor refuses the command or does not answer
   */
  ask(command: string): Promise<readonly string[]>;
  /** Called with each line of each event, once events were asked for. */
  onEvent: (line: string) => void;
  /** Called when nothing more can come. */
  onEnd: (error: Error) => void;
}
