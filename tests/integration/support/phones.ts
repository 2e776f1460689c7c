/*
 * phones.ts -- telephones and a trunk at their places on a test's loopback block.
 */
import { Phone, Trunk } from "./sip/phone.js";
import type { Cleanup } from "./wait.js";

/* Line 201 is at .21, and so on, as the laboratory's PBXs expect. */
export async function connectPhone(net: string, line: string, pbx: string, cleanup: Cleanup): Promise<Phone> {
  const phone = await Phone.open({
    name: line, password: `pw${line}`, host: `${net}.${Number(line) - 180}`, pbx: { host: pbx, port: 5060 },
  });
  cleanup.add(`phone ${line}`, () => phone.close());
  await phone.register();
  return phone;
}

export async function connectTrunk(net: string, pbx: string, cleanup: Cleanup): Promise<Trunk> {
  const trunk = await Trunk.open(`${net}.30`, { host: pbx, port: 5060 });
  cleanup.add("the trunk", () => trunk.close());
  return trunk;
}
