/** What a Tor says on its control port, cut into replies: control-spec of the Tor specifications, section 2.3. */

/** One reply, or one event that nobody asked for. */
export interface ControlReply {
  /** 250: done. 650: an event. Others refuse. */
  readonly status: number;
  /** What stands behind the status, line by line. */
  readonly lines: readonly string[];
}

/** Characters that may wait for the end of a reply: none that we ask for is nearly as long. */
const MAX_UNREAD = 64 * 1024;
const LINE = /^(\d{3})([ +-])(.*)$/s;

/** Takes text as it comes and gives replies as they get complete. */
export class ControlReplies {
  #unread = "";
  #lines: string[] = [];
  /** Inside a value of several lines, which ends with a dot. */
  #inData = false;

  /** @throws {Error} if this is not the language of a Tor */
  *take(text: string): Generator<ControlReply> {
    this.#unread += text;
    for (;;) {
      const end = this.#unread.indexOf("\n");
      if (end < 0) break;
      const line = this.#unread.slice(0, end).replace(/\r$/, "");
      this.#unread = this.#unread.slice(end + 1);
      const reply = this.#line(line);
      if (reply) yield reply;
    }
    if (this.#unread.length + this.#lines.join("").length > MAX_UNREAD) throw new Error("its answer has no end");
  }

  #line(line: string): ControlReply | undefined {
    if (this.#inData) {
      this.#inData = line !== ".";
      return undefined;
    }
    const [, status, kind, rest = ""] = LINE.exec(line) ?? [];
    if (status === undefined) throw new Error("it does not speak as a Tor does");
    this.#lines.push(rest);
    this.#inData = kind === "+";
    if (kind !== " ") return undefined;
    return { status: Number(status), lines: this.#lines.splice(0) };
  }
}

/** The value of a keyword in a line such as `AUTH METHODS=COOKIE,SAFECOOKIE COOKIEFILE="/a \"b\""`. */
export function keyword(line: string, name: string): string | undefined {
  const [, quoted, bare] = new RegExp(`(?:^|\\s)${name}=(?:"((?:[^"\\\\]|\\\\.)*)"|(\\S*))`).exec(line) ?? [];
  return quoted === undefined ? bare : unquoted(quoted);
}

/** All quoted values of a line such as `net/listeners/socks="127.0.0.1:9050" "unix:/run/tor/socks"`. */
export function quotedValues(line: string): string[] {
  return [...line.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(([, quoted = ""]) => unquoted(quoted));
}

/** Bytes that are not ASCII come as octal numbers, a byte each; together they are UTF-8. */
function unquoted(text: string): string {
  const bytes = text.replace(/\\([0-7]{1,3}|.)/gs, (_, code: string) => {
    return /^[0-7]/.test(code) ? String.fromCharCode(Number.parseInt(code, 8) & 0xff) : (CONTROLS[code] ?? code);
  });
  return new TextDecoder().decode(Uint8Array.from(bytes, (character) => character.charCodeAt(0)));
}

const CONTROLS: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t" };
