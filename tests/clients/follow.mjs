// Reads streams with the TypeScript client that argv[2] holds, one line of JSON a request.
import { createInterface } from "node:readline";

const { follow, StreamRefusedError } = await import(`${process.argv[2]}/index.js`);

async function read({ url, after, until, silence, stopAfter }) {
  const seen = [];
  const said = [];
  const options = { url, after, untilIdle: until, silence, onConnection: (state) => said.push(state) };
  try {
    for await (const event of follow(options)) {
      seen.push(event);
      if (seen.length === stopAfter) break;
    }
  } catch (error) {
    if (!(error instanceof StreamRefusedError)) throw error;
    return { seen, said, refused: { status: error.status, code: error.code, detail: error.message } };
  }
  return { seen, said };
}

for await (const line of createInterface({ input: process.stdin })) {
  let answer;
  try {
    answer = { ok: await read(JSON.parse(line)) };
  } catch (error) {
    answer = { failed: String(error?.stack ?? error) };
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
