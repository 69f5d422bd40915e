/** What is wrong with one field: a JSON pointer, and why. */
export interface FieldProblem {
  pointer: string;
  detail: string;
}

/** A failure as the edge names it: RFC 9457 problem details. */
export class ApiError extends Error {
  override readonly name = "ApiError";

  constructor(
    readonly status: number,
    readonly code: string,
    detail: string,
    readonly requestId: string | null,
    readonly retryAfter: number | null = null,
    readonly errors: readonly FieldProblem[] = [],
  ) {
    super(detail);
  }
}

/** Of a response that is no success. */
export async function problemOf(response: Response): Promise<ApiError> {
  const body: unknown = await response
    .clone()
    .json()
    .catch(() => null);
  return problemFrom(response, body);
}

export function problemFrom(response: Response, body: unknown): ApiError {
  const told = (body && typeof body === "object" ? body : {}) as Record<string, unknown>;
  const text = (key: string) => (typeof told[key] === "string" ? (told[key] as string) : null);
  const after = Number.parseFloat(response.headers.get("retry-after") ?? "");
  return new ApiError(
    response.status,
    text("code") ?? `http_${response.status}`,
    text("detail") ?? text("title") ?? response.statusText,
    text("request_id") ?? response.headers.get("x-request-id"),
    Number.isFinite(after) ? after : null,
    Array.isArray(told.errors) ? (told.errors as FieldProblem[]) : [],
  );
}
