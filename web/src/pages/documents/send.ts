import i18n from "@/i18n";
import { credentials, currentUser } from "@/lib/credentials";
import { ApiError, problemOf } from "@/lib/problem";
import { heeded } from "@/lib/session";
import type { Document } from "./model";
import type { Send } from "./queue";

export interface Job {
  file: File;
  collection: string;
  /** Chosen when it was dropped: somebody may look at another space by the time it is sent. */
  space: string;
  /** Whose it is: another person at this browser must not send it. */
  user: string;
}

/** XMLHttpRequest, since fetch does not tell how much of a body has gone out. */
export const sendFile: Send<Job, Document> = ({ file, collection, space, user }, options) =>
  new Promise((resolve, reject) => {
    if (user !== currentUser()) {
      reject(new ApiError(401, "session_ended", i18n.t("notTheirs", { ns: "shell" }), null));
      return;
    }
    const request = new XMLHttpRequest();
    request.open("POST", "/v1/documents");
    const headers = { ...credentials("POST"), "X-Space-Id": space };
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.upload.onprogress = ({ loaded, total }) => options.onProgress(loaded / (total || 1));
    request.onload = () => void answered(request).then(resolve, reject);
    request.onerror = () => reject(new ApiError(0, "offline", "offline", null));
    request.onabort = () => reject(new DOMException("aborted", "AbortError"));
    options.signal.addEventListener("abort", () => request.abort());
    const form = new FormData();
    form.set("collection", collection);
    form.set("file", file);
    request.send(form);
  });

async function answered(request: XMLHttpRequest): Promise<Document> {
  const headers = new Headers();
  const after = request.getResponseHeader("retry-after");
  if (after) headers.set("retry-after", after);
  const response = new Response(request.responseText, { status: request.status, headers });
  if (response.ok) return response.json();
  throw heeded(await problemOf(response));
}
