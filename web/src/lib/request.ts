import { credentials } from "./credentials";
import { problemOf } from "./problem";
import { heeded } from "./session";

/** `fetch`, with what every request carries. For bodies and streams that `api` has no type for. */
export async function authorised(
  input: RequestInfo | URL,
  init: RequestInit = {},
): Promise<Response> {
  const headers = new Headers(init.headers);
  for (const [name, value] of Object.entries(credentials(init.method ?? "GET"))) {
    headers.set(name, value);
  }
  return fetch(input, { ...init, headers, credentials: "same-origin" });
}

/** The same; a failure is thrown, by name. */
export async function request(input: string, init?: RequestInit): Promise<Response> {
  const response = await authorised(input, init);
  if (!response.ok) throw heeded(await problemOf(response));
  return response;
}
