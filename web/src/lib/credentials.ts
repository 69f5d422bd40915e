/** What every request carries besides the session's cookie. */

const SPACE = "holdfast.space";
const SAFE = new Set(["GET", "HEAD", "OPTIONS"]);

let csrf: string | null = null;
let user: string | null = null;
let space: string | null = localStorage.getItem(SPACE);

export function keepCsrf(token: string | null): void {
  csrf = token;
}

/** Who is signed in, as this page knows. */
export function keepUser(id: string | null): void {
  user = id;
}

export function currentUser(): string | null {
  return user;
}

export function currentSpace(): string | null {
  return space;
}

export function chooseSpace(id: string | null): void {
  space = id;
  if (id === null) localStorage.removeItem(SPACE);
  else localStorage.setItem(SPACE, id);
}

/** Headers for a request of this method. */
export function credentials(method: string): Record<string, string> {
  const headers: Record<string, string> = {};
  if (space !== null) headers["X-Space-Id"] = space;
  if (csrf !== null && !SAFE.has(method.toUpperCase())) headers["X-CSRF-Token"] = csrf;
  return headers;
}
