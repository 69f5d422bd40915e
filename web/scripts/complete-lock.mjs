/**
 * `npm ci` takes a lock that leaves out another system's packages for a broken one, and npm leaves
 * out what its registry did not have at that moment. Run after `npm install`: names them again.
 */
import { readFileSync, writeFileSync } from "node:fs";

const FILE = new URL("../package-lock.json", import.meta.url);
const SYSTEMS = ["aix", "android", "darwin", "freebsd", "linux", "netbsd", "openbsd", "win32"];
const CPUS = ["arm", "arm64", "ia32", "ppc64", "riscv64", "s390x", "wasm32", "x64"];
const LIBC = { gnu: "glibc", musl: "musl", gnueabihf: "glibc" };

const lock = JSON.parse(readFileSync(FILE, "utf8"));
for (const [path, one] of Object.entries(lock.packages)) {
  for (const [name, version] of Object.entries(one.optionalDependencies ?? {})) {
    const place = `node_modules/${name}`;
    if (!(place in lock.packages) && !(`${path}/${place}` in lock.packages))
      lock.packages[place] = foreign(name, version, one);
  }
}
lock.packages = Object.fromEntries(
  Object.entries(lock.packages).sort(([one], [other]) => (one < other ? -1 : 1)),
);
writeFileSync(FILE, `${JSON.stringify(lock, null, 2)}\n`);

/** What its name says; a registry that has it knows the rest. */
function foreign(name, version, { dev, license }) {
  const words = name.split("/").at(-1).split("-");
  const of = (known) => words.filter((word) => known.includes(word));
  const libc = of(Object.keys(LIBC)).map((word) => LIBC[word]);
  const os = of(SYSTEMS);
  return {
    version,
    cpu: of(CPUS),
    ...(dev && { dev }),
    ...(libc.length > 0 && { libc }),
    license,
    optional: true,
    ...(os.length > 0 && { os }),
  };
}
