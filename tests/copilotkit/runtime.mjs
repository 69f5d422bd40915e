// CopilotKit's runtime and its browser's client, unmodified, driven by lines of JSON.
import { createServer } from "node:http";
import { createInterface } from "node:readline";
import { HttpAgent, runHttpRequest, transformHttpEventStream } from "@ag-ui/client";

process.env.COPILOTKIT_TELEMETRY_DISABLED = "true";
// Its client asks for a runtime's agents in a browser alone.
globalThis.window = globalThis;
const { CopilotRuntime, InMemoryAgentRunner } = await import("@copilotkit/runtime/v2");
const { createCopilotNodeListener } = await import("@copilotkit/runtime/v2/node");
const { CopilotKitCore, ɵInterruptState: InterruptState } = await import("@copilotkit/core");

// Answers go to stdout alone.
console.error = console.warn = console.log = console.info = () => {};
process.on("unhandledRejection", () => {});

// As docs/clients.md has it: what a page is shown that comes to a thread is what we have of it.
class Remembered extends InMemoryAgentRunner {
  constructor(base) {
    super();
    this.base = base;
  }
  connect({ threadId, headers }) {
    const url = `${this.base}/v1/ag-ui/threads/${encodeURIComponent(threadId)}/stream`;
    const asked = "?idle=messages&interrupts=outcome";
    return transformHttpEventStream(runHttpRequest(() => fetch(url + asked, { headers })));
  }
}

let address;
const pages = new Map();

// What CopilotKit's useInterrupt does with a run's events, for a page without React.
function interrupts(agent) {
  const state = new InterruptState();
  let legacy;
  let standard;
  agent.subscribe({
    onRunStartedEvent: () => {
      legacy = standard = undefined;
      state.clear();
    },
    onCustomEvent: ({ event }) => {
      if (event.name === "on_interrupt") legacy = { name: event.name, value: event.value };
    },
    onRunFinishedEvent: (finished) => {
      if (finished.outcome === "interrupt") standard = finished.interrupts;
    },
    onRunFinalized: () => {
      if (standard?.length) state.setStandard(standard);
      else if (legacy) state.setLegacy(legacy);
    },
  });
  return state;
}

function answered(page, decision) {
  if (decision.kind === "legacy-resume") {
    const command = { resume: decision.payload, interruptEvent: decision.interruptValue };
    return { forwardedProps: { command } };
  }
  if (decision.kind !== "resume") return null;
  for (const { toolCallId, content } of decision.toolResults) {
    page.agent.addMessage({ id: crypto.randomUUID(), role: "tool", toolCallId, content });
  }
  return { resume: decision.resume };
}

function held(page, failed = null) {
  return {
    failed: failed ?? page.failures.at(-1) ?? null,
    events: page.events.splice(0),
    messages: page.agent.messages,
    state: page.agent.state,
    pending: page.interrupts.pending,
  };
}

async function ran(page, asked) {
  page.failures.length = 0;
  try {
    await page.core.runAgent({ agent: page.agent, ...asked });
  } catch (error) {
    return held(page, String(error?.message ?? error));
  }
  return held(page);
}

const operations = {
  // The runtime of an application: it has agents, and no credential of ours.
  serve: async ({ agents, base }) => {
    const named = Object.entries(agents).map(([name, url]) => [name, new HttpAgent({ url })]);
    const runner = base === undefined ? undefined : new Remembered(base);
    const runtime = new CopilotRuntime({ agents: Object.fromEntries(named), runner });
    const server = createServer(createCopilotNodeListener({ runtime, basePath: "/copilot" }));
    await new Promise((resolve) => void server.listen(0, "127.0.0.1", resolve));
    address = `http://127.0.0.1:${server.address().port}/copilot`;
    return {};
  },
  // A page of it, in which somebody is signed in.
  open: async ({ name, agent, headers, thread, tool }) => {
    const failures = [];
    const core = new CopilotKitCore({ runtimeUrl: address, runtimeTransport: "rest", headers });
    const connected = new Promise((resolve) => {
      core.subscribe({
        onAgentsChanged: ({ agents }) => void (agents[agent] && resolve()),
        onError: ({ error }) => void failures.push(String(error?.message ?? error)),
      });
    });
    await connected;
    if (tool !== undefined) core.addTool({ name: tool, handler: async () => "done" });
    const found = core.getAgent(agent);
    found.threadId = thread;
    const page = { core, agent: found, events: [], failures, interrupts: interrupts(found) };
    found.subscribe({ onEvent: ({ event }) => void page.events.push(event) });
    pages.set(name, page);
    return {};
  },
  say: async ({ name, text }) => {
    const page = pages.get(name);
    page.agent.addMessage({ id: crypto.randomUUID(), role: "user", content: text });
    return ran(page, {});
  },
  // Comes back when the answer has begun.
  begin: async ({ name, text }) => {
    const page = pages.get(name);
    const begun = new Promise((resolve) => {
      page.agent.subscribe({ onTextMessageContentEvent: () => void resolve() });
    });
    page.running = operations.say({ name, text });
    await begun;
    return {};
  },
  end: async ({ name }) => pages.get(name).running,
  // As a page's useInterrupt gives what its button resolves with, or its own cancel.
  resolve: async ({ name, payload, interrupt }) => {
    const page = pages.get(name);
    const asked = answered(page, page.interrupts.resolve(payload, interrupt));
    return asked === null ? held(page) : ran(page, asked);
  },
  cancel: async ({ name, interrupt }) => {
    const page = pages.get(name);
    const asked = answered(page, page.interrupts.cancel(interrupt));
    return asked === null ? held(page) : ran(page, asked);
  },
  // As a page that was reloaded: what the runtime has of the thread.
  connect: async ({ name }) => {
    const page = pages.get(name);
    await page.core.connectAgent({ agent: page.agent });
    return held(page);
  },
};

async function answer(line) {
  const { operation, ...asked } = JSON.parse(line);
  try {
    return { ok: await operations[operation](asked) };
  } catch (error) {
    return { failed: String(error?.stack ?? error) };
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(await answer(line))}\n`);
}
process.exit(0);
