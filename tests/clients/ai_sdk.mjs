// AI SDK's own chat, unmodified, driven by lines of JSON: one request a line, one answer a line.
import { createInterface } from "node:readline";
import { isDeepStrictEqual } from "node:util";

const PACKAGES = { 5: "ai-5", 6: "ai-6", 7: "ai" };
const chats = new Map();

class State {
  status = "ready";
  error = undefined;
  constructor(messages) {
    this.messages = messages;
  }
  pushMessage = (message) => {
    this.messages = [...this.messages, message];
  };
  popMessage = () => {
    this.messages = this.messages.slice(0, -1);
  };
  replaceMessage = (index, message) => {
    this.messages = this.messages.with(index, this.snapshot(message));
  };
  snapshot = (value) => structuredClone(value);
}

// What a scripted server answers: a body of frames, whole or torn off.
function scripted(answers) {
  return async () => {
    const answer = answers.shift();
    if (answer === undefined) throw new Error("nobody answers");
    if (answer.status === 204) return new Response(null, { status: 204 });
    const left = [...answer.frames];
    const body = new ReadableStream({
      // Frame by frame, each taken before the next: an error drops what its reader has not.
      async pull(controller) {
        await new Promise(setImmediate);
        if (left.length > 0) controller.enqueue(new TextEncoder().encode(left.shift()));
        else if (answer.torn) controller.error(new TypeError("network error"));
        else controller.close();
      },
    });
    return new Response(body, { status: 200, headers: { "content-type": "text/event-stream" } });
  };
}

async function made({ client = 7, id, api, headers, messages = [], answers, automatic = false }) {
  const ai = await import(PACKAGES[client]);
  class Chat extends ai.AbstractChat {
    constructor(options) {
      super({ ...options, state: new State(messages) });
    }
  }
  const data = [];
  const transport = new ai.DefaultChatTransport({
    api: api ?? "http://scripted/chat",
    headers,
    ...(answers === undefined ? {} : { fetch: scripted(answers) }),
  });
  const finished = [];
  const chat = new Chat({
    id,
    transport,
    onData: (part) => data.push(part),
    onFinish: ({ isAbort, isDisconnect, isError, finishReason }) =>
      finished.push({ isAbort, isDisconnect, isError, finishReason }),
    ...(automatic
      ? { sendAutomaticallyWhen: ai.lastAssistantMessageIsCompleteWithApprovalResponses }
      : {}),
  });
  return { chat, data, finished };
}

function seen({ chat, data, finished }) {
  return {
    status: chat.status,
    error: chat.error === undefined ? null : String(chat.error.message),
    messages: chat.messages,
    data,
    finished,
  };
}

// The state after a stream that was torn off at each frame and resumed, against the whole one's.
async function cuts({ client = 7, whole, replays, only, lost = false }) {
  const run = async (answers) => {
    const one = await made({ client, id: "cut", answers });
    await one.chat.sendMessage({ text: "?" });
    if (answers.length > 0) await one.chat.resumeStream();
    return seen(one);
  };
  // Reasoning is never stored, and numbers jump in a log that lost its memory.
  const bare = ({ metadata, parts, ...message }) => ({
    ...message,
    metadata: { ...metadata, cursor: undefined },
    parts: parts.filter((part) => part.type !== "reasoning"),
  });
  const held = ({ status, error, messages }) => {
    const answers = messages.slice(1);
    return { status, error, answers: lost ? answers.map(bare) : answers };
  };
  const expected = held(await run([{ frames: whole }]));
  const wrong = [];
  for (const [name, frames] of Object.entries(replays)) {
    const places = only === undefined ? whole.keys() : [only];
    for (const at of places) {
      const got = held(await run([{ frames: whole.slice(0, at), torn: true }, { frames }]));
      if (!isDeepStrictEqual(got, expected)) wrong.push({ name, at, got });
    }
  }
  return { expected, wrong: wrong.slice(0, 3) };
}

const operations = {
  make: async (asked) => {
    chats.set(asked.chat, await made(asked));
    return {};
  },
  send: async ({ chat, options, ...message }) => {
    await chats.get(chat).chat.sendMessage(message, options);
    return seen(chats.get(chat));
  },
  begin: async ({ chat, options, ...message }) => {
    chats.get(chat).chat.sendMessage(message, options);
    return {};
  },
  regenerate: async ({ chat, messageId }) => {
    await chats.get(chat).chat.regenerate({ messageId });
    return seen(chats.get(chat));
  },
  resume: async ({ chat }) => {
    await chats.get(chat).chat.resumeStream();
    return seen(chats.get(chat));
  },
  rejoin: async ({ chat }) => {
    chats.get(chat).chat.resumeStream();
    return {};
  },
  approve: async ({ chat, approval, approved, reason }) => {
    await chats.get(chat).chat.addToolApprovalResponse({ id: approval, approved, reason });
    return seen(chats.get(chat));
  },
  leave: async ({ chat }) => {
    await chats.get(chat).chat.stop();
    return seen(chats.get(chat));
  },
  state: async ({ chat }) => seen(chats.get(chat)),
  // One scripted turn, from an empty chat or on top of what it holds.
  turn: async ({ client, frames, messages }) => {
    const one = await made({ client, id: "turn", messages, answers: [{ frames }] });
    await one.chat.sendMessage(messages === undefined ? { text: "?" } : undefined);
    return seen(one);
  },
  cuts,
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
