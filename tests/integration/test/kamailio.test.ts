/*
 * kamailio.test.ts -- the basic calls on a real Kamailio, a notifier of another make:
 * dialog ids and directions, but no names and no hold.
 */
import { after, before, describe } from "node:test";
import { inbound, inside } from "../support/basic.js";
import { dialling } from "../support/dialling.js";
import { Office } from "../support/office.js";
import { block } from "../support/place.js";
import { refusals } from "../support/refusals.js";
import { withheld } from "../support/withheld.js";

let office: Office;

describe("Kamailio, by SIP", () => {
  before(async () => {
    office = await Office.open({ net: block(23), pbx: "kamailio" });
  });
  after(() => office?.close());
  const knows = { hold: false, dialled: false, outward: true, why: false };
  inbound(() => office, knows);
  inside(() => office);
  refusals(() => office, knows);
  withheld(() => office);
  dialling(() => office);
});
