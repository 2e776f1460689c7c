/*
 * asterisk-list.test.ts -- one RFC 4662 subscription for all lines of a real Asterisk,
 * by TCP.
 */
import { after, before, describe } from "node:test";
import { inbound, inside } from "../support/basic.js";
import { Office } from "../support/office.js";
import { block } from "../support/place.js";

let office: Office;

describe("Asterisk, by one SIP list over TCP", () => {
  before(async () => {
    office = await Office.open({ net: block(31), pbx: "asterisk", sources: ["sip"], list: true });
  });
  after(() => office?.close());
  inbound(() => office, { hold: false, dialled: false, outward: false, why: false });
  inside(() => office);
});
