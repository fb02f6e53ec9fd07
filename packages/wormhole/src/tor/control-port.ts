/** The interface of a connection to a Tor's control port. */

/** A connection to a control port, authenticated or about to be. */
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
