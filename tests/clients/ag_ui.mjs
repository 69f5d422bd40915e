// AG-UI's own HttpAgent, unmodified, its verifier on, driven by lines of JSON.
import { createInterface } from "node:readline";

const PACKAGES = { 0: "@ag-ui/client-0", 1: "@ag-ui/client" };
const agents = new Map();
const plainFetch = globalThis.fetch;
// The client reports errors there besides; answers go to stdout alone.
// It also throws once more, where nobody listens, when a stream is torn off: a page logs that.
process.on("unhandledRejection", () => {});
console.error = console.warn = console.log = () => {};

function scripted(agent) {
  return async (_url, init) => {
    agent.sent = JSON.parse(init.body);
    const { frames, torn } = agent.answer;
    const left = [...frames];
    const body = new ReadableStream({
      // Frame by frame, each taken before the next: an error drops what its reader has not.
      async pull(controller) {
        await new Promise(setImmediate);
        if (left.length > 0) controller.enqueue(new TextEncoder().encode(left.shift()));
        else if (torn) controller.error(new TypeError("network error"));
        else controller.close();
      },
    });
    return new Response(body, { status: 200, headers: { "content-type": "text/event-stream" } });
  };
}

const operations = {
  make: async ({ name, client = 1, url, headers, thread, messages = [], state = {} }) => {
    const { HttpAgent } = await import(PACKAGES[client]);
    const held = { seen: [] };
    const agent = new HttpAgent({
      url: url ?? "http://scripted/agent",
      headers,
      threadId: thread,
      initialMessages: messages,
      initialState: state,
    });
    if (url === undefined) agent.fetch = scripted(held);
    held.global = client === 0 && url === undefined; // that version has no fetch of its own
    held.agent = agent;
    held.fetch = scripted(held);
    agents.set(name, held);
    return {};
  },
  hold: async ({ name, message }) => {
    agents.get(name).agent.addMessage(message);
    return {};
  },
  // One run; with `frames` a scripted server answers, and may be torn off.
  run: async ({ name, text, id, frames, torn, resume, command }) => {
    const held = agents.get(name);
    globalThis.fetch = held.global ? held.fetch : plainFetch;
    held.answer = { frames, torn };
    if (text !== undefined) {
      held.agent.addMessage({ id: id ?? crypto.randomUUID(), role: "user", content: text });
    }
    const events = [];
    let failed = null;
    try {
      await held.agent.runAgent(
        { resume, ...(command === undefined ? {} : { forwardedProps: { command } }) },
        { onEvent: ({ event }) => void events.push(event) },
      );
    } catch (error) {
      failed = String(error?.message ?? error);
    }
    return {
      failed,
      events,
      messages: held.agent.messages,
      state: held.agent.state,
      pending: held.agent.pendingInterrupts ?? [],
      sent: held.sent ?? null,
    };
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const { operation, ...asked } = JSON.parse(line);
  let answer;
  try {
    answer = { ok: await operations[operation](asked) };
  } catch (error) {
    answer = { failed: String(error?.stack ?? error) };
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
process.exit(0);
