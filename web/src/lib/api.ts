import { createApi } from "@holdfast/client";
import { credentials } from "./credentials";
import { problemFrom } from "./problem";
import { heeded } from "./session";

/** The edge, typed by its OpenAPI file. Same origin: the cookie goes along by itself. */
export const api = createApi({ baseUrl: location.origin });

api.use({
  onRequest({ request }) {
    for (const [name, value] of Object.entries(credentials(request.method))) {
      request.headers.set(name, value);
    }
    return request;
  },
});

type Answer<T> = { data?: T; error?: unknown; response: Response };

/** The data of an answer; a failure is thrown, by name. */
export async function got<T>(asked: Promise<Answer<T>>): Promise<NonNullable<T>> {
  const { data, error, response } = await asked;
  if (!response.ok) throw heeded(problemFrom(response, error));
  return data as NonNullable<T>;
}
