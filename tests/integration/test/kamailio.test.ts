/*
 * kamailio.test.ts -- the basic calls on a real Kamailio, a notifier of another make:
 * dialog ids and directions, but no names and no hold.
 */
import { after, before, describe } from "node:test";
import { inbound, inside } from "../support/basic.js";
import { dialling } from "../support/dialling.js";
import { Office } from "../support/office.js";
import { block } from "../support/place.js";

let office: Office;

describe("Kamailio, by SIP", () => {
  before(async () => {
    office = await Office.open({ net: block(23), pbx: "kamailio" });
  });
  after(() => office?.close());
  inbound(() => office, { hold: false, dialled: false, outward: true, busy: true });
  inside(() => office);
  dialling(() => office);
});
