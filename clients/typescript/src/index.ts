export { type Api, type ApiOptions, createApi } from "./client.js";
export type { components, operations, paths } from "./schema.js";
export { type FollowOptions, follow, type LogEvent, StreamRefusedError } from "./events.js";
