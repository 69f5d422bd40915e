import "i18next";
import type agents from "@/locales/en/agents.json";
import type approvals from "@/locales/en/approvals.json";
import type chat from "@/locales/en/chat.json";
import type documents from "@/locales/en/documents.json";
import type inspector from "@/locales/en/inspector.json";
import type pages from "@/locales/en/pages.json";
import type settings from "@/locales/en/settings.json";
import type share from "@/locales/en/share.json";
import type shell from "@/locales/en/shell.json";
import type usage from "@/locales/en/usage.json";

// A key that no file has is a type error.
declare module "i18next" {
  interface CustomTypeOptions {
    defaultNS: "shell";
    resources: {
      agents: typeof agents;
      approvals: typeof approvals;
      chat: typeof chat;
      documents: typeof documents;
      inspector: typeof inspector;
      pages: typeof pages;
      settings: typeof settings;
      share: typeof share;
      shell: typeof shell;
      usage: typeof usage;
    };
  }
}
