import { DefaultChatTransport } from "ai";
import { request } from "@/lib/request";
import type { Message } from "./message";

const PATH = "/v1/ai-sdk/chat";
/** A stream of ours stays open while a person is asked: the page then goes on by itself. */
const MANNER = "client=7&approvals=wait";

/** `fetch` for the transport: with what every request carries, failures by name. */
const named: typeof fetch = (input, init) => request(input as string, init);

/** AI SDK's own, told where things are, and telling when a stream is there. */
export class Transport extends DefaultChatTransport<Message> {
  constructor(
    /** A message was taken by the edge. */
    private readonly onTaken: (messageId: string | undefined) => void,
    /** Whether there was something to take up. */
    private readonly onResumed: (found: boolean) => void,
  ) {
    super({
      api: PATH,
      fetch: named,
      // The edge knows the rest: a conversation of 10,000 messages is not sent with each.
      prepareSendMessagesRequest: ({ id, messages, trigger, messageId, body }) => ({
        api: `${PATH}?${MANNER}`,
        body: { ...body, id, trigger, messageId, messages: messages.slice(-1) },
      }),
      prepareReconnectToStreamRequest: ({ id }) => ({ api: `${PATH}/${id}/stream?${MANNER}` }),
    });
  }

  override async sendMessages(
    options: Parameters<DefaultChatTransport<Message>["sendMessages"]>[0],
  ) {
    const stream = await super.sendMessages(options);
    this.onTaken(options.messages.at(-1)?.id);
    return stream;
  }

  override async reconnectToStream(
    options: Parameters<DefaultChatTransport<Message>["reconnectToStream"]>[0],
  ) {
    const stream = await super.reconnectToStream(options);
    this.onResumed(stream !== null);
    return stream;
  }
}
