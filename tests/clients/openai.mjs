// OpenAI's own client, unmodified, driven by lines of JSON: one request a line, one answer a line.
import { createInterface } from "node:readline";
import OpenAI from "openai";

// What a scripted server answers: a body of frames.
function scripted(frames) {
  return async () =>
    new Response(frames.join(""), { headers: { "content-type": "text/event-stream" } });
}

function client({ base_url = "http://scripted/v1", api_key = "none", headers, fetch }) {
  return new OpenAI({ baseURL: base_url, apiKey: api_key, defaultHeaders: headers, fetch });
}

const told = (error) => ({
  name: error.constructor.name,
  status: error.status,
  code: error.code,
  param: error.param,
  type: error.type,
  message: error.message,
});

// What the client's own accumulator makes of a stream.
async function responded(openai, params) {
  const seen = { deltas: {}, types: [], numbers: [] };
  const stream = openai.responses.stream(params);
  stream.on("event", (event) => {
    seen.types.push(event.type);
    seen.numbers.push(event.sequence_number);
    if (event.type === "response.output_text.delta")
      seen.deltas[event.item_id] = (seen.deltas[event.item_id] ?? "") + event.delta;
  });
  try {
    seen.final = await stream.finalResponse();
  } catch (error) {
    seen.error = told(error);
  }
  return seen;
}

async function completed(openai, params) {
  const seen = { text: "" };
  try {
    const stream = openai.chat.completions.stream(params);
    stream.on("content", (delta) => (seen.text += delta));
    seen.final = await stream.finalChatCompletion();
  } catch (error) {
    seen.error = told(error);
  }
  return seen;
}

const ASKED = { model: "agent", input: "Hello", messages: [{ role: "user", content: "Hello" }] };

const operations = {
  responses: ({ streams }) =>
    Promise.all(
      streams.map((frames) =>
        responded(client({ fetch: scripted(frames) }), { model: ASKED.model, input: ASKED.input }),
      ),
    ),
  chats: ({ streams }) =>
    Promise.all(
      streams.map((frames) =>
        completed(client({ fetch: scripted(frames) }), {
          model: ASKED.model,
          messages: ASKED.messages,
        }),
      ),
    ),
  respond: ({ server, params }) => responded(client(server), params),
  complete: ({ server, params }) => completed(client(server), params),
  // Any method of the client, by its path: `responses.retrieve`.
  async call({ server, method, given }) {
    const openai = client(server);
    const path = method.split(".");
    const name = path.pop();
    const owner = path.reduce((held, part) => held[part], openai);
    try {
      const answer = await owner[name](...given);
      if (answer?.[Symbol.asyncIterator] && !answer.data) {
        const events = [];
        for await (const event of answer) events.push(event);
        return { events };
      }
      return { answer };
    } catch (error) {
      return { error: told(error) };
    }
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
