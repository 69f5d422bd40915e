import {
  createRootRoute,
  createRoute,
  createRouter,
  Outlet,
  redirect,
} from "@tanstack/react-router";
import { queryClient } from "@/lib/query";
import { sessionQuery } from "@/lib/session";
import * as searches from "@/pages/searches";
import { lazyPage } from "@/shell/lazy-page";
import { Lost } from "@/shell/lost";
import { Oops } from "@/shell/oops";

const root = createRootRoute({ component: Outlet, notFoundComponent: Lost });

/** Everything that needs somebody signed in, inside the frame. */
const app = createRoute({
  getParentRoute: () => root,
  id: "app",
  beforeLoad: async ({ location }) => {
    const session = await queryClient.ensureQueryData(sessionQuery);
    if (!session.signed_in) throw redirect({ to: "/sign-in", search: { next: location.href } });
  },
  component: lazyPage(() => import("@/shell/shell"), "Shell"),
});

/** Where to go after signing in: a place in this app, never elsewhere. */
function next(search: Record<string, unknown>): { next?: string } {
  const to = search.next;
  return typeof to === "string" && /^\/(?![/\\])/.test(to) ? { next: to } : {};
}

const signIn = createRoute({
  getParentRoute: () => root,
  path: "/sign-in",
  validateSearch: next,
  component: lazyPage(() => import("@/pages/sign-in"), "SignInPage"),
});

const share = createRoute({
  getParentRoute: () => root,
  path: "/s/$token",
  component: lazyPage(() => import("@/pages/share"), "SharePage"),
});

const inApp = { getParentRoute: () => app };
const chat = () => import("@/pages/chat");
const inspector = () => import("@/pages/inspector");

const pages = [
  createRoute({ ...inApp, path: "/", component: lazyPage(chat, "NewChatPage") }),
  createRoute({ ...inApp, path: "/c/$id", component: lazyPage(chat, "ChatPage") }),
  createRoute({
    ...inApp,
    path: "/c/$id/turns/$turnId",
    component: lazyPage(inspector, "TurnPage"),
  }),
  createRoute({
    ...inApp,
    path: "/runs/$id",
    component: lazyPage(inspector, "RunPage"),
  }),
  createRoute({
    ...inApp,
    path: "/inbox",
    validateSearch: searches.inboxSearch,
    component: lazyPage(() => import("@/pages/inbox"), "InboxPage"),
  }),
  createRoute({
    ...inApp,
    path: "/documents",
    validateSearch: searches.documentsSearch,
    component: lazyPage(() => import("@/pages/documents"), "DocumentsPage"),
  }),
  createRoute({
    ...inApp,
    path: "/documents/$id",
    validateSearch: searches.documentSearch,
    component: lazyPage(() => import("@/pages/document"), "DocumentPage"),
  }),
  createRoute({
    ...inApp,
    path: "/collections",
    validateSearch: searches.collectionsSearch,
    component: lazyPage(() => import("@/pages/collections"), "CollectionsPage"),
  }),
  createRoute({
    ...inApp,
    path: "/agents",
    component: lazyPage(() => import("@/pages/agents"), "AgentsPage"),
  }),
  createRoute({
    ...inApp,
    path: "/agents/$name",
    validateSearch: searches.agentSearch,
    component: lazyPage(() => import("@/pages/agent"), "AgentPage"),
  }),
  createRoute({
    ...inApp,
    path: "/usage",
    validateSearch: searches.usageSearch,
    component: lazyPage(() => import("@/pages/usage"), "UsagePage"),
  }),
  createRoute({
    ...inApp,
    path: "/settings",
    component: lazyPage(() => import("@/pages/settings"), "SettingsPage"),
  }),
  createRoute({
    ...inApp,
    path: "/slack",
    component: lazyPage(() => import("@/pages/slack"), "SlackPage"),
  }),
] as const;

export const router = createRouter({
  routeTree: root.addChildren([app.addChildren(pages), signIn, share]),
  defaultPreload: "intent",
  defaultErrorComponent: Oops,
  scrollRestoration: false,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
