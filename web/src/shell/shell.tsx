import { Outlet, useNavigate, useRouterState } from "@tanstack/react-router";
import { PanelLeft, SquarePen } from "lucide-react";
import { Suspense, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useLeft } from "@/chat/state/left";
import { IconButton } from "@/components/ui/icon-button";
import { Sheet } from "@/components/ui/sheet";
import { Spinner } from "@/components/ui/spinner";
import { useSession, useSpace } from "@/lib/session";
import { CommandPalette } from "./palette";
import { ShortcutHelp } from "./shortcut-help";
import { useShortcuts } from "./shortcuts";
import { Sidebar } from "./sidebar";
import { useStored } from "./stored";

/** Around every page of somebody who is signed in: for each person and space one of its own, so
 * that what one had open, or had begun to fill in, is not there for the next. */
export function Shell() {
  const { user } = useSession();
  const space = useSpace();
  return user ? <Frame key={`${user.id} ${space?.id}`} /> : <Leaving />;
}

function Frame() {
  const { t } = useTranslation();
  const [drawer, setDrawer] = useState(false);
  const [wide, setWide] = useStored("holdfast.sidebar", true);
  const { palette, setPalette, help, setHelp } = useShortcuts(() => setWide(!wide));
  useLeft();
  const main = useFocusOnNavigation();
  const tools = { onSearch: () => setPalette(true), onHelp: () => setHelp(true) };
  return (
    <div className="flex h-dvh overflow-hidden">
      <a
        href="#content"
        className="sr-only z-50 rounded-md bg-primary px-4 py-2 text-primary-foreground focus:not-sr-only focus:fixed focus:top-2 focus:left-2"
      >
        {t("skip")}
      </a>
      {!wide && <Rail onShow={() => setWide(true)} />}
      {wide && (
        <aside
          aria-label={t("nav.sidebar")}
          className="hidden w-72 shrink-0 border-r bg-sidebar md:flex"
        >
          <Sidebar {...tools} onHide={() => setWide(false)} />
        </aside>
      )}
      <Sheet open={drawer} onOpenChange={setDrawer} side="left" title={t("nav.label")} titleHidden>
        <Sidebar {...tools} onOpen={() => setDrawer(false)} />
      </Sheet>
      <div className="flex min-w-0 flex-1 flex-col">
        <TopBar onMenu={() => setDrawer(true)} />
        <main id="content" ref={main} tabIndex={-1} className="min-h-0 flex-1 outline-none">
          <Suspense fallback={<Spinner className="m-8" />}>
            <Outlet />
          </Suspense>
        </main>
      </div>
      <CommandPalette open={palette} onOpenChange={setPalette} />
      <ShortcutHelp open={help} onOpenChange={setHelp} />
    </div>
  );
}

/** Where the sidebar was: the way back, and to a new chat. */
function Rail({ onShow }: { onShow: () => void }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  return (
    <aside
      aria-label={t("nav.sidebar")}
      className="hidden w-13 shrink-0 flex-col items-center gap-1 border-r bg-sidebar pt-3 md:flex"
    >
      <IconButton label={t("nav.show")} onClick={onShow}>
        <PanelLeft />
      </IconButton>
      <IconButton label={t("nav.newChat")} onClick={() => navigate({ to: "/" })}>
        <SquarePen />
      </IconButton>
    </aside>
  );
}

/** On a phone: the way to the drawer, and to a new chat. */
function TopBar({ onMenu }: { onMenu: () => void }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  return (
    <header className="flex items-center justify-between border-b px-2 py-1.5 md:hidden">
      <IconButton label={t("nav.open")} onClick={onMenu}>
        <PanelLeft />
      </IconButton>
      <span className="font-semibold">Holdfast</span>
      <IconButton label={t("nav.newChat")} onClick={() => navigate({ to: "/" })}>
        <SquarePen />
      </IconButton>
    </header>
  );
}

/** Nobody is signed in any more: go where that is done, and come back here. */
function Leaving() {
  const navigate = useNavigate();
  useEffect(() => {
    // Who signs out is on the way.
    if (location.pathname === "/sign-in") return;
    navigate({ to: "/sign-in", search: { next: location.pathname + location.search } });
  }, [navigate]);
  return null;
}

/** After going to another page the keyboard, and who listens, begin there. */
function useFocusOnNavigation() {
  const main = useRef<HTMLElement>(null);
  const path = useRouterState({ select: (state) => state.resolvedLocation?.pathname });
  const before = useRef(path);
  useEffect(() => {
    if (before.current !== undefined && before.current !== path) {
      const inside = main.current?.contains(document.activeElement);
      if (!inside) main.current?.focus({ preventScroll: true });
    }
    before.current = path;
  }, [path]);
  return main;
}
