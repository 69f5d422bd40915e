import { useSyncExternalStore } from "react";
import { currentUser } from "@/lib/credentials";
import { onForget } from "@/lib/forget";
import { queryClient } from "@/lib/query";
import type { Document } from "./model";
import { type Hold, type Upload, UploadQueue } from "./queue";
import { remedyOf } from "./remedy";
import { type Job, sendFile } from "./send";

/** One for the whole app: files go on being sent while somebody looks at another page. */
export const uploads = new UploadQueue<Job, Document>(sendFile, { onDone: stale, remedyOf });

// Who has to sign in again finds them; somebody else does not.
onForget(() => {
  const now = currentUser();
  if (now !== null) uploads.drop(({ user }) => user !== now);
});

function stale(): void {
  for (const key of ["documents", "collections"]) {
    void queryClient.invalidateQueries({ queryKey: [key] });
  }
}

export function useUploads(): readonly Upload<Job, Document>[] {
  return useSyncExternalStore(uploads.subscribe, uploads.snapshot);
}

/** Why none is sent just now. */
export function useHold(): Hold {
  return useSyncExternalStore(uploads.subscribe, uploads.held);
}

addEventListener("online", () => {
  if (uploads.held() === "offline") uploads.resume();
});

addEventListener("beforeunload", (event) => {
  const busy = uploads.snapshot().some(({ state }) => state === "waiting" || state === "sending");
  if (busy) event.preventDefault();
});
