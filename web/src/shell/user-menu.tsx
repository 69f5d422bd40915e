import { Link, useNavigate } from "@tanstack/react-router";
import { ChevronsUpDown, Keyboard, LogOut, Monitor, Moon, Settings, Sun } from "lucide-react";
import { useTranslation } from "react-i18next";
import {
  Menu,
  MenuChoice,
  MenuContent,
  MenuGroup,
  MenuItem,
  MenuLabel,
  MenuSeparator,
  MenuTrigger,
} from "@/components/ui/menu";
import { toast } from "@/components/ui/toast";
import { reasonOf } from "@/lib/reason";
import { enterSpace, useSession, useSignOut, useSpace } from "@/lib/session";
import { chooseTheme, type Theme, useTheme } from "@/lib/theme";

const THEMES = [
  { value: "light", icon: Sun },
  { value: "dark", icon: Moon },
  { value: "system", icon: Monitor },
] as const;

export function UserMenu({ onHelp }: { onHelp: () => void }) {
  const { t } = useTranslation();
  const session = useSession();
  const space = useSpace();
  const signOut = useSignOut();
  const navigate = useNavigate();
  const name = session.user?.name ?? t("user.someone");
  const leave = () =>
    signOut.mutate(undefined, {
      onSuccess: () => navigate({ to: "/sign-in" }),
      onError: (error) => toast.error(reasonOf(error)),
    });
  return (
    <div className="border-t p-2">
      <Menu>
        <MenuTrigger className="flex w-full items-center gap-2.5 rounded-md px-2 py-1.5 text-left hover:bg-accent focus-visible:-outline-offset-2">
          <span
            aria-hidden
            className="grid size-8 shrink-0 place-items-center rounded-full bg-primary font-medium text-primary-foreground text-sm"
          >
            {name.slice(0, 1).toUpperCase()}
          </span>
          <span className="min-w-0 flex-1">
            <span className="block truncate font-medium text-sm">{name}</span>
            <span className="block truncate text-muted-foreground text-xs">
              {space ? `${space.name} · ${t(`roles.${space.role}`)}` : ""}
            </span>
          </span>
          <ChevronsUpDown aria-hidden className="size-4 text-muted-foreground" />
        </MenuTrigger>
        <MenuContent align="start" side="top" className="w-64">
          <Spaces />
          <ThemeChoice />
          <MenuSeparator />
          <MenuItem asChild>
            <Link to="/settings">
              <Settings aria-hidden />
              {t("user.settings")}
            </Link>
          </MenuItem>
          <MenuItem onSelect={onHelp}>
            <Keyboard aria-hidden />
            {t("user.shortcuts")}
          </MenuItem>
          <MenuSeparator />
          <MenuItem onSelect={leave}>
            <LogOut aria-hidden />
            {t("user.signOut")}
          </MenuItem>
        </MenuContent>
      </Menu>
    </div>
  );
}

function Spaces() {
  const { t } = useTranslation();
  const spaces = useSession().spaces ?? [];
  const space = useSpace();
  const navigate = useNavigate();
  if (spaces.length < 2) return null;
  const go = (id: string) => {
    enterSpace(id);
    navigate({ to: "/" });
  };
  return (
    <>
      <MenuLabel>{t("user.space")}</MenuLabel>
      <MenuGroup value={space?.id} onValueChange={go}>
        {spaces.map(({ id, name }) => (
          <MenuChoice key={id} value={id}>
            {name}
          </MenuChoice>
        ))}
      </MenuGroup>
      <MenuSeparator />
    </>
  );
}

function ThemeChoice() {
  const { t } = useTranslation();
  const theme = useTheme();
  return (
    <>
      <MenuLabel>{t("theme.label")}</MenuLabel>
      <MenuGroup value={theme} onValueChange={(value) => chooseTheme(value as Theme)}>
        {THEMES.map(({ value, icon: Icon }) => (
          <MenuChoice key={value} value={value}>
            <span className="flex items-center gap-2.5">
              <Icon aria-hidden />
              {t(`theme.${value}`)}
            </span>
          </MenuChoice>
        ))}
      </MenuGroup>
    </>
  );
}
