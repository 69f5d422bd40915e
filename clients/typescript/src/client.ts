import createClient, { type Client } from "openapi-fetch";
import type { paths } from "./schema.js";

export interface ApiOptions {
  /** The edge's address, without a path. */
  baseUrl: string;
  headers?: Record<string, string>;
  fetch?: typeof fetch;
}

export type Api = Client<paths>;

/** Every route of the edge, typed by its OpenAPI file. */
export function createApi(options: ApiOptions): Api {
  return createClient<paths>(options);
}
