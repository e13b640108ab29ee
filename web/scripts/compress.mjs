// Lays a .gz and a .br beside every built file that is worth it; the service sends these.
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, gzipSync } from "node:zlib";

const FOLDER = new URL("../../service/static/", import.meta.url).pathname;
const WORTH_BYTES = 1024;

let whole = 0;
for (const name of readdirSync(FOLDER, { recursive: true })) {
  const path = join(FOLDER, name);
  if (!statSync(path).isFile() || !/\.(js|css|html|svg|json)$/.test(name)) continue;
  const content = readFileSync(path);
  const packed = brotliCompressSync(content);
  whole += packed.length;
  if (content.length < WORTH_BYTES) continue;
  writeFileSync(`${path}.gz`, gzipSync(content, { level: 9 }));
  writeFileSync(`${path}.br`, packed);
}
console.log(`compressed: ${(whole / 1024).toFixed(0)} KiB in all`);
