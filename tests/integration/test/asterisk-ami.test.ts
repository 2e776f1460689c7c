/*
 * asterisk-ami.test.ts -- the basic calls on a real Asterisk, by its event stream
 * alone.
 */
import { after, before, describe } from "node:test";
import { inbound, inside } from "../support/basic.js";
import { dialling } from "../support/dialling.js";
import { Office } from "../support/office.js";
import { block } from "../support/place.js";
import { refusals } from "../support/refusals.js";
import { withheld } from "../support/withheld.js";

let office: Office;

describe("Asterisk, by AMI alone", () => {
  before(async () => {
    office = await Office.open({ net: block(21), pbx: "asterisk", sources: ["ami"] });
  });
  after(() => office?.close());
  const knows = { hold: true, dialled: true, outward: true, why: true };
  inbound(() => office, knows);
  inside(() => office);
  refusals(() => office, knows);
  withheld(() => office);
  dialling(() => office);
});
