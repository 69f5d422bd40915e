import { useNavigate } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { isAlone } from "@/lib/keys";
import type shell from "@/locales/en/shell.json";

export const MOD = /Mac|iPhone|iPad/.test(navigator.userAgent) ? "⌘" : "Ctrl";

interface Shortcut {
  keys: string;
  action: `shortcuts.${keyof typeof shell.shortcuts}`;
  /** A character alone: it can be switched off. */
  alone?: boolean;
}

/** Every shortcut there is, as the help shows them. */
export const SHORTCUTS: readonly Shortcut[] = [
  { keys: `${MOD} K`, action: "shortcuts.palette" },
  { keys: `${MOD} Shift O`, action: "shortcuts.newChat" },
  { keys: `${MOD} B`, action: "shortcuts.sidebar" },
  { keys: "/", action: "shortcuts.compose", alone: true },
  { keys: "Enter", action: "shortcuts.send" },
  { keys: "Shift Enter", action: "shortcuts.line" },
  { keys: "Esc", action: "shortcuts.stop" },
  { keys: "↑", action: "shortcuts.editLast" },
  { keys: "j", action: "shortcuts.nextApproval", alone: true },
  { keys: "k", action: "shortcuts.priorApproval", alone: true },
  { keys: "a", action: "shortcuts.approve", alone: true },
  { keys: "d", action: "shortcuts.deny", alone: true },
  { keys: "?", action: "shortcuts.help", alone: true },
];

export function useShortcuts(toggleSidebar: () => void) {
  const navigate = useNavigate();
  const [palette, setPalette] = useState(false);
  const [help, setHelp] = useState(false);
  useEffect(() => {
    const act = (event: KeyboardEvent): boolean => {
      const mod = event.metaKey || event.ctrlKey;
      const key = event.key.toLowerCase();
      if (mod && key === "k") setPalette((open) => !open);
      else if (mod && event.shiftKey && key === "o") navigate({ to: "/" });
      else if (mod && key === "b" && !event.shiftKey) toggleSidebar();
      else if (!isAlone(event)) return false;
      else if (event.key === "?") setHelp(true);
      else if (event.key === "/") document.getElementById("composer")?.focus();
      else return false;
      return true;
    };
    const listener = (event: KeyboardEvent) => {
      if (!event.defaultPrevented && act(event)) event.preventDefault();
    };
    addEventListener("keydown", listener);
    return () => removeEventListener("keydown", listener);
  }, [navigate, toggleSidebar]);
  return { palette, setPalette, help, setHelp };
}
