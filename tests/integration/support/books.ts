/*
 * books.ts -- real address books of a test's own: OpenLDAP's slapd, with TLS, and
 * Radicale, in temporary folders.
 */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { Child } from "./child.js";
import { asServerUser, discard, iAmRoot, serverUser, temporaryFolder } from "./place.js";
import type { Cleanup } from "./wait.js";

const takes = (host: string, port: number): Promise<boolean> => new Promise((done) => {
  const s = connect({ host, port }, () => { s.destroy(); done(true); });
  s.on("error", () => done(false));
});

/* Written by us, read by the server's user. */
function give(folder: string): void {
  if (iAmRoot) execFileSync("chown", ["-R", serverUser, folder]);
}

export class Slapd {
  static readonly suffix = "dc=firm,dc=example";
  static readonly admin = `cn=admin,${Slapd.suffix}`;
  static readonly password = "directory-secret";
  private readonly folder = temporaryFolder("ldap");

  private constructor(private readonly host: string) {}

  static missing(): string {
    return existsSync("/usr/sbin/slapd") ? "" : "slapd is not installed";
  }

  get plain(): string {
    return `ldap://${this.host}:3890`;
  }

  get tls(): string {
    return `ldaps://${this.host}:6360`;
  }

  /* Who signed its certificate. */
  get ca(): string {
    return join(this.folder, "cert.pem");
  }

  /* ldif: entries below the suffix. */
  static async open(host: string, ldif: string, cleanup: Cleanup): Promise<Slapd> {
    const s = new Slapd(host);
    const at = (name: string): string => join(s.folder, name);
    cleanup.add("slapd's folder", () => discard(s.folder));
    mkdirSync(at("db"));
    execFileSync("openssl", ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
      "-subj", "/CN=ldap", "-addext", `subjectAltName=IP:${host}`, "-keyout", at("key.pem"), "-out", at("cert.pem")], { stdio: "pipe" });
    writeFileSync(at("conf"), ["core", "cosine", "inetorgperson"].map((n) => `include /etc/ldap/schema/${n}.schema\n`).join("") +
      `modulepath /usr/lib/ldap\nmoduleload back_mdb\nTLSCertificateFile ${at("cert.pem")}\nTLSCertificateKeyFile ${at("key.pem")}\n` +
      `database mdb\nsuffix "${Slapd.suffix}"\nrootdn "${Slapd.admin}"\nrootpw ${Slapd.password}\ndirectory ${at("db")}\n`);
    writeFileSync(at("ldif"), `dn: ${Slapd.suffix}\nobjectClass: dcObject\nobjectClass: organization\no: Firm\ndc: firm\n\n${ldif}`);
    give(s.folder);
    execFileSync("/usr/sbin/slapadd", ["-q", "-f", at("conf"), "-l", at("ldif")], { ...asServerUser, stdio: "pipe" });
    const server = new Child("slapd", "/usr/sbin/slapd", ["-d", "0", "-h", `${s.plain} ${s.tls}`, "-f", at("conf")], { ...asServerUser });
    cleanup.add("slapd", () => server.stop());
    await server.until("slapd answers", () => takes(host, 6360));
    return s;
  }
}

export class Radicale {
  static readonly user = "aoki";
  static readonly password = "dav-secret";
  private readonly folder = temporaryFolder("dav");

  private constructor(private readonly host: string) {}

  static missing(): string {
    return existsSync("/usr/bin/radicale") ? "" : "radicale is not installed";
  }

  get book(): string {
    return `http://${this.host}:5232/${Radicale.user}/contacts/`;
  }

  private get collection(): string {
    return join(this.folder, "collection-root", Radicale.user, "contacts");
  }

  put(uid: string, card: string): void {
    writeFileSync(join(this.collection, `${uid}.vcf`), card.replaceAll("\n", "\r\n"));
    give(this.folder);
  }

  static async open(host: string, cleanup: Cleanup): Promise<Radicale> {
    const r = new Radicale(host);
    const at = (name: string): string => join(r.folder, name);
    cleanup.add("Radicale's folder", () => discard(r.folder));
    mkdirSync(r.collection, { recursive: true });
    writeFileSync(join(r.collection, ".Radicale.props"), '{"tag": "VADDRESSBOOK"}');
    writeFileSync(at("users"), `${Radicale.user}:${Radicale.password}\n`);
    writeFileSync(at("conf"), `[server]\nhosts = ${host}:5232\n[auth]\ntype = htpasswd\nhtpasswd_filename = ${at("users")}\n` +
      `htpasswd_encryption = plain\ndelay = 0\n[storage]\nfilesystem_folder = ${r.folder}\n`);
    give(r.folder);
    const server = new Child("radicale", "/usr/bin/radicale", ["--config", at("conf")], { ...asServerUser });
    cleanup.add("Radicale", () => server.stop());
    await server.until("Radicale answers", () => takes(host, 5232));
    return r;
  }
}
