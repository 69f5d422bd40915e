import type { Pending } from "./history";
import type { Message } from "./message";
import type { Queued } from "./queue";

export type Link = "still" | "live" | "reconnecting" | "away";
/** What a page follows of its conversation, besides the messages. */
export interface State {
  phase: "loading" | "ready" | "failed";
  error: Error | null;
  /** Cursor of the page before the oldest message that is held; null: that is the first. */
  older: string | null;
  loadingOlder: boolean;
  /** reconnecting: an answer is being written and its stream is gone; away: nothing is, and no
   * edge answers. */
  link: Link;
  pending: Pending[];
  /** What waits behind the running turn, whoever sent it, as the edge told last. */
  queue: Queued[];
  /** What was read of the running answer before its stream broke. */
  held: Message | null;
  /** The edge knows it. */
  there: boolean;
}

export function beginning(fresh: boolean): State {
  return {
    phase: fresh ? "ready" : "loading",
    error: null,
    older: null,
    loadingOlder: false,
    link: "still",
    pending: [],
    queue: [],
    held: null,
    there: !fresh,
  };
}
