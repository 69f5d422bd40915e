import { queryOptions, useMutation, useQuery } from "@tanstack/react-query";
import {
  chooseSpace,
  credentials,
  currentSpace,
  currentUser,
  keepCsrf,
  keepUser,
} from "./credentials";
import { forget } from "./forget";
import { type ApiError, problemOf } from "./problem";
import { queryClient } from "./query";

export type Role = "viewer" | "member" | "approver" | "admin";
export interface Space {
  id: string;
  name: string;
  role: Role;
}
export interface Person {
  id: string;
  name: string;
  role: Role;
  /** Its name. */
  organisation?: string;
}
export interface Session {
  signed_in: boolean;
  csrf?: string | null;
  user?: { id: string; name?: string | null } | null;
  organisation?: { id: string } | null;
  spaces?: Space[];
  people?: Person[];
  /** Of its spaces, the one that is looked at: this browser's choice. */
  space?: string | null;
}
export type SignIn = { person: string } | { token: string };

const RANK: Record<Role, number> = { viewer: 0, member: 1, approver: 2, admin: 3 };
const PATH = "/v1/session";
/** Another tab signed in anew; the session is of somebody who is not in this space. */
const DOUBTS = new Set(["csrf_invalid", "space_forbidden"]);

/** Every refusal goes by here: of one that tells of a session that this page does not know, or of
 * none, is asked whose it is now. */
export function heeded(problem: ApiError): ApiError {
  if (problem.status === 401 || DOUBTS.has(problem.code)) {
    const { queryKey } = sessionQuery;
    void queryClient.refetchQueries({ queryKey }, { cancelRefetch: false });
  }
  return problem;
}

async function ask(method: string, body?: SignIn): Promise<Response> {
  const headers = { ...credentials(method), "Content-Type": "application/json" };
  const response = await fetch(PATH, { method, headers, body: body && JSON.stringify(body) });
  if (response.ok) return response;
  const problem = await problemOf(response);
  // A token that opens nothing tells nothing of the session, nor does asking for it.
  throw method === "DELETE" ? heeded(problem) : problem;
}

const whose = () => `${currentUser()} ${currentSpace()}`;

async function read(): Promise<Session> {
  const session: Session = await (await ask("GET")).json();
  const before = whose();
  keepCsrf(session.csrf ?? null);
  keepUser(session.user?.id ?? null);
  const spaces = session.spaces ?? [];
  // A space of somebody else who used this browser before.
  if (session.signed_in && !spaces.some(({ id }) => id === currentSpace())) {
    chooseSpace(spaces[0]?.id ?? null);
  }
  if (whose() !== before) forget();
  return { ...session, space: currentSpace() };
}

export const sessionQuery = queryOptions({
  queryKey: ["session"],
  queryFn: read,
  staleTime: 5 * 60_000,
});

export function useSession(): Session {
  return useQuery(sessionQuery).data ?? { signed_in: false };
}

/** The space that everything on the page belongs to. */
export function useSpace(): Space | null {
  const { spaces = [], space } = useSession();
  return spaces.find(({ id }) => id === space) ?? spaces[0] ?? null;
}

/** Look at another space. */
export function enterSpace(space: string): void {
  chooseSpace(space);
  forget();
  queryClient.setQueryData(sessionQuery.queryKey, (known) => known && { ...known, space });
}

/** Whether the caller may do what needs this role. */
export function useMay(role: Role): boolean {
  const space = useSpace();
  return space !== null && RANK[space.role] >= RANK[role];
}

export async function signIn(who: SignIn): Promise<Session> {
  await ask("POST", who);
  // Not one that was asked for before.
  queryClient.removeQueries({ queryKey: sessionQuery.queryKey });
  return queryClient.fetchQuery(sessionQuery);
}

export async function signOut(): Promise<void> {
  await ask("DELETE");
  keepCsrf(null);
  keepUser(null);
  forget();
  queryClient.removeQueries({ queryKey: sessionQuery.queryKey });
}

export const useSignIn = () => useMutation({ mutationFn: signIn });
export const useSignOut = () => useMutation({ mutationFn: signOut });
