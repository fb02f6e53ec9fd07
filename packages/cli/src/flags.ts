/** What the command line gives, as the program's definition hands it to the sub-commands. */

/** Before or after the sub-command. */
export interface GlobalFlags {
  readonly relayUrl?: string;
  readonly transitHelper?: string;
  readonly appid?: string;
  /** A path. */
  readonly dumpTiming?: string;
}

export interface TransferFlags extends GlobalFlags {
  readonly code?: string;
  readonly codeLength?: number;
  readonly zero?: boolean;
  readonly verify?: boolean;
  readonly hideProgress?: boolean;
  readonly listen: boolean;
  readonly tor?: boolean;
  readonly torControlPort?: string;
  readonly launchTor?: boolean;
}

export interface SendFlags extends TransferFlags {
  readonly text?: string;
  readonly ignoreUnsendableFiles?: boolean;
}

export interface ReceiveFlags extends TransferFlags {
  readonly allocate?: boolean;
  readonly onlyText?: boolean;
  readonly acceptFile?: boolean;
  readonly outputFile?: string;
  readonly overwrite?: boolean;
}

export interface ServeFlags {
  readonly listen: string;
  readonly mailboxPort: number;
  readonly relayPort: number;
  readonly data?: string;
  readonly memory?: boolean;
}

export interface TimingFlags {
  /** A path, or - for standard output. */
  readonly output?: string;
}

/** What each sub-command does with them. */
export interface Commands {
  send(path: string | undefined, flags: SendFlags): Promise<void>;
  /** Several words are one code typed with blanks, or a mistake. */
  receive(words: readonly string[], flags: ReceiveFlags): Promise<void>;
  serve(flags: ServeFlags): Promise<void>;
  /** One file or two. */
  timing(files: readonly string[], flags: TimingFlags): Promise<void>;
}

/** Whoever names a Tor, or wants one launched, wants it used: a mistake here must not betray anybody. */
export function wantsTor({ tor, launchTor, torControlPort }: TransferFlags): boolean {
  return tor === true || launchTor === true || torControlPort !== undefined;
}
