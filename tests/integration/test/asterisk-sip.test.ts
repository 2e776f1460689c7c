/*
 * asterisk-sip.test.ts -- the basic calls on a real Asterisk, by dialog events alone:
 * no dialled number, no hold on calls from outside, no cause.
 */
import { after, before, describe } from "node:test";
import { inbound, inside } from "../support/basic.js";
import { dialling } from "../support/dialling.js";
import { Office } from "../support/office.js";
import { block } from "../support/place.js";
import { refusals } from "../support/refusals.js";
import { withheld } from "../support/withheld.js";

let office: Office;

describe("Asterisk, by SIP alone", () => {
  before(async () => {
    office = await Office.open({ net: block(22), pbx: "asterisk", sources: ["sip"] });
  });
  after(() => office?.close());
  const knows = { hold: false, dialled: false, outward: false, why: false };
  inbound(() => office, knows);
  inside(() => office);
  refusals(() => office, knows);
  withheld(() => office);
  dialling(() => office, "congestion");
});
