/** The machines of a session by their names, for addressing each other. */
import * as allocator from "./allocator.ts";
import * as boss from "./boss.ts";
import * as code from "./code.ts";
import * as key from "./key.ts";
import * as link from "./link.ts";
import * as lister from "./lister.ts";
import * as mailbox from "./mailbox.ts";
import * as nameplate from "./nameplate.ts";
import * as order from "./order.ts";
import * as receive from "./receive.ts";
import * as send from "./send.ts";
import * as terminator from "./terminator.ts";

/** State and event of each. */
export interface Machines {
  allocator: { state: allocator.State; event: allocator.Event };
  boss: { state: boss.State; event: boss.Event };
  code: { state: code.State; event: code.Event };
  key: { state: key.State; event: key.Event };
  link: { state: link.State; event: link.Event };
  lister: { state: lister.State; event: lister.Event };
  mailbox: { state: mailbox.State; event: mailbox.Event };
  nameplate: { state: nameplate.State; event: nameplate.Event };
  order: { state: order.State; event: order.Event };
  receive: { state: receive.State; event: receive.Event };
  send: { state: send.State; event: send.Event };
  terminator: { state: terminator.State; event: terminator.Event };
}

export const machines = {
  allocator: allocator.allocator,
  boss: boss.boss,
  code: code.code,
  key: key.key,
  link: link.link,
  lister: lister.lister,
  mailbox: mailbox.mailbox,
  nameplate: nameplate.nameplate,
  order: order.order,
  receive: receive.receive,
  send: send.send,
  terminator: terminator.terminator,
};
